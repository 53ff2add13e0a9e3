/* jobs.c - job control: the terminal signals the foreground group, and stops who reads it from the background. */
#include "kernel/proc/jobs.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/console.h"
#include "kernel/proc/group.h"
#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"

static void group_signal(u32 group, u32 signal)
{
	struct process *process;
	u32 pid = 0;

	for (; group && (process = group_next(group, pid)); process_put(process)) {
		pid = process->pid;
		signal_send(process, signal);
	}
}

/* Would SIGNAL do nothing to THREAD? */
static bool is_shut_out(struct thread *thread, u32 signal)
{
	return (thread->blocked & signal_bit(signal)) ||
	       load_relaxed(&thread->process->actions[signal - 1].handler) == SIG_IGN;
}

static long background(const struct co *co, u32 signal)
{
	if (!task_of(co)->user)
		return -EIO; /* a ring's request cannot stop */
	if (is_shut_out(thread_of(co), signal))
		return signal == SIGTTOU ? 0 : -EIO;
	if (group_is_orphaned(process_of(co)))
		return -EIO; /* nobody would let it go on */
	group_signal(load_relaxed(&process_of(co)->group), signal);
	return -EINTR;
}

static const struct console_jobs jobs = { group_signal, group_session, background };

void jobs_init(void)
{
	console_jobs = &jobs;
}
