/* uintr.c - the system calls of user interrupts. */
#include "kernel/uintr/uintr.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

struct register_call {
	struct co co;
	u64 handler, flags, address;
	struct uintr_setup setup;
};

CO_STEP(register_call)
{
	CO_FRAME(register_call);
	struct thread *thread = thread_of(co);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->setup, f->address, sizeof(f->setup)));
	if (!err)
		err = uintr_register(thread, f->handler, &f->setup);
	if (err || !(f->flags & UINTR_DIRECT))
		CO_RETURN(err);
	AWAIT(err, direct_start(co, thread));
	if (err < 0)
		uintr_unregister(thread);
	CO_RETURN(err);
	CO_END;
}

/* (handler, flags, struct uintr_setup *, its size) */
long sys_uintr_register_handler(struct co *caller, const u64 *args)
{
	if ((args[1] & ~(u64)UINTR_DIRECT) || args[3] != sizeof(struct uintr_setup))
		return -EINVAL;
	return CO_CALL(register_call, caller, .handler = args[0], .flags = args[1], .address = args[2]);
}

long sys_uintr_unregister_handler(struct co *caller, const u64 *args)
{
	return args[0] ? -EINVAL : uintr_unregister(thread_of(caller));
}

/* (vector, flags): a descriptor */
long sys_uintr_create_fd(struct co *caller, const u64 *args)
{
	struct thread *thread = thread_of(caller);
	struct file *file;
	long fd;

	if (args[0] >= UINTR_VECTORS || args[1] || !thread->uintr)
		return -EINVAL;
	file = uintr_file_new(thread, (u32)args[0]);
	if (!file)
		return -ENOMEM;
	fd = files_add(thread->process->files, file, true, 0);
	if (fd < 0)
		file_put(file);
	return fd;
}

/* The descriptor FD is a user interrupt's: true, else *ERROR. With WINDOW: *WINDOW is uintr_file_window's answer. */
static bool is_uintr_fd(struct process *process, s32 fd, long *error, long *window)
{
	struct file *file = files_get(process->files, fd);

	*error = !file ? -EBADF : file_is_uintr(file) ? 0 : -EINVAL;
	if (!*error && window)
		*window = uintr_file_window(file, process->space);
	if (file)
		file_put(file);
	return !*error;
}

/* (fd, flags): the index for sending. That is a window to a receiver that takes its interrupts itself; else it is the
 * descriptor, which the kernel looks up at each uintr_send. */
long sys_uintr_register_sender(struct co *caller, const u64 *args)
{
	long error, window;

	if (args[1])
		return -EINVAL;
	if (!is_uintr_fd(process_of(caller), (s32)args[0], &error, &window))
		return error;
	return window < 0 ? (long)args[0] : window;
}

/* (index, flags) */
long sys_uintr_unregister_sender(struct co *caller, const u64 *args)
{
	struct process *process = process_of(caller);
	long error;

	if (args[1])
		return -EINVAL;
	if ((s32)args[0] > 0 && (args[0] & UINTR_WINDOW))
		return window_remove(process->space, (u32)args[0]);
	is_uintr_fd(process, (s32)args[0], &error, NULL);
	return error;
}

/* (index) */
long sys_uintr_send(struct co *caller, const u64 *args)
{
	struct file *file = files_get(process_of(caller)->files, (s32)args[0]);
	long err = -EINVAL;

	if (!file)
		return -EBADF;
	if (file_is_uintr(file)) {
		uintr_file_post(file);
		err = 0;
	}
	file_put(file);
	return err;
}

/* (flags) */
long sys_uintr_wait(struct co *caller, const u64 *args)
{
	if (args[0] & ~(u64)UINTR_WAIT_POLL)
		return -EINVAL;
	return uintr_wait(caller, thread_of(caller), !(args[0] & UINTR_WAIT_POLL));
}

long sys_uintr_return(struct co *caller, const u64 *args)
{
	(void)args;
	return uintr_return(caller, thread_of(caller));
}
