/* pidfd.c - processes as files: making such files, and taking a copy of another process' descriptor. Signals to them
 * are kill.c's, waiting for them child.c's.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/files.h"
#include "kernel/proc/pidfd.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

/* FILE, whose reference is ours, as a descriptor of the caller's, closed at exec. */
static long descriptor_new(struct process *self, struct file *file)
{
	long fd = files_add(self->files, file, true, 0);

	if (fd < 0)
		file_put(file);
	return fd;
}

long sys_pidfd_open(struct co *caller, const u64 *args)
{
	struct process *process;
	struct file *file;

	if (((u32)args[1] & ~(u32)O_NONBLOCK) || (s32)args[0] <= 0)
		return -EINVAL;
	process = process_find((u32)args[0]);
	if (!process)
		return process_of_thread((u32)args[0]) ? -EINVAL : -ESRCH;
	file = pidfd_new(process, (u32)args[1]);
	process_put(process);
	return file ? descriptor_new(process_of(caller), file) : -ENOMEM;
}

/* What FD is in PROCESS, referenced, for SELF; NULL, and *ERROR. */
static struct file *file_of(struct process *self, struct process *process, s32 fd, long *error)
{
	struct file *file = NULL;

	spin_lock(&process->lock);
	*error = !process->files ? -ESRCH : !credentials_may_look(self, process) ? -EPERM : 0;
	if (!*error)
		file = files_get(process->files, fd);
	spin_unlock(&process->lock);
	if (!*error && !file)
		*error = -EBADF;
	return file;
}

long sys_pidfd_getfd(struct co *caller, const u64 *args)
{
	struct process *self = process_of(caller), *process;
	struct file *pidfd, *file = NULL;
	long result = -EBADF;

	if (args[2])
		return -EINVAL;
	pidfd = descriptor_file(caller, (s32)args[0]);
	if (!pidfd)
		return -EBADF;
	process = pidfd_process(pidfd);
	if (process)
		file = file_of(self, process, (s32)args[1], &result);
	file_put(pidfd);
	return file ? descriptor_new(self, file) : result;
}
