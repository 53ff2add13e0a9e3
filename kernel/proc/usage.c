/* usage.c - see usage.h. */
#include "kernel/proc/usage.h"

#include "kernel/hart/clock.h"
#include "kernel/hart/hart.h"
#include "kernel/space/space.h"
#include "kernel/proc/thread.h"

void usage_add(struct usage *to, const struct usage *what)
{
	to->run_ns += what->run_ns;
	to->system_ns += what->system_ns;
	to->faults += what->faults;
	to->major_faults += what->major_faults;
	to->turns += what->turns;
	to->yields += what->yields;
	to->peak_pages = max(to->peak_pages, what->peak_pages);
}

u64 thread_run_ns(struct thread *thread)
{
	if (hart()->task == &thread->task)
		thread_account(thread);
	return load_relaxed(&thread->run_ns);
}

struct usage thread_usage(struct thread *thread)
{
	u64 run_ns = thread_run_ns(thread), user_ns = load_relaxed(&thread->user_ticks) * clock_tick_ns;

	/* of a running thread the visits to user mode may be ahead of its turns */
	return (struct usage){ .run_ns = run_ns,
			       .system_ns = run_ns - min(run_ns, user_ns),
			       .faults = load_relaxed(&thread->faults),
			       .major_faults = load_relaxed(&thread->major_faults),
			       .turns = load_relaxed(&thread->turns),
			       .yields = load_relaxed(&thread->yields) };
}

struct usage process_usage_locked(struct process *process)
{
	struct usage usage, one;
	struct thread *thread;

	if (process->space)
		process->usage.peak_pages = max(process->usage.peak_pages, process->space->pages);
	usage = process->usage;
	list_for_each (thread, &process->threads, link) {
		one = thread_usage(thread);
		usage_add(&usage, &one);
	}
	return usage;
}

struct usage process_usage(struct process *process)
{
	struct usage usage;

	spin_lock(&process->lock);
	usage = process_usage_locked(process);
	spin_unlock(&process->lock);
	return usage;
}

struct usage process_usage_children(struct process *process)
{
	struct usage usage;

	spin_lock(&process_table_lock);
	usage = process->usage_children;
	spin_unlock(&process_table_lock);
	return usage;
}
