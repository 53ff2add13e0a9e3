/* attribute.c - changing what is known about a file, and its length: chmod, chown, utimensat, truncate, umask.
 *
 * The attributes are fields of the inode, changed under inode->lock. A file system that had to write them to a disk
 * would need an operation of its own for that: those there are so far are in memory, or cannot be written.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file.h"
#include "kernel/fs/permission.h"
#include "kernel/space/user.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"
#include "kernel/task/timespec.h"

enum attribute { ATTRIBUTE_MODE, ATTRIBUTE_OWNER, ATTRIBUTE_TIMES };
enum { OWNER_KEEP = UINT32_MAX, PERMISSIONS = 07777 };
enum { UTIME_NOW = (1 << 30) - 1, UTIME_OMIT = (1 << 30) - 2 };

struct change {
	struct co co;
	enum attribute what;
	s32 fd;
	u64 address;
	u32 flags; /* of target_find */
	u32 mode, uid, gid;
	u64 user_times;		     /* where the caller has them; 0: they are in time already */
	struct abi_timespec time[2]; /* of the last access, of the last change of contents */
	struct path_arg path;
};

/* Inode's lock held. Who gets somebody else's program does not get its rights: the bits LOST. */
static void change_owner(struct inode *inode, const struct change *f, u32 lost)
{
	if (f->uid != OWNER_KEEP)
		inode->uid = f->uid;
	if (f->gid != OWNER_KEEP)
		inode->gid = f->gid;
	if (!inode_is(inode, MODE_DIRECTORY))
		store_relaxed(&inode->mode, inode->mode & ~lost);
}

static void change_time(struct inode_time *to, const struct abi_timespec *from, u64 now)
{
	if (from->nanoseconds == UTIME_NOW)
		*to = (struct inode_time){ (s64)(now / 1000000000), (u32)(now % 1000000000) };
	else if (from->nanoseconds != UTIME_OMIT)
		*to = (struct inode_time){ from->seconds, (u32)from->nanoseconds };
}

/* Only root gives a file away; its owner may give it to a group of his own. */
static long change_check_owner(const struct co *co, const struct inode *inode, const struct change *f)
{
	struct process *process = process_of(co);

	if (!load_relaxed(&process->users.files))
		return 0;
	if (permission_owner(co, inode) || (f->uid != OWNER_KEEP && f->uid != inode->uid))
		return -EPERM;
	if (f->gid == OWNER_KEEP || f->gid == inode->gid || further_groups_have(process, f->gid))
		return 0;
	return -EPERM;
}

static bool times_are_now(const struct change *f)
{
	return f->time[0].nanoseconds == UTIME_NOW && f->time[1].nanoseconds == UTIME_NOW;
}

static long change_check(const struct co *co, const struct inode *inode, const struct change *f)
{
	if (f->what == ATTRIBUTE_OWNER)
		return change_check_owner(co, inode, f);
	/* whoever may write may say that the contents are new */
	if (f->what == ATTRIBUTE_TIMES && times_are_now(f) && permission_owner(co, inode))
		return permission_check(co, inode, MAY_WRITE);
	return permission_owner(co, inode);
}

/* Make the change. 0, -EROFS, -EACCES, -EPERM (also: the descriptor's file has no attributes). */
static long change_make(const struct co *co, const struct change *f)
{
	struct inode *inode = f->path.at.inode;
	u64 now = inode_clock();
	u32 mode, lost;
	long err;

	if (!inode)
		return -EPERM;
	if (inode->fs->read_only)
		return -EROFS;
	err = change_check(co, inode, f);
	if (err)
		return err;
	mode = permission_mode(co, inode, f->mode);
	lost = permission_lost(co, inode);
	spin_lock(&inode->lock);
	if (f->what == ATTRIBUTE_MODE)
		store_relaxed(&inode->mode, (inode->mode & MODE_TYPE) | mode);
	if (f->what == ATTRIBUTE_OWNER)
		change_owner(inode, f, lost);
	if (f->what == ATTRIBUTE_TIMES) {
		change_time(&inode->accessed, &f->time[0], now);
		change_time(&inode->modified, &f->time[1], now);
	}
	spin_unlock(&inode->lock);
	inode_touch(inode, false);
	return 0;
}

static bool time_is_valid(const struct abi_timespec *time)
{
	return (u64)time->nanoseconds < 1000000000 || time->nanoseconds == UTIME_NOW || time->nanoseconds == UTIME_OMIT;
}

/* -EINVAL, or NOTHING_TO_DO: then the path is not even looked at. Without times in it a change passes. */
enum { NOTHING_TO_DO = 1 };
static long change_check_times(const struct change *f)
{
	if (!time_is_valid(&f->time[0]) || !time_is_valid(&f->time[1]))
		return -EINVAL;
	return f->time[0].nanoseconds == UTIME_OMIT && f->time[1].nanoseconds == UTIME_OMIT ? NOTHING_TO_DO : 0;
}

CO_STEP(change)
{
	CO_FRAME(change);
	long err;

	CO_BEGIN;
	err = 0;
	if (f->user_times)
		AWAIT(err, user_read(co, user_space_of(co), f->time, f->user_times, sizeof(f->time)));
	if (!err)
		err = change_check_times(f);
	if (!err)
		AWAIT(err, target_find(co, &f->path, f->fd, f->address, f->flags));
	if (!err)
		err = change_make(co, f);
	path_arg_done(&f->path);
	CO_RETURN(err == NOTHING_TO_DO ? 0 : err);
	CO_END;
}

/* --- mode and owner --- */

long sys_fchmod(struct co *caller, const u64 *args)
{
	return CO_CALL(change, caller, .what = ATTRIBUTE_MODE, .fd = (s32)args[0], .mode = (u32)args[1] & PERMISSIONS,
		       .flags = TARGET_DESCRIPTOR | TARGET_NOT_PATH);
}

long sys_fchmodat(struct co *caller, const u64 *args)
{
	return CO_CALL(change, caller, .what = ATTRIBUTE_MODE, .fd = (s32)args[0], .address = args[1],
		       .mode = (u32)args[2] & PERMISSIONS, .flags = PATH_FOLLOW);
}

long sys_fchown(struct co *caller, const u64 *args)
{
	return CO_CALL(change, caller, .what = ATTRIBUTE_OWNER, .fd = (s32)args[0], .uid = (u32)args[1],
		       .gid = (u32)args[2], .flags = TARGET_DESCRIPTOR | TARGET_NOT_PATH);
}

long sys_fchownat(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[4], target = flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW;

	if (flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		target |= PATH_EMPTY_OK;
	return CO_CALL(change, caller, .what = ATTRIBUTE_OWNER, .fd = (s32)args[0], .address = args[1],
		       .uid = (u32)args[2], .gid = (u32)args[3], .flags = target);
}

/* --- times --- */

long sys_utimensat(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[3], target = flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW;
	struct abi_timespec now = { 0, UTIME_NOW };
	s32 fd = (s32)args[0];

	if (flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		target |= PATH_EMPTY_OK;
	if (!args[1] && fd != AT_FDCWD) {
		if (flags)
			return -EINVAL;
		target = TARGET_DESCRIPTOR | TARGET_NOT_PATH;
	}
	return CO_CALL(change, caller, .what = ATTRIBUTE_TIMES, .fd = fd, .address = args[1], .user_times = args[2],
		       .time = { now, now }, .flags = target);
}

/* --- the length --- */

struct truncate_call {
	struct co co;
	s32 fd;
	u64 address, size;
	u32 flags; /* of target_find */
	struct path_arg path;
};

static long truncate_check(const struct co *co, const struct path_arg *path)
{
	const struct inode *inode = path->at.inode;

	if (path->file && (!inode || !inode_is(inode, MODE_REGULAR) || !file_can_write(path->file)))
		return -EINVAL;
	if (inode_is(inode, MODE_DIRECTORY))
		return -EISDIR;
	if (!inode_is(inode, MODE_REGULAR))
		return -EINVAL;
	if (inode->fs->read_only)
		return -EROFS;
	if (!path->file && permission_check(co, inode, MAY_WRITE))
		return -EACCES;
	return inode->ops->truncate ? 0 : -EPERM;
}

CO_STEP(truncate_call)
{
	CO_FRAME(truncate_call);
	long err;

	CO_BEGIN;
	AWAIT(err, target_find(co, &f->path, f->fd, f->address, f->flags));
	if (!err)
		err = truncate_check(co, &f->path);
	if (!err && f->size > load_relaxed(&f->path.at.inode->size))
		err = limit_file(process_of(co), f->size);
	if (!err) {
		permission_written(co, f->path.at.inode);
		AWAIT(err, f->path.at.inode->ops->truncate(co, f->path.at.inode, f->size));
	}
	path_arg_done(&f->path);
	CO_RETURN(err);
	CO_END;
}

long sys_truncate(struct co *caller, const u64 *args)
{
	if ((s64)args[1] < 0)
		return -EINVAL;
	return CO_CALL(truncate_call, caller, .fd = AT_FDCWD, .address = args[0], .size = args[1],
		       .flags = PATH_FOLLOW);
}

long sys_ftruncate(struct co *caller, const u64 *args)
{
	if ((s64)args[1] < 0)
		return -EINVAL;
	return CO_CALL(truncate_call, caller, .fd = (s32)args[0], .size = args[1],
		       .flags = TARGET_DESCRIPTOR | TARGET_NOT_PATH);
}

/* --- what new files do not get --- */

long sys_umask(struct co *caller, const u64 *args)
{
	return paths_set_umask(process_of(caller), (u32)args[0] & 0777);
}
