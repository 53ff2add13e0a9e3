/* cpu_watch.c - see cpu_watch.h. */
#include "kernel/proc/cpu_watch.h"

#include "kernel/proc/posix_timer.h"
#include "kernel/proc/thread.h"

#define SECOND_NS 1000000000ul

void cpu_watch_locked(struct process *process)
{
	store_relaxed(&process->watches_cpu, true);
}

static bool is_over(u64 run_ns, u64 seconds)
{
	return seconds != RLIMIT_INFINITY && run_ns / SECOND_NS >= seconds;
}

/* SIGXCPU at the soft limit and at each second from then on, which the limit itself counts; SIGKILL at the hard one. */
static void look_at_limit_locked(struct process *process, u64 run_ns)
{
	struct abi_rlimit *limit = &process->limits[RLIMIT_CPU];
	struct signal_info info = { .signo = SIGXCPU, .code = SI_KERNEL };

	if (likely(!is_over(run_ns, min(limit->current, limit->maximum))))
		return;
	if (is_over(run_ns, limit->maximum))
		info.signo = SIGKILL;
	else
		limit->current++;
	signal_send_locked(process, NULL, &info);
}

void cpu_watch_look(struct thread *thread)
{
	struct process *process = thread->process;
	struct usage usage;

	atomic_and(&thread->work, ~(u32)WORK_CPU);
	spin_lock(&process->lock);
	usage = process_usage_locked(process);
	look_at_limit_locked(process, usage.run_ns);
	posix_timers_look_locked(process, &usage);
	spin_unlock(&process->lock);
}
