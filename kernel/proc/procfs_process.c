/* procfs_process.c - the texts of /proc/<pid>: one function per file.
 *
 * A process may end while we look: what it shares with its threads (space, files) is only read under its lock and only
 * while it is RUNNING with threads in it.
 */
#include "kernel/proc/procfs_process.h"

#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/procfs.h"
#include "kernel/mm/space.h"
#include "kernel/mm/user.h"
#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"
#include "lib/fmt.h"

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

static char state_letter(const struct process *process)
{
	return process->state == PROCESS_ZOMBIE ? 'Z' : 'S';
}

/* 52 fields, as Linux's proc(5) numbers them; what Chime does not count is 0. */
static void text_stat(struct process *process, u32 parent, struct fmt_text *text)
{
	u64 entries, ticks, faults;

	sum(process, &entries, &ticks, &faults);
	fmt_add(text, "%u (%s) %c %u %u %u 0 -1 0 %lu 0 0 0 0 0 0 0 20 0 %u 0 %lu %lu %lu", process->pid, process->name,
		state_letter(process), parent, process->pid, process->pid, faults,
		process->thread_count, process->started_ns / 10000000, 0ul, process->space ? process->space->pages : 0);
	for (int field = 25; field <= 52; field++)
		fmt_add(text, " 0");
	fmt_add(text, "\n");
}

static void text_status(struct process *process, u32 parent, struct fmt_text *text)
{
	u64 pages = process->space ? process->space->pages : 0;

	fmt_add(text, "Name:\t%s\nState:\t%c\nTgid:\t%u\nPid:\t%u\nPPid:\t%u\n", process->name, state_letter(process),
		process->pid, process->pid, parent);
	fmt_add(text, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", process->uid, process->uid, process->uid,
		process->uid, process->gid, process->gid, process->gid, process->gid);
	fmt_add(text, "VmRSS:\t%8lu kB\nThreads:\t%u\n", pages * 4, process->thread_count);
}

static void text_cmdline(struct process *process, u32 parent, struct fmt_text *text)
{
	struct user_buffer from = user_buffer(process->space, process->arguments,
					      process->arguments_end - process->arguments, false);
	u64 n;

	(void)parent;
	if (!process->space)
		return;
	/* what is swapped out or overwritten is not waited for: /proc/<pid>/cmdline is what is there now */
	n = user_copy_in(text->data + text->length, &from, text->bytes - text->length);
	text->length += n;
}

static void text_maps(struct process *process, u32 parent, struct fmt_text *text)
{
	struct space *space = process->space;
	struct area *area;

	(void)parent;
	if (!space)
		return;
	spin_lock(&space->lock);
	for (area = area_find(space, 0); area; area = area_next(area))
		fmt_add(text, "%08lx-%08lx %c%c%c%c %08lx 00:00 %lu%s\n", area->start, area->end,
			area->prot & PROT_READ ? 'r' : '-', area->prot & PROT_WRITE ? 'w' : '-',
			area->prot & PROT_EXEC ? 'x' : '-', area->flags & AREA_SHARED ? 's' : 'p', area->offset,
			area->file && area->file->inode ? area->file->inode->number : 0ul,
			area->flags & AREA_HEAP	      ? " [heap]" :
			area->flags & AREA_GROWS_DOWN ? " [stack]" :
							"");
	spin_unlock(&space->lock);
}

static void text_exe(struct process *process, u32 parent, struct fmt_text *text)
{
	(void)parent;
	/* AT_EXECFN's text lies just before the arguments; the name is what the kernel keeps */
	fmt_add(text, "/bin/%s", process->name);
}

static void text_chime(struct process *process, u32 parent, struct fmt_text *text)
{
	u64 entries, ticks, faults;

	(void)parent;
	sum(process, &entries, &ticks, &faults);
	fmt_add(text, "kernel_entries: %lu\ntimer_ticks: %lu\npage_faults: %lu\nupcalls: %lu\nthreads: %u\n", entries,
		ticks, faults, process->upcalls, process->thread_count);
	if (process->space)
		fmt_add(text, "pages: %lu\npage_tables: %lu\nareas: %u\ncopies: %u\n", process->space->pages,
			process->space->tables, process->space->area_count, process->space->copies);
}

static void (*const texts[PROC_FILE_COUNT])(struct process *process, u32 parent, struct fmt_text *text) = {
	[PROC_STAT] = text_stat, [PROC_STATUS] = text_status, [PROC_CMDLINE] = text_cmdline,
	[PROC_MAPS] = text_maps, [PROC_EXE] = text_exe,	      [PROC_CHIME] = text_chime,
};

static void process_text(u32 pid, enum proc_file which, struct fmt_text *text)
{
	struct process *process = process_find(pid);
	u32 parent;

	if (!process)
		return;
	parent = load_relaxed(&process->parent_pid);
	spin_lock(&process->lock);
	texts[which](process, parent, text);
	spin_unlock(&process->lock);
	process_put(process);
}

static bool process_exists(u32 pid)
{
	struct process *process = process_find(pid);

	if (process)
		process_put(process);
	return process;
}

static u32 process_self(struct co *co)
{
	struct process *process = process_of(co);

	return process ? process->pid : 0;
}

static const struct procfs_process_ops ops = {
	.exists = process_exists,
	.next = process_next_pid,
	.text = process_text,
	.self = process_self,
};

void procfs_process_init(void)
{
	procfs_set_processes(&ops);
}
