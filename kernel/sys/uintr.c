/* uintr.c - the system calls of user interrupts. */
#include "kernel/uintr/uintr.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/mm/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

struct register_call {
	struct co co;
	u64 handler, address;
	struct uintr_setup setup;
};

CO_STEP(register_call)
{
	CO_FRAME(register_call);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->setup, f->address, sizeof(f->setup)));
	CO_RETURN(err ? err : uintr_register(thread_of(co), f->handler, &f->setup));
	CO_END;
}

/* (handler, flags, struct uintr_setup *, its size) */
long sys_uintr_register_handler(struct co *caller, const u64 *args)
{
	if (args[1] & UINTR_DIRECT)
		return -EOPNOTSUPP;
	if (args[1] || args[3] != sizeof(struct uintr_setup))
		return -EINVAL;
	return CO_CALL(register_call, caller, .handler = args[0], .address = args[2]);
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

/* (fd, flags): the index for uintr_send. Here it is the descriptor itself, which the kernel looks up at each send. */
long sys_uintr_register_sender(struct co *caller, const u64 *args)
{
	struct file *file;
	bool good;

	if (args[1])
		return -EINVAL;
	file = files_get(process_of(caller)->files, (s32)args[0]);
	if (!file)
		return -EBADF;
	good = file_is_uintr(file);
	file_put(file);
	return good ? (long)args[0] : -EINVAL;
}

long sys_uintr_unregister_sender(struct co *caller, const u64 *args)
{
	long index = sys_uintr_register_sender(caller, args);

	return index < 0 ? index : 0;
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
