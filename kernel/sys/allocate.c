/* allocate.c - fallocate, and files without a name (memfd_create). */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/shared_memory.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/rw.h"
#include "kernel/sys/sys.h"

/* --- fallocate --- */

enum { FALLOCATE_KEEP_SIZE = 1, FALLOCATE_KNOWN = 0x7f };

struct fallocate_call {
	struct co co;
	struct file *file;
	u64 at, bytes, allowed;
	bool keep_size;
};

/* May FILE have room for [at, at + bytes)? */
static long allocate_check(const struct file *file)
{
	const struct inode *inode = file->inode;

	if (!file_can_write(file))
		return -EBADF;
	if (!inode || inode_is(inode, MODE_FIFO))
		return -ESPIPE;
	if (inode_is(inode, MODE_DIRECTORY))
		return -EISDIR;
	if (!inode_is(inode, MODE_REGULAR))
		return -ENODEV;
	return file->ops->allocate ? 0 : -EOPNOTSUPP;
}

CO_STEP(fallocate_call)
{
	CO_FRAME(fallocate_call);
	long err;

	CO_BEGIN;
	err = allocate_check(f->file);
	f->allowed = f->bytes;
	if (!err)
		err = rw_limit(process_of(co), f->file, f->at, &f->allowed);
	if (!err && f->allowed < f->bytes)
		err = -EFBIG;
	if (!err)
		AWAIT(err, f->file->ops->allocate(co, f->file, f->at, f->bytes, f->keep_size));
	file_put(f->file);
	CO_RETURN(err);
	CO_END;
}

long sys_fallocate(struct co *caller, const u64 *args)
{
	u32 mode = (u32)args[1];
	struct file *file;

	if ((s64)args[2] < 0 || (s64)args[3] <= 0)
		return -EINVAL;
	file = descriptor_file(caller, (s32)args[0]);
	if (!file)
		return -EBADF;
	/* holes, moving and the like: none */
	if ((mode & ~(u32)FALLOCATE_KEEP_SIZE) || args[2] + args[3] > INT64_MAX) {
		file_put(file);
		return mode & ~(u32)FALLOCATE_KEEP_SIZE ? -EOPNOTSUPP : -EFBIG;
	}
	return CO_CALL_OR(file_put(file), fallocate_call, caller, .file = file, .at = args[2], .bytes = args[3],
			  .keep_size = mode & FALLOCATE_KEEP_SIZE);
}

/* --- memfd_create --- */

enum { MEMFD_CLOEXEC = 1, MEMFD_EXEC = 16, MEMFD_NAME_BYTES = 250, MEMFD_PREFIX = 6 };

struct memfd_call {
	struct co co;
	u64 address;
	bool close_on_exec;
	char name[MEMFD_PREFIX + MEMFD_NAME_BYTES]; /* "memfd:", and what the caller says */
};

static long memfd_make(struct process *process, const char *name, bool close_on_exec)
{
	struct file *file = shared_memory_file(0, name);
	long fd;

	if (!file)
		return -ENOMEM;
	fd = files_add(process->files, file, close_on_exec, 0);
	if (fd < 0)
		file_put(file);
	return fd;
}

CO_STEP(memfd_call)
{
	CO_FRAME(memfd_call);
	long err;

	CO_BEGIN;
	__builtin_memcpy(f->name, "memfd:", MEMFD_PREFIX);
	AWAIT(err, user_read_text(co, user_space_of(co), f->name + MEMFD_PREFIX, f->address, MEMFD_NAME_BYTES));
	if (err >= 0)
		err = memfd_make(process_of(co), f->name, f->close_on_exec);
	CO_RETURN(err == -ENAMETOOLONG ? -EINVAL : err);
	CO_END;
}

long sys_memfd_create(struct co *caller, const u64 *args)
{
	/* no seals, no huge pages */
	if ((u32)args[1] & ~(u32)(MEMFD_CLOEXEC | MEMFD_EXEC))
		return -EINVAL;
	return CO_CALL(memfd_call, caller, .address = args[0], .close_on_exec = args[1] & MEMFD_CLOEXEC);
}
