/* signal.c - sending signals. Without handlers a signal ends a process or does nothing. */
#include "kernel/proc/signal.h"

#include "kernel/proc/thread.h"

static bool signal_is_ignored(u32 signal)
{
	return signal == SIGCHLD || signal == 18 /* SIGCONT */ || signal == 23 /* SIGURG */ || signal == 28 /* SIGWINCH */;
}

long signal_send(struct process *process, u32 signal)
{
	struct task *self = hart()->task;

	if (signal_is_ignored(signal))
		return 0;
	process_kill(process, SIGNAL_STATUS(signal));
	if (self && self->user && self->process == process)
		thread_leave(container_of(self, struct thread, task));
	return 0;
}

long signal_send_thread(struct thread *thread, u32 signal)
{
	return signal_send(thread->process, signal);
}
