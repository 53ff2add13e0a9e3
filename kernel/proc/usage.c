/* usage.c - see usage.h. */
#include "kernel/proc/usage.h"

#include "kernel/hart/clock.h"
#include "kernel/hart/hart.h"
#include "kernel/mm/space.h"
#include "kernel/proc/thread.h"

void usage_add(struct usage *to, const struct usage *what)
{
	to->run_ns += what->run_ns;
	to->faults += what->faults;
	to->peak_pages = max(to->peak_pages, what->peak_pages);
}

u64 thread_run_ns(struct thread *thread)
{
	if (hart()->task == &thread->task)
		thread_account(thread);
	return load_relaxed(&thread->run_ns);
}

struct usage process_usage(struct process *process)
{
	struct thread *thread;
	struct usage usage;

	spin_lock(&process->lock);
	if (process->space)
		process->usage.peak_pages = max(process->usage.peak_pages, process->space->pages);
	usage = process->usage;
	list_for_each (thread, &process->threads, link) {
		usage.run_ns += thread_run_ns(thread);
		usage.faults += thread->faults;
	}
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
