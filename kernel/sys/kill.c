/* kill.c - sending signals to processes and threads. */
#include "kernel/abi/errno.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

static long kill_process(u32 pid, u64 signal)
{
	struct process *process = process_find(pid);
	long err;

	if (!process)
		return -ESRCH;
	err = signal ? signal_send(process, (u32)signal) : 0;
	process_put(process);
	return err;
}

long sys_kill(struct co *caller, const u64 *args)
{
	(void)caller;
	if (args[1] > SIGNAL_MAX)
		return -EINVAL;
	return (s32)args[0] > 0 ? kill_process((u32)args[0], args[1]) : -ESRCH;
}

/* A fatal signal to any thread ends its process; threads of other processes are known by their process' number. */
long sys_tgkill(struct co *caller, const u64 *args)
{
	(void)caller;
	if (args[2] > SIGNAL_MAX || (s32)args[0] <= 0 || (s32)args[1] <= 0)
		return -EINVAL;
	return kill_process((u32)args[0], args[2]);
}

long sys_tkill(struct co *caller, const u64 *args)
{
	if (args[1] > SIGNAL_MAX || (s32)args[0] <= 0)
		return -EINVAL;
	if (args[0] == thread_of(caller)->tid)
		return kill_process(process_of(caller)->pid, args[1]);
	return kill_process((u32)args[0], args[1]);
}
