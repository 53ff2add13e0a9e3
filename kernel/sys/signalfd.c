/* signalfd.c - making signalfds, and changing what they are for. */
#include "kernel/proc/signalfd.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/files.h"
#include "kernel/space/user.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

struct signalfd_call {
	struct co co;
	s32 fd;
	u32 flags;
	u64 address, set;
};

static long make(struct process *process, u64 set, u32 flags)
{
	struct file *file = signalfd_new(set, flags);
	long fd;

	if (!file)
		return -ENOMEM;
	fd = files_add(process->files, file, flags & O_CLOEXEC, 0);
	if (fd < 0)
		file_put(file);
	return fd;
}

static long change(const struct co *co, s32 fd, u64 set)
{
	struct file *file = descriptor_file(co, fd);
	long result = fd;

	if (!file)
		return -EBADF;
	if (signalfd_is(file))
		signalfd_set(file, process_of(co), set);
	else
		result = -EINVAL;
	file_put(file);
	return result;
}

CO_STEP(signalfd_call)
{
	CO_FRAME(signalfd_call);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->set, f->address, sizeof(f->set)));
	if (!err)
		err = f->fd == -1 ? make(process_of(co), f->set, f->flags) : change(co, f->fd, f->set);
	CO_RETURN(err);
	CO_END;
}

long sys_signalfd4(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[3];

	if (args[2] != sizeof(u64) || (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK)))
		return -EINVAL;
	return CO_CALL(signalfd_call, caller, .fd = (s32)args[0], .address = args[1], .flags = flags);
}
