/* ring.c - io_uring_setup, io_uring_enter and io_uring_register. */
#include "kernel/ring/ring.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/proc/process.h"
#include "kernel/sys/sys.h"
#include "kernel/sys/timespec.h"

struct setup_call {
	struct co co;
	u32 entries;
	u64 address;
	struct file *file;
	struct io_uring_params params;
};

CO_STEP(setup_call)
{
	CO_FRAME(setup_call);
	struct process *process = process_of(co);
	long err, fd;

	CO_BEGIN;
	AWAIT(err, user_read(co, process->space, &f->params, f->address, sizeof(f->params)));
	if (!err)
		err = ring_new(process, f->entries, &f->params, &f->file);
	if (err)
		CO_RETURN(err);
	AWAIT(err, user_write(co, process->space, f->address, &f->params, sizeof(f->params)));
	fd = err ? err : files_add(process->files, f->file, true, 0);
	if (fd < 0)
		file_put(f->file);
	CO_RETURN(fd);
	CO_END;
}

long sys_io_uring_setup(struct co *caller, const u64 *args)
{
	return CO_CALL(setup_call, caller, .entries = (u32)args[0], .address = args[1]);
}

enum { ENTER_KNOWN = IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP | IORING_ENTER_SQ_WAIT | IORING_ENTER_EXT_ARG |
		     IORING_ENTER_ABS_TIMER };

struct enter_call {
	struct co co;
	struct file *file;
	u32 to_submit, min_complete, flags;
	u64 address, bytes;
	u64 deadline;
	long submitted;
};

/* The timeout of EXT_ARG into f->deadline. */
struct enter_timeout {
	struct co co;
	struct enter_call *enter;
	struct io_uring_getevents_arg arg;
	struct abi_timespec time;
};

CO_STEP(enter_timeout)
{
	CO_FRAME(enter_timeout);
	struct enter_call *e = f->enter;
	long err;
	u64 ns;

	CO_BEGIN;
	if (e->bytes != sizeof(f->arg))
		CO_RETURN(-EINVAL);
	AWAIT(err, user_read(co, user_space_of(co), &f->arg, e->address, sizeof(f->arg)));
	if (err || !f->arg.ts)
		CO_RETURN(err);
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->arg.ts, sizeof(f->time)));
	if (err)
		CO_RETURN(err);
	if (!timespec_to_ns(&f->time, &ns))
		CO_RETURN(-EINVAL);
	e->deadline = e->flags & IORING_ENTER_ABS_TIMER ? ns : deadline_after(ns);
	CO_RETURN(0);
	CO_END;
}

CO_STEP(enter_call)
{
	CO_FRAME(enter_call);
	struct ring *ring = f->file->data;
	long err = 0;

	CO_BEGIN;
	if (f->to_submit)
		AWAIT(f->submitted, ring_submit(co, ring, f->to_submit));
	if (f->submitted < 0 || !(f->flags & IORING_ENTER_GETEVENTS) || (u64)f->submitted < f->to_submit)
		goto out;
	err = 0;
	f->deadline = TIME_NEVER;
	if (f->flags & IORING_ENTER_EXT_ARG)
		AWAIT(err, CO_CALL(enter_timeout, co, .enter = f));
	if (!err)
		AWAIT(err, ring_wait(co, ring, min(f->min_complete, ring->cq_entries), f->deadline));
	/* what was submitted beats how the wait ended */
	if (!f->submitted)
		f->submitted = err;
out:
	file_put(f->file);
	CO_RETURN(f->submitted);
	CO_END;
}

long sys_io_uring_enter(struct co *caller, const u64 *args)
{
	struct file *file;

	if (args[3] & ~(u64)ENTER_KNOWN)
		return -EINVAL;
	file = files_get(process_of(caller)->files, (s32)args[0]);
	if (!file)
		return -EBADF;
	if (!file_is_ring(file)) {
		file_put(file);
		return -EOPNOTSUPP;
	}
	return CO_CALL_OR(file_put(file), enter_call, caller, .file = file, .to_submit = (u32)args[1], .min_complete = (u32)args[2],
		       .flags = (u32)args[3], .address = args[4], .bytes = args[5]);
}

struct register_call {
	struct co co;
	struct file *file;
	u32 code, count;
	u64 address;
};

CO_STEP(register_call)
{
	CO_FRAME(register_call);
	long err;

	CO_BEGIN;
	AWAIT(err, ring_register(co, f->file->data, f->code, f->address, f->count));
	file_put(f->file);
	CO_RETURN(err);
	CO_END;
}

long sys_io_uring_register(struct co *caller, const u64 *args)
{
	struct file *file = files_get(process_of(caller)->files, (s32)args[0]);

	if (!file)
		return -EBADF;
	if (!file_is_ring(file)) {
		file_put(file);
		return -EOPNOTSUPP;
	}
	return CO_CALL_OR(file_put(file), register_call, caller, .file = file, .code = (u32)args[1],
			  .address = args[2], .count = (u32)args[3]);
}
