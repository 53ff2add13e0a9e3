/* lock.c - flock, and the locks of fcntl. */
#include "kernel/sys/lock.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file_lock.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

/* A lock that is about FILE. */
static struct file_lock lock_of(const struct co *co, struct file *file, enum lock_kind kind, enum lock_mode mode)
{
	struct process *process = process_of(co);

	return (struct file_lock){ .inode = file->inode,
				   .owner = lock_owner(file, process->files, kind),
				   .last = INT64_MAX,
				   .pid = process->pid,
				   .kind = (u8)kind,
				   .mode = (u8)mode };
}

/* --- flock --- */

enum { FLOCK_SHARED = 1, FLOCK_EXCLUSIVE = 2, FLOCK_NOT_WAIT = 4, FLOCK_NONE = 8 };

struct flock_call {
	struct co co;
	struct file *file; /* referenced */
	enum lock_mode mode;
	bool wait;
};

CO_STEP(flock_call)
{
	CO_FRAME(flock_call);
	struct file_lock wanted;
	long err;

	CO_BEGIN;
	wanted = lock_of(co, f->file, LOCK_WHOLE, f->mode);
	AWAIT(err, file_lock_set(co, f->file, &wanted, f->wait));
	file_put(f->file);
	CO_RETURN(err);
	CO_END;
}

long sys_flock(struct co *caller, const u64 *args)
{
	u32 what = (u32)args[1] & ~(u32)FLOCK_NOT_WAIT;
	struct file *file;

	if (what != FLOCK_SHARED && what != FLOCK_EXCLUSIVE && what != FLOCK_NONE)
		return -EINVAL;
	file = descriptor_file(caller, (s32)args[0]);
	if (!file)
		return -EBADF;
	if (!file->inode) {
		file_put(file);
		return -EINVAL;
	}
	return CO_CALL_OR(file_put(file), flock_call, caller, .file = file, .wait = !(args[1] & FLOCK_NOT_WAIT),
			  .mode = what == FLOCK_SHARED	    ? LOCK_READ
				  : what == FLOCK_EXCLUSIVE ? LOCK_WRITE
							    : LOCK_NONE);
}

/* --- fcntl --- */

/* struct flock of Linux; its types are enum lock_mode. */
struct abi_flock {
	short type, whence;
	s64 start, bytes;
	s32 pid;
};
_Static_assert(sizeof(struct abi_flock) == 32 && offsetof(struct abi_flock, pid) == 24, "struct flock");

enum { SEEK_SET, SEEK_CUR, SEEK_END };

struct record_call {
	struct co co;
	struct file *file; /* referenced */
	u64 address;
	u32 command;
	s32 fd;
	struct abi_flock flock;
	struct file_lock lock;
};

static bool is_of_open_file(u32 command)
{
	return command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

static bool is_test(u32 command)
{
	return command == F_GETLK || command == F_OFD_GETLK;
}

/* The range that FLOCK means, into LOCK: 0, -EINVAL, -EOVERFLOW. */
static long range_of(const struct file *file, const struct abi_flock *flock, struct file_lock *lock)
{
	s64 base = 0, start, last;

	if (flock->whence == SEEK_CUR)
		base = (s64)load_relaxed(&file->position);
	else if (flock->whence == SEEK_END)
		base = (s64)load_relaxed(&file->inode->size);
	else if (flock->whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(base, flock->start, &start))
		return -EOVERFLOW;
	last = INT64_MAX;
	if (flock->bytes > 0 && __builtin_add_overflow(start, flock->bytes - 1, &last))
		return -EOVERFLOW;
	if (flock->bytes < 0) { /* the bytes before start */
		last = start - 1;
		start += flock->bytes;
	}
	if (start < 0)
		return -EINVAL;
	lock->start = (u64)start;
	lock->last = (u64)last;
	return 0;
}

static long record_check(struct record_call *f)
{
	enum lock_kind kind = is_of_open_file(f->command) ? LOCK_OPEN : LOCK_RECORD;
	short type = f->flock.type;

	if (!f->file->inode || !inode_is(f->file->inode, MODE_REGULAR))
		return -EINVAL;
	if (type < 0 || type > LOCK_NONE || (is_test(f->command) && type == LOCK_NONE))
		return -EINVAL;
	if (kind == LOCK_OPEN && f->flock.pid)
		return -EINVAL;
	if (!is_test(f->command) &&
	    ((type == LOCK_READ && !file_can_read(f->file)) || (type == LOCK_WRITE && !file_can_write(f->file))))
		return -EBADF;
	f->lock = lock_of(&f->co, f->file, kind, (enum lock_mode)type);
	return range_of(f->file, &f->flock, &f->lock);
}

/* What GETLK tells of the lock that stands in the way. */
static void tell(struct record_call *f)
{
	const struct file_lock *lock = &f->lock;

	f->flock.type = (short)lock->mode;
	if (lock->mode == LOCK_NONE)
		return;
	f->flock.whence = SEEK_SET;
	f->flock.start = (s64)lock->start;
	f->flock.bytes = lock->last == INT64_MAX ? 0 : (s64)(lock->last - lock->start + 1);
	f->flock.pid = lock->kind == LOCK_OPEN ? -1 : (s32)lock->pid;
}

/* Another thread may have closed the descriptor while the lock was set: then that lock would never go. */
static bool lost_descriptor(const struct record_call *f, struct process *process)
{
	struct file *now = files_get(process->files, f->fd);
	bool lost = now != f->file;

	if (now)
		file_put(now);
	if (lost)
		file_lock_closed(process->files, f->file);
	return lost;
}

CO_STEP(record_call)
{
	CO_FRAME(record_call);
	bool wait = f->command == F_SETLKW || f->command == F_OFD_SETLKW;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->flock, f->address, sizeof(f->flock)));
	if (!err)
		err = record_check(f);
	if (err)
		goto out;
	if (is_test(f->command)) {
		file_lock_test(&f->lock);
		tell(f);
		AWAIT(err, user_write(co, user_space_of(co), f->address, &f->flock, sizeof(f->flock)));
		goto out;
	}
	AWAIT(err, file_lock_set(co, f->file, &f->lock, wait));
	if (!err && f->lock.kind == LOCK_RECORD && lost_descriptor(f, process_of(co)))
		err = -EBADF;
out:
	file_put(f->file);
	CO_RETURN(err);
	CO_END;
}

long record_lock(struct co *caller, s32 fd, u32 command, u64 address)
{
	struct file *file = descriptor_file(caller, fd);

	if (!file)
		return -EBADF;
	return CO_CALL_OR(file_put(file), record_call, caller, .file = file, .fd = fd, .command = command,
			  .address = address);
}
