/* stat.c - questions about files: stat, statx, statfs, access, readlink.
 *
 *     path or descriptor --target_find--> inode --fill--> the path's page, free by then --user_write--> caller
 */
#include "kernel/sys/stat.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/io_uring.h"
#include "kernel/fs/file.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/stat.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

/* What can be asked. An anonymous file (a pipe, an eventfd, a ring) has no inode. */
struct question {
	void (*fill)(const struct path_arg *path, void *answer);
	u32 bytes;
};

enum { ANONYMOUS_MODE = 0600, ANONYMOUS_MAGIC = 0x09041934 };

/* Anonymous files have a mode at most. */
static u32 anonymous_mode(const struct path_arg *path)
{
	return path->file && path->file->ops->mode ? path->file->ops->mode : ANONYMOUS_MODE;
}

static void answer_stat(const struct path_arg *path, void *answer)
{
	struct inode *inode = path->at.inode;
	struct abi_stat *stat = answer;

	if (inode)
		stat_fill(inode, stat);
	else
		*stat = (struct abi_stat){ .ino = 1, .mode = anonymous_mode(path), .nlink = 1, .blksize = PAGE_SIZE };
}

static void answer_statx(const struct path_arg *path, void *answer)
{
	struct inode *inode = path->at.inode;
	struct abi_statx *statx = answer;

	if (inode)
		statx_fill(inode, statx);
	else
		*statx = (struct abi_statx){ .mask = STATX_BASIC_STATS,
					     .ino = 1,
					     .mode = (u16)anonymous_mode(path),
					     .nlink = 1,
					     .blksize = PAGE_SIZE };
}

static void answer_statfs(const struct path_arg *path, void *answer)
{
	struct inode *inode = path->at.inode;
	struct abi_statfs *statfs = answer;

	if (inode)
		statfs_fill(inode->fs, statfs);
	else
		*statfs = (struct abi_statfs){
			.type = ANONYMOUS_MAGIC, .bsize = PAGE_SIZE, .frsize = PAGE_SIZE, .namelen = NAME_MAX_BYTES
		};
}

static const struct question question_stat = { answer_stat, sizeof(struct abi_stat) };
static const struct question question_statx = { answer_statx, sizeof(struct abi_statx) };
static const struct question question_statfs = { answer_statfs, sizeof(struct abi_statfs) };

struct ask {
	struct co co;
	const struct question *question;
	u64 address, to;
	s32 fd;
	u32 flags; /* of target_find */
	struct path_arg path;
};

CO_STEP(ask)
{
	CO_FRAME(ask);
	long err;

	CO_BEGIN;
	AWAIT(err, target_find(co, &f->path, f->fd, f->address, f->flags));
	if (!err) {
		f->question->fill(&f->path, f->path.text);
		AWAIT(err, deliver(co, f->to, f->path.text, f->question->bytes));
	}
	path_arg_done(&f->path);
	CO_RETURN(err);
	CO_END;
}

/* Flags of newfstatat and statx as those of target_find. */
static u32 target_flags(u32 flags, s32 fd, u64 address)
{
	u32 target = flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW;

	if (flags & AT_EMPTY_PATH)
		target |= address || fd == AT_FDCWD ? PATH_EMPTY_OK : TARGET_DESCRIPTOR;
	return target;
}

enum { STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE };

long sys_newfstatat(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[3];
	s32 fd = (s32)args[0];

	if (flags & ~(u32)STAT_FLAGS)
		return -EINVAL;
	return CO_CALL(ask, caller, .question = &question_stat, .fd = fd, .address = args[1], .to = args[2],
		       .flags = target_flags(flags, fd, args[1]));
}

long sys_fstat(struct co *caller, const u64 *args)
{
	return CO_CALL(ask, caller, .question = &question_stat, .fd = (s32)args[0], .to = args[1],
		       .flags = TARGET_DESCRIPTOR);
}

long sys_statfs(struct co *caller, const u64 *args)
{
	return CO_CALL(ask, caller, .question = &question_statfs, .fd = AT_FDCWD, .address = args[0], .to = args[1],
		       .flags = PATH_FOLLOW);
}

long sys_fstatfs(struct co *caller, const u64 *args)
{
	return CO_CALL(ask, caller, .question = &question_statfs, .fd = (s32)args[0], .to = args[1],
		       .flags = TARGET_DESCRIPTOR);
}

/* --- statx --- */

long op_statx(struct co *caller, struct op *op)
{
	if (op->flags & ~(u32)STAT_FLAGS || (op->flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
	    op->length & STATX_RESERVED)
		return -EINVAL;
	return CO_CALL(ask, caller, .question = &question_statx, .fd = op->fd, .address = op->address, .to = op->offset,
		       .flags = target_flags(op->flags, op->fd, op->address));
}

long prepare_statx(struct op *op, const u64 *args)
{
	op->fd = (s32)args[0];
	op->address = args[1];
	op->flags = (u32)args[2];
	op->length = (u32)args[3];
	op->offset = args[4];
	return 0;
}

long statx_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (sqe->ioprio || sqe->buf_index || sqe->splice_fd_in)
		return -EINVAL;
	op->fd = sqe->fd;
	op->address = sqe->addr;
	op->flags = sqe->statx_flags;
	op->length = sqe->len;
	op->offset = sqe->off;
	return 0;
}

/* --- access --- */

enum { R_OK = 4, W_OK = 2, X_OK = 1 };

/* Asked for the real user, or with AT_EACCESS for the one who acts. */
static long access_check(const struct co *co, const struct inode *inode, u32 mode, u32 flags)
{
	struct process *process = process_of(co);
	u32 user = load_relaxed(flags & AT_EACCESS ? &process->users.files : &process->users.real);
	u32 group = load_relaxed(flags & AT_EACCESS ? &process->groups.files : &process->groups.real);
	bool is_device = inode_is(inode, MODE_CHAR) || inode_is(inode, MODE_BLOCK);

	if ((mode & W_OK) && inode->fs->read_only && !is_device)
		return -EROFS;
	return permission_of(process, user, group, inode, mode);
}

struct access_call {
	struct co co;
	u64 address;
	s32 fd;
	u32 mode, flags;
	struct path_arg path;
};

CO_STEP(access_call)
{
	CO_FRAME(access_call);
	long err;

	CO_BEGIN;
	AWAIT(err, path_arg_find(co, &f->path, f->fd, f->address,
				 (f->flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW) |
					 (f->flags & AT_EMPTY_PATH ? PATH_EMPTY_OK : 0)));
	if (!err && f->path.at.inode)
		err = access_check(co, f->path.at.inode, f->mode, f->flags);
	path_arg_done(&f->path);
	CO_RETURN(err);
	CO_END;
}

static long access(struct co *caller, const u64 *args, u32 flags)
{
	u32 mode = (u32)args[2];

	if (mode & ~(u32)(R_OK | W_OK | X_OK))
		return -EINVAL;
	return CO_CALL(access_call, caller, .fd = (s32)args[0], .address = args[1], .mode = mode, .flags = flags);
}

long sys_faccessat(struct co *caller, const u64 *args)
{
	return access(caller, args, 0);
}

long sys_faccessat2(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[3];

	if (flags & ~(u32)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return access(caller, args, flags);
}

/* --- readlink --- */

struct readlink_call {
	struct co co;
	u64 address, to;
	s32 fd;
	u32 bytes;
	long length;
	struct path_arg path;
};

/* The path led to this: can it be read as a link? An empty path means a descriptor that was opened with O_PATH. */
static long readlink_check(const struct path_arg *path)
{
	const struct inode *inode = path->at.inode;

	if (inode && inode_is(inode, MODE_LINK))
		return inode->ops->read_link ? 0 : -EINVAL;
	return path->text[0] ? -EINVAL : -ENOENT;
}

CO_STEP(readlink_call)
{
	CO_FRAME(readlink_call);
	struct inode *link;
	long err;

	CO_BEGIN;
	AWAIT(err, path_arg_find(co, &f->path, f->fd, f->address, PATH_EMPTY_OK));
	if (!err)
		err = readlink_check(&f->path);
	if (err)
		goto out;
	link = f->path.at.inode;
	AWAIT(err, link->ops->read_link(co, link, f->path.text, PAGE_SIZE));
	if (err < 0)
		goto out;
	f->length = min(err, (long)f->bytes);
	AWAIT(err, deliver(co, f->to, f->path.text, (u64)f->length));
	if (!err)
		err = f->length;
out:
	path_arg_done(&f->path);
	CO_RETURN(err);
	CO_END;
}

long sys_readlinkat(struct co *caller, const u64 *args)
{
	s32 bytes = (s32)args[3];

	if (bytes <= 0)
		return -EINVAL;
	return CO_CALL(readlink_call, caller, .fd = (s32)args[0], .address = args[1], .to = args[2],
		       .bytes = (u32)min(bytes, (s32)PAGE_SIZE));
}
