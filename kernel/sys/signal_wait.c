/* signal_wait.c - waiting for signals: rt_sigsuspend until a handler has run, rt_sigtimedwait for one of a set, which
 * is taken without a handler. */
#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"
#include "kernel/task/timespec.h"
#include "kernel/task/wait.h"

struct sigsuspend_call {
	struct co co;
	u64 address, mask;
};

CO_STEP(sigsuspend_call)
{
	CO_FRAME(sigsuspend_call);
	struct thread *thread = thread_of(co);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, thread->process->space, &f->mask, f->address, sizeof(f->mask)));
	if (err)
		CO_RETURN(err);
	signal_mask_swap(thread, f->mask);
	AWAIT(err, task_sleep_until(co, TIME_NEVER));
	CO_RETURN(signal_mask_back(thread, err));
	CO_END;
}

long sys_rt_sigsuspend(struct co *caller, const u64 *args)
{
	if (args[1] != sizeof(u64))
		return -EINVAL;
	return CO_CALL(sigsuspend_call, caller, .address = args[0]);
}

struct sigtimedwait_call {
	struct co co;
	u64 address, info_address, timeout;
	u64 set, deadline;
	u32 signal;
	struct wait_queue nobody; /* senders end the wait by a cancel */
	struct signal_info info;
};

struct sigtimedwait_arguments {
	struct co co;
	struct sigtimedwait_call *call;
	struct abi_timespec time;
};

CO_STEP(sigtimedwait_arguments)
{
	CO_FRAME(sigtimedwait_arguments);
	struct sigtimedwait_call *call = f->call;
	long err;
	u64 ns;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &call->set, call->address, sizeof(call->set)));
	call->deadline = TIME_NEVER;
	call->set &= ~SIGNALS_UNMASKABLE;
	if (!err && call->timeout) {
		AWAIT(err, user_read(co, user_space_of(co), &f->time, call->timeout, sizeof(f->time)));
		if (!err && !timespec_to_ns(&f->time, &ns))
			err = -EINVAL;
		if (!err)
			call->deadline = ns ? deadline_after(ns) : 0;
	}
	CO_RETURN(err);
	CO_END;
}

/* Lock held. What is not found will wake us, though it is blocked. */
static bool take_awaited(struct sigtimedwait_call *f, struct thread *thread)
{
	thread->awaited = f->set;
	f->signal = signal_take_locked(thread, f->set, &f->info);
	return f->signal;
}

CO_STEP(sigtimedwait_call)
{
	CO_FRAME(sigtimedwait_call);
	struct thread *thread = thread_of(co);
	struct process *process = thread->process;
	u8 room[SIGINFO_BYTES] = { 0 };
	long err;

	CO_BEGIN;
	AWAIT(err, CO_CALL(sigtimedwait_arguments, co, .call = f));
	if (err)
		CO_RETURN(err);
	wait_queue_init(&f->nobody);
	AWAIT_UNTIL_FULL(err, &process->lock, &f->nobody, WAIT_INTERRUPTIBLE, f->deadline, take_awaited(f, thread));
	if (err)
		take_awaited(f, thread);
	signal_awaited_end_locked(thread);
	spin_unlock(&process->lock);
	if (!f->signal)
		CO_RETURN(err == -ETIME ? -EAGAIN : err);
	if (!f->info_address)
		CO_RETURN(f->signal);
	__builtin_memcpy(room, &f->info, sizeof(f->info));
	AWAIT(err, user_write_answer(co, process->space, f->info_address, room, sizeof(room), f->signal));
	CO_RETURN(err);
	CO_END;
}

long sys_rt_sigtimedwait(struct co *caller, const u64 *args)
{
	if (args[3] != sizeof(u64))
		return -EINVAL;
	return CO_CALL(sigtimedwait_call, caller, .address = args[0], .info_address = args[1], .timeout = args[2]);
}
