/* process.c - what a thread asks about itself: numbers, end. */
#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
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
