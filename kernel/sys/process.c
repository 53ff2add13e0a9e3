/* process.c - what a thread asks about itself: numbers, place, end. */
#include "kernel/abi/errno.h"
#include "kernel/mm/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

long sys_getpid(struct co *caller, const u64 *args)
{
	(void)args;
	return process_of(caller)->pid;
}

long sys_getppid(struct co *caller, const u64 *args)
{
	(void)args;
	return load_relaxed(&process_of(caller)->parent_pid);
}

long sys_gettid(struct co *caller, const u64 *args)
{
	(void)args;
	return thread_of(caller)->tid;
}

long sys_set_tid_address(struct co *caller, const u64 *args)
{
	thread_of(caller)->clear_tid = args[0];
	return thread_of(caller)->tid;
}

long sys_sched_yield(struct co *caller, const u64 *args)
{
	(void)args;
	return task_yield(caller);
}

/* Threads run wherever a hart is free; the mask that is told is all of them. */
long sys_sched_getaffinity(struct co *caller, const u64 *args)
{
	u64 mask = hart_mask();

	if (args[1] < sizeof(mask) || args[1] % sizeof(mask))
		return -EINVAL;
	return user_write_answer(caller, user_space_of(caller), args[2], &mask, sizeof(mask), sizeof(mask));
}

struct setaffinity_call {
	struct co co;
	u64 mask;
};

CO_STEP(setaffinity_call)
{
	CO_FRAME(setaffinity_call);
	struct thread *thread = thread_of(co);
	u64 address = thread->context.x[X_A2];
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, thread->process->space, &f->mask, address, sizeof(f->mask)));
	if (err)
		CO_RETURN(err);
	f->mask &= hart_mask();
	if (!f->mask)
		CO_RETURN(-EINVAL);
	/* what it has here of interrupt files and registers must come out of the hardware */
	if (thread->direct && !(f->mask & 1ul << hart()->index))
		err = thread_direct->move(thread, (u32)__builtin_ctzl(f->mask));
	if (err)
		CO_RETURN(err);
	thread->bound = f->mask != hart_mask();
	thread->task.pinned = thread->bound || thread->direct;
	if (!thread->bound || (thread->direct && (f->mask & 1ul << hart()->index)))
		CO_RETURN(0);
	/* Kept simple: one hart of the mask. The next step, after the yield, runs there. */
	store_relaxed(&thread->task.hart, (u32)__builtin_ctzl(f->mask));
	AWAIT(err, task_yield(co));
	if (err)
		store_relaxed(&thread->task.hart, hart()->index); /* no memory to move */
	CO_RETURN(err);
	CO_END;
}

long sys_sched_setaffinity(struct co *caller, const u64 *args)
{
	if (args[0] && args[0] != thread_of(caller)->tid)
		return -ESRCH;
	return args[1] < sizeof(u64) ? -EINVAL : CO_CALL(setaffinity_call, caller, .mask = 0);
}

long sys_exit(struct co *caller, const u64 *args)
{
	struct thread *thread = thread_of(caller);
	struct process *process = thread->process;

	spin_lock(&process->lock);
	/* the status of a process whose threads leave one by one is the last one's */
	if (!process->exiting)
		process->exit_status = EXIT_STATUS(args[0]);
	spin_unlock(&process->lock);
	thread_leave(thread);
	return KEEP_REGISTERS;
}

long sys_exit_group(struct co *caller, const u64 *args)
{
	process_kill(process_of(caller), EXIT_STATUS(args[0]));
	thread_leave(thread_of(caller));
	return KEEP_REGISTERS;
}
