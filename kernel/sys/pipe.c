/* pipe.c - pipe2: both ends of a new pipe as descriptors. */
#include "kernel/fs/pipe.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/files.h"
#include "kernel/proc/process.h"
#include "kernel/sys/sys.h"

static void end_remove(struct files *files, s32 fd)
{
	struct file *file = files_remove(files, fd);

	if (file) /* unless another thread has guessed the number and closed it */
		file_put(file);
}

/* Two more descriptors: 0, or a negative errno, and then nothing is left of the pipe. */
static long ends_add(const struct co *co, struct files *files, s32 *fds, u32 flags)
{
	struct file *reader, *writer;
	long fd = pipe_new(co, &reader, &writer, flags);

	if (fd)
		return fd;
	fd = files_add(files, reader, flags & O_CLOEXEC, 0);
	if (fd < 0) {
		file_put(reader);
		file_put(writer);
		return fd;
	}
	fds[0] = (s32)fd;
	fd = files_add(files, writer, flags & O_CLOEXEC, 0);
	if (fd < 0) {
		end_remove(files, fds[0]);
		file_put(writer);
		return fd;
	}
	fds[1] = (s32)fd;
	return 0;
}

struct pipe2_call {
	struct co co;
	u64 address;
	s32 fds[2];
	u32 flags;
};

CO_STEP(pipe2_call)
{
	CO_FRAME(pipe2_call);
	struct process *process = process_of(co);
	long err;

	CO_BEGIN;
	err = ends_add(co, process->files, f->fds, f->flags);
	if (err)
		CO_RETURN(err);
	AWAIT(err, user_write(co, process->space, f->address, f->fds, sizeof(f->fds)));
	for (u32 i = 0; err && i < ARRAY_SIZE(f->fds); i++)
		end_remove(process->files, f->fds[i]);
	CO_RETURN(err);
	CO_END;
}

long sys_pipe2(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[1];

	if (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	return CO_CALL(pipe2_call, caller, .address = args[0], .flags = flags);
}
