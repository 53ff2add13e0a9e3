/* descriptor.c - calls on descriptors as such: duplicates, flags, control, positions, and eventfd.
 *
 * A descriptor opened with O_PATH only names a file: what would use the file itself answers -EBADF.
 */
#include "kernel/sys/descriptor.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/eventfd.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/pipe.h"
#include "kernel/proc/process.h"
#include "kernel/sys/lock.h"
#include "kernel/sys/sys.h"

struct file *descriptor_file(const struct co *co, s32 fd)
{
	return files_get_open(process_of(co)->files, fd);
}

/* What FD names, as path_arg_find finds it for the empty path. */
static long target_itself(struct co *caller, struct path_arg *arg, s32 fd, bool not_path)
{
	struct page *page = page_alloc(0);

	*arg = (struct path_arg){ 0 };
	if (!page)
		return -ENOMEM;
	arg->text = page_to_virt(page);
	arg->file = not_path ? descriptor_file(caller, fd) : files_get(process_of(caller)->files, fd);
	if (!arg->file)
		return -EBADF;
	arg->at.inode = arg->file->inode;
	if (arg->at.inode)
		inode_get(arg->at.inode);
	arg->walked = true;
	return 0;
}

long target_find(struct co *caller, struct path_arg *arg, s32 fd, u64 address, u32 flags)
{
	if (flags & TARGET_DESCRIPTOR)
		return target_itself(caller, arg, fd, flags & TARGET_NOT_PATH);
	return path_arg_find(caller, arg, fd, address, flags);
}

struct deliver {
	struct co co;
	struct user_buffer to;
	const char *from;
};

static bool deliver_now(struct deliver *f)
{
	u64 left = f->to.left, done = user_copy_out(&f->to, f->from, left);

	f->from += done;
	return done == left;
}

CO_STEP(deliver)
{
	CO_FRAME(deliver);
	long err;

	CO_BEGIN;
	while (!deliver_now(f)) {
		AWAIT(err, user_fault_in(co, &f->to));
		if (err)
			CO_RETURN(err);
	}
	CO_RETURN(0);
	CO_END;
}

long deliver(struct co *caller, u64 address, const char *from, u64 bytes)
{
	return CO_CALL(deliver, caller, .to = user_buffer(user_space_of(caller), address, bytes, true), .from = from);
}

/* --- duplicates --- */

static long dup_from(struct files *files, s32 fd, u32 from, bool close_on_exec)
{
	struct file *file = files_get(files, fd);
	long result;

	if (!file)
		return -EBADF;
	if (from >= files_limit(files))
		result = -EINVAL;
	else
		result = files_add(files, file, close_on_exec, from);
	if (result < 0)
		file_put(file);
	return result;
}

long sys_dup(struct co *caller, const u64 *args)
{
	return dup_from(process_of(caller)->files, (s32)args[0], 0, false);
}

long sys_dup3(struct co *caller, const u64 *args)
{
	struct files *files = process_of(caller)->files;
	s32 from = (s32)args[0], to = (s32)args[1];
	struct file *file, *old;
	u32 flags = (u32)args[2];
	long err;

	if ((flags & ~(u32)O_CLOEXEC) || from == to)
		return -EINVAL;
	if ((u32)to >= files_limit(files))
		return -EBADF;
	file = files_get(files, from);
	if (!file)
		return -EBADF;
	err = files_set(files, to, file, flags & O_CLOEXEC, &old);
	if (err) {
		file_put(file);
		return err;
	}
	if (old)
		file_put(old);
	return to;
}

/* --- many at once --- */

enum { CLOSE_RANGE_UNSHARE = 2, CLOSE_RANGE_CLOEXEC = 4 };

struct close_range_call {
	struct co co;
	u32 first, last;
	bool mark; /* they shall be closed at exec */
};

/* The next one; false: there is none. */
static bool range_next(struct close_range_call *f, struct files *files)
{
	s32 fd = f->first <= INT32_MAX ? files_next(files, (s32)f->first) : -1;
	struct file *file;

	if (fd < 0 || (u32)fd > f->last)
		return false;
	f->first = (u32)fd + 1;
	file = f->mark ? NULL : files_remove(files, fd);
	if (f->mark)
		files_set_flag(files, fd, true);
	if (file)
		file_put(file);
	return true;
}

CO_STEP(close_range_call)
{
	CO_FRAME(close_range_call);
	long err;

	CO_BEGIN;
	while (range_next(f, process_of(co)->files))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	(void)err;
	CO_RETURN(0);
	CO_END;
}

/* A table belongs to a process and to what its rings do, so a thread cannot have its own. */
static long own_table(struct process *process)
{
	return load_relaxed(&process->thread_count) == 1 ? process_files_unshare(process) : -EINVAL;
}

long sys_close_range(struct co *caller, const u64 *args)
{
	u32 first = (u32)args[0], last = (u32)args[1], flags = (u32)args[2];
	long err = 0;

	if ((flags & ~(u32)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) || first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE)
		err = own_table(process_of(caller));
	return err ? err
		   : CO_CALL(close_range_call, caller, .first = first, .last = last,
			     .mark = flags & CLOSE_RANGE_CLOEXEC);
}

/* --- flags --- */

enum { SETFL_CHANGES = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT };

/* The flags of CHANGES become those of FLAGS. */
static void file_set_flags(struct file *file, u32 changes, u32 flags)
{
	/* the lock keeps two changes apart; operations under way read the flags without it, before or after */
	spin_lock(&file->lock);
	store_relaxed(&file->flags, (file->flags & ~changes) | (flags & changes));
	spin_unlock(&file->lock);
}

static long get_flags(struct files *files, s32 fd)
{
	struct file *file = files_get(files, fd);
	long flags;

	if (!file)
		return -EBADF;
	flags = load_relaxed(&file->flags);
	file_put(file);
	return flags;
}

static long set_flags(struct co *caller, s32 fd, u32 flags)
{
	struct file *file = descriptor_file(caller, fd);

	if (!file)
		return -EBADF;
	file_set_flags(file, SETFL_CHANGES, flags);
	file_put(file);
	return 0;
}

static long pipe_size(struct co *caller, s32 fd, u32 command, u64 bytes)
{
	struct file *file = descriptor_file(caller, fd);
	long result;

	if (!file)
		return -EBADF;
	result = command == F_GETPIPE_SZ ? pipe_capacity(file) : pipe_set_capacity(file, bytes);
	file_put(file);
	return result;
}

long sys_fcntl(struct co *caller, const u64 *args)
{
	struct files *files = process_of(caller)->files;
	u32 from = (u32)min(args[2], (u64)FILES_MAX);
	s32 fd = (s32)args[0];
	long flag;

	switch ((u32)args[1]) {
	case F_DUPFD:
		return dup_from(files, fd, from, false);
	case F_DUPFD_CLOEXEC:
		return dup_from(files, fd, from, true);
	case F_GETFD:
		return files_get_flag(files, fd);
	case F_SETFD:
		return files_set_flag(files, fd, args[2] & FD_CLOEXEC);
	case F_GETFL:
		return get_flags(files, fd);
	case F_SETFL:
		return set_flags(caller, fd, (u32)args[2]);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return record_lock(caller, fd, (u32)args[1], args[2]);
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ:
		return pipe_size(caller, fd, (u32)args[1], args[2]);
	default:
		/* a bad descriptor comes before an unknown command */
		flag = files_get_flag(files, fd);
		return flag < 0 ? flag : -EINVAL;
	}
}

/* --- control --- */

/* Requests that every file understands (Linux asm-generic/ioctls.h). */
enum { FIONBIO = 0x5421, FIONCLEX = 0x5450, FIOCLEX = 0x5451, FIOASYNC = 0x5452 };

struct ioctl_call {
	struct co co;
	struct file *file;
	u64 argument;
	u32 request;
	s32 fd;
	s32 on; /* FIONBIO, FIOASYNC: what the argument points to */
};

CO_STEP(ioctl_call)
{
	CO_FRAME(ioctl_call);
	u32 flag = f->request == FIONBIO ? O_NONBLOCK : O_ASYNC;
	long err;

	CO_BEGIN;
	f->file = descriptor_file(co, f->fd);
	if (!f->file)
		CO_RETURN(-EBADF);
	err = -ENOTTY;
	if (f->request == FIONBIO || f->request == FIOASYNC) {
		AWAIT(err, user_read(co, user_space_of(co), &f->on, f->argument, sizeof(f->on)));
		if (!err)
			file_set_flags(f->file, flag, f->on ? flag : 0);
	} else if (f->file->ops->ioctl) {
		AWAIT(err, f->file->ops->ioctl(co, f->file, f->request, f->argument));
	}
	file_put(f->file);
	CO_RETURN(err);
	CO_END;
}

long sys_ioctl(struct co *caller, const u64 *args)
{
	u32 request = (u32)args[1];
	s32 fd = (s32)args[0];

	if (request == FIOCLEX || request == FIONCLEX)
		return files_set_flag(process_of(caller)->files, fd, request == FIOCLEX);
	return CO_CALL(ioctl_call, caller, .fd = fd, .request = request, .argument = args[2]);
}

/* --- positions --- */

enum { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE };

/* Where a seek leads; a hole is not looked for: every file is all data, with a hole behind its end. Lock held. */
static long seek_locked(const struct file *file, s64 offset, u32 whence)
{
	const struct inode *inode = file->inode;
	s64 size = inode ? (s64)load_relaxed(&inode->size) : 0, base = 0;

	/* positions in a directory are its file system's own: they are not counted in bytes */
	if (inode && inode_is(inode, MODE_DIRECTORY) && whence > SEEK_CUR)
		return -EINVAL;
	if (whence >= SEEK_DATA) {
		if (offset < 0 || offset >= size)
			return -ENXIO;
		return whence == SEEK_DATA ? offset : size;
	}
	if (whence == SEEK_CUR)
		base = (s64)file->position;
	if (whence == SEEK_END)
		base = size;
	if (__builtin_add_overflow(base, offset, &offset) || offset < 0)
		return -EINVAL;
	return offset;
}

long sys_lseek(struct co *caller, const u64 *args)
{
	struct file *file = descriptor_file(caller, (s32)args[0]);
	u32 whence = (u32)args[2];
	long at = -ESPIPE;

	if (!file)
		return -EBADF;
	if (whence > SEEK_HOLE) {
		at = -EINVAL;
	} else if (file->ops->seekable) {
		spin_lock(&file->lock);
		at = seek_locked(file, (s64)args[1], whence);
		if (at >= 0)
			store_relaxed(&file->position, (u64)at);
		spin_unlock(&file->lock);
	}
	file_put(file);
	return at;
}

/* --- eventfd --- */

long sys_eventfd2(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[1];
	struct file *file;
	long fd;

	if (flags & ~(u32)(EVENTFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	file = eventfd_new((u32)args[0], flags & EVENTFD_SEMAPHORE, flags);
	if (!file)
		return -ENOMEM;
	fd = files_add(process_of(caller)->files, file, flags & O_CLOEXEC, 0);
	if (fd < 0)
		file_put(file);
	return fd;
}
