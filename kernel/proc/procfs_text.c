/* procfs_text.c - the short texts of a process or thread. What is looked at is read under process->lock; memory of the
 * process' is read as it is now, and what is not there is not waited for.
 */
#include "kernel/proc/procfs_text.h"

#include "kernel/map/map.h"
#include "kernel/space/user.h"
#include "kernel/proc/oom.h"

/* Kernel entries, those for the timer, and page faults, of the living and the ended threads. Lock held. */
static void sum(struct process *process, u64 *entries, u64 *ticks, u64 *faults)
{
	struct thread *thread;

	*entries = process->kernel_entries;
	*ticks = process->ticks;
	*faults = process->usage.faults;
	list_for_each (thread, &process->threads, link) {
		*entries += thread->context.entries;
		*ticks += thread->ticks;
		*faults += thread->faults;
	}
}

/* The process' memory from START to END. */
static void add_memory(const struct proc_view *view, u64 start, u64 end)
{
	struct fmt_text *text = view->text;
	struct user_buffer from = user_buffer(view->process->space, start, end - start, false);

	if (view->process->space)
		text->length += user_copy_in(text->data + text->length, &from, text->bytes - text->length);
}

void proc_text_cmdline(const struct proc_view *view)
{
	add_memory(view, view->process->texts.arguments, view->process->texts.arguments_end);
}

void proc_text_environ(const struct proc_view *view)
{
	add_memory(view, view->process->texts.arguments_end, view->process->texts.environment_end);
}

void proc_text_auxv(const struct proc_view *view)
{
	add_memory(view, view->process->texts.auxiliary, view->process->texts.auxiliary_end);
}

void proc_text_comm(const struct proc_view *view)
{
	fmt_add(view->text, "%s\n", view->one ? view->thread->name : view->process->name);
}

/* --- limits --- */

static const struct limit_name {
	const char *name, *unit;
} limit_names[RLIMIT_COUNT] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", "" },
	[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void add_limit(struct fmt_text *text, u64 value)
{
	if (value == RLIMIT_INFINITY)
		fmt_add(text, "%-20s ", "unlimited");
	else
		fmt_add(text, "%-20lu ", value);
}

void proc_text_limits(const struct proc_view *view)
{
	struct fmt_text *text = view->text;

	fmt_add(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (u32 i = 0; i < RLIMIT_COUNT; i++) {
		fmt_add(text, "%-25s ", limit_names[i].name);
		add_limit(text, view->process->limits[i].current);
		add_limit(text, view->process->limits[i].maximum);
		fmt_add(text, limit_names[i].unit[0] ? "%-10s\n" : "%s\n", limit_names[i].unit);
	}
}

/* --- what it waits in, and what Chime counts --- */

void proc_text_wchan(const struct proc_view *view)
{
	const char *name = view->thread ? task_waits_in(&view->thread->task) : NULL;

	fmt_add(view->text, "%s", name ? name : "0");
}

void proc_text_oom_score(const struct proc_view *view)
{
	fmt_add(view->text, "%u\n", oom_score(view->process));
}

void proc_text_oom_adjust(const struct proc_view *view)
{
	fmt_add(view->text, "%d\n", view->process->oom_adjust);
}

void proc_text_chime(const struct proc_view *view)
{
	struct process *process = view->process;
	struct fmt_text *text = view->text;
	u64 entries, ticks, faults;

	sum(process, &entries, &ticks, &faults);
	fmt_add(text, "kernel_entries: %lu\ntimer_ticks: %lu\npage_faults: %lu\nupcalls: %lu\nthreads: %u\n", entries,
		ticks, faults, process->upcalls, process->thread_count);
	fmt_add(text, "poller_sleeps: %lu\ndoorbells: %lu\n", load_relaxed(&process->poller_sleeps),
		load_relaxed(&process->doorbells));
	if (process->space)
		fmt_add(text, "pages: %lu\npage_tables: %lu\nareas: %u\ncopies: %u\n", process->space->pages,
			process->space->tables, process->space->area_count, process->space->copies);
}
