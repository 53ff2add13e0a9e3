/* procfs_status.c - stat, status and statm of a process or thread, as Linux's proc(5) describes them. What Chime does
 * not count is 0.
 */
#include "kernel/fs/console.h"
#include "kernel/map/map.h"
#include "kernel/proc/affinity.h"
#include "kernel/proc/group.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/procfs_text.h"

enum { TICK_NS = 10000000, KIB_PER_PAGE = 4, SIGNAL_QUEUE_TOLD = 1024 };

char thread_state_letter(const struct thread *thread)
{
	const struct task *task = &thread->task;

	if (load_relaxed(&task->waker.state) != WAKER_IDLE)
		return 'R';
	if (thread->process->stopping)
		return 'T';
	return load_relaxed(&task->wait.state) == WAIT_INTERRUPTIBLE ? 'S' : 'D';
}

static char state_letter(const struct proc_view *view)
{
	if (view->process->state == PROCESS_ZOMBIE)
		return 'Z';
	return view->thread ? thread_state_letter(view->thread) : 'R'; /* on its way out */
}

static const char *name_of(const struct proc_view *view)
{
	return view->one ? view->thread->name : view->process->name;
}

/* Bytes of all areas together, and of those that a flag or an access right marks. */
struct sizes {
	u64 all, code, data, stack, locked;
};

static struct sizes sizes_of(struct space *space)
{
	struct sizes sizes = { 0 };
	struct area *area;
	u64 bytes;

	if (!space)
		return sizes;
	spin_lock(&space->lock);
	for (area = area_find(space, 0); area; area = area_next(area)) {
		bytes = area->end - area->start;
		sizes.all += bytes;
		if (area->flags & AREA_LOCKED)
			sizes.locked += bytes;
		if (area->flags & AREA_GROWS_DOWN)
			sizes.stack += bytes;
		else if (area->prot & PROT_EXEC)
			sizes.code += bytes;
		else if ((area->prot & PROT_WRITE) && !(area->flags & AREA_SHARED))
			sizes.data += bytes;
	}
	spin_unlock(&space->lock);
	return sizes;
}

/* Time and faults, of the living threads and the ended ones. */
static struct usage usage_of(const struct proc_view *view)
{
	struct usage usage = { 0 }, one;
	struct thread *thread;

	if (!view->one)
		usage = view->process->usage;
	list_for_each (thread, &view->process->threads, link) {
		if (view->one && thread != view->thread)
			continue;
		one = thread_usage(thread);
		usage_add(&usage, &one);
	}
	return usage;
}

/* Which signals have this disposition: SIG_IGN, or a handler. */
static u64 signal_set(const struct process *process, bool ignored)
{
	u64 set = 0;

	for (u32 signal = 1; signal <= SIGNAL_MAX; signal++)
		if (ignored ? process->actions[signal - 1].handler == SIG_IGN
			    : process->actions[signal - 1].handler > SIG_IGN)
			set |= signal_bit(signal);
	return set;
}

static u64 blocked(const struct proc_view *view)
{
	return view->thread ? view->thread->blocked : 0;
}

static u64 pending(const struct proc_view *view)
{
	return view->thread ? view->thread->pending.set : 0;
}

/* The fields, counted from 1: 1-9, 10-22, 23-30, 31-38, 39-52. */
void proc_text_stat(const struct proc_view *view)
{
	struct process *process = view->process;
	const struct usage usage = usage_of(view), *children = &process->usage_children;
	u32 session = load_relaxed(&process->session), terminal, foreground;
	struct sizes sizes = sizes_of(process->space);
	struct policy policy = { 0 };

	if (view->thread)
		policy = view->thread->policy;
	console_of_session(session, &terminal, &foreground);
	fmt_add(view->text, "%u (%s) %c %u %u %u %d %d 0 ", view->one ? view->thread->tid : process->pid, name_of(view),
		state_letter(view), view->parent, load_relaxed(&process->group), session, (s32)terminal,
		terminal ? (s32)foreground : -1);
	fmt_add(view->text, "%lu %lu %lu %lu ", usage_minor_faults(&usage), usage_minor_faults(children),
		usage.major_faults, children->major_faults);
	fmt_add(view->text, "%lu %lu %lu %lu %d %d %u 0 %lu ", usage_user_ns(&usage) / TICK_NS,
		usage.system_ns / TICK_NS, usage_user_ns(children) / TICK_NS, children->system_ns / TICK_NS,
		policy_priority(&policy), policy.nice, process->thread_count, process->started_ns / TICK_NS);
	fmt_add(view->text, "%lu %lu %lu 0 0 0 0 0 ", sizes.all, process->space ? process->space->pages : 0,
		process->limits[RLIMIT_RSS].current);
	fmt_add(view->text, "%lu %lu %lu %lu 0 0 0 %u ", pending(view) & INT32_MAX, blocked(view) & INT32_MAX,
		signal_set(process, true) & INT32_MAX, signal_set(process, false) & INT32_MAX, process->exit_signal);
	fmt_add(view->text, "%u %u %u 0 0 0 0 0 %lu %lu %lu %lu %lu %u\n",
		view->thread ? load_relaxed(&view->thread->task.hart) : 0, policy.real_time, policy.kind,
		process->space ? process->space->brk_start : 0, process->texts.arguments, process->texts.arguments_end,
		process->texts.arguments_end, process->texts.environment_end, process->exit_status);
}

static const char *state_word(char letter)
{
	return letter == 'R'   ? "running"
	       : letter == 'S' ? "sleeping"
	       : letter == 'D' ? "disk sleep"
	       : letter == 'T' ? "stopped"
			       : "zombie";
}

static void add_ids(const struct proc_view *view)
{
	const struct id_set *users = &view->process->users, *groups = &view->process->groups;

	fmt_add(view->text, "Uid:\t%u\t%u\t%u\t%u\n", users->real, users->effective, users->saved, users->files);
	fmt_add(view->text, "Gid:\t%u\t%u\t%u\t%u\nFDSize:\t1024\nGroups:\t", groups->real, groups->effective,
		groups->saved, groups->files);
	for (u32 i = 0; i < view->process->group_count; i++)
		fmt_add(view->text, "%u ", view->process->further_groups[i]);
	fmt_add(view->text, "\n");
}

static void add_memory(const struct proc_view *view)
{
	struct space *space = view->process->space;
	struct sizes sizes = sizes_of(space);
	u64 resident = space ? space->pages * KIB_PER_PAGE : 0;
	u64 peak = view->process->usage.peak_pages * KIB_PER_PAGE;

	if (!space)
		return;
	fmt_add(view->text, "VmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\n", sizes.all / 1024,
		sizes.locked / 1024, max(peak, resident), resident);
	fmt_add(view->text, "VmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\nVmPTE:\t%8lu kB\n", sizes.data / 1024,
		sizes.stack / 1024, sizes.code / 1024, space->tables * KIB_PER_PAGE);
}

static void add_signals(const struct proc_view *view)
{
	struct process *process = view->process;

	fmt_add(view->text, "SigQ:\t%u/%u\nSigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n",
		process->signals_queued, SIGNAL_QUEUE_TOLD, pending(view), process->pending.set, blocked(view));
	fmt_add(view->text, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", signal_set(process, true),
		signal_set(process, false));
}

/* A mask, and the same as "0-2,5". */
static void add_harts(const struct proc_view *view)
{
	u32 mask = view->thread ? affinity_of(view->thread) : (u32)hart_mask(), first, last;
	const char *between = "";

	fmt_add(view->text, "Cpus_allowed:\t%x\nCpus_allowed_list:\t", mask);
	for (first = 0; mask >> first; first = last + 1) {
		last = first;
		if (!(mask >> first & 1))
			continue;
		while (mask >> (last + 1) & 1)
			last++;
		fmt_add(view->text, "%s%u", between, first);
		if (last > first)
			fmt_add(view->text, "-%u", last);
		between = ",";
	}
	fmt_add(view->text, "\n");
}

void proc_text_status(const struct proc_view *view)
{
	struct process *process = view->process;
	struct usage usage = usage_of(view);
	char letter = state_letter(view);
	u32 mask = paths_umask_of(process->paths);

	fmt_add(view->text, "Name:\t%s\nUmask:\t0%u%u%u\nState:\t%c (%s)\n", name_of(view), mask >> 6 & 7,
		mask >> 3 & 7, mask & 7, letter, state_word(letter));
	fmt_add(view->text, "Tgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n", process->pid,
		view->one ? view->thread->tid : process->pid, view->parent);
	add_ids(view);
	add_memory(view);
	fmt_add(view->text, "Threads:\t%u\n", process->thread_count);
	add_signals(view);
	add_harts(view);
	fmt_add(view->text, "NoNewPrivs:\t%u\nvoluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		process->no_new_privs, usage.turns - min(usage.turns, usage.yields), usage.yields);
}

/* Pages: all, resident, shared, code, 0, data and stack, 0. */
void proc_text_statm(const struct proc_view *view)
{
	struct sizes sizes = sizes_of(view->process->space);

	fmt_add(view->text, "%lu %lu 0 %lu 0 %lu 0\n", sizes.all / PAGE_SIZE,
		view->process->space ? view->process->space->pages : 0, sizes.code / PAGE_SIZE,
		(sizes.data + sizes.stack) / PAGE_SIZE);
}
