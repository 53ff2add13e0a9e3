/* process.c - the table of processes, and their end. */
#include "kernel/proc/process.h"
#include "kernel/proc/posix_timer.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/dev/poweroff.h"
#include "kernel/fs/console.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/hart/print.h"
#include "kernel/mm/slab.h"
#include "kernel/space/space.h"
#include "kernel/proc/group.h"
#include "kernel/proc/ids.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/pidfd.h"
#include "kernel/proc/requests.h"
#include "kernel/proc/signal_actions.h"
#include "kernel/proc/thread.h"

struct spinlock process_table_lock = SPINLOCK_INIT(RANK_PROCESS_TABLE);
static struct rb_tree processes; /* by pid; guarded by process_table_lock */
static struct process *init_process;
static struct slab_cache process_cache = SLAB_CACHE(process_cache, "process", sizeof(struct process));

struct process *process_new(struct process *parent)
{
	struct process *process = slab_zalloc(&process_cache);

	if (!process)
		return NULL;
	process->pid = id_alloc();
	if (!process->pid) {
		slab_free(&process_cache, process);
		return NULL;
	}
	process->refs = 1;
	spin_init(&process->lock, RANK_PROCESS);
	list_init(&process->threads);
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->pidfds);
	list_init(&process->requests);
	list_init(&process->requests_told);
	mutex_init(&process->requests_scan);
	list_init(&process->submitters);
	wait_queue_init(&process->child_changed);
	wait_queue_init(&process->requests_gone);
	wait_queue_init(&process->thread_gone);
	wait_queue_init(&process->resumed);
	wait_queue_init(&process->signal_readers);
	list_init(&process->timers);
	signal_pending_init(&process->pending);
	process->init = !parent;
	process->exit_signal = SIGCHLD;
	process->parent = parent;
	process->parent_pid = parent ? parent->pid : 0;
	limits_init(process);
	process->started_ns = clock_now();
	return process;
}

/* Table lock held. */
static void table_enter(struct process *process)
{
	struct rb_node **link = &processes.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = process->pid < rb_entry(parent, struct process, by_number)->pid ? &parent->left : &parent->right;
	}
	rb_insert(&processes, &process->by_number, parent, link);
}

void process_enter(struct process *process)
{
	spin_lock(&process_table_lock);
	if (!process->parent)
		init_process = process;
	else
		list_push_back(&process->parent->children, &process->sibling);
	group_inherit(process, process->parent);
	table_enter(process);
	spin_unlock(&process_table_lock);
}

static struct process *process_at(struct rb_node *node)
{
	return node ? rb_entry(node, struct process, by_number) : NULL;
}

struct process *process_after_locked(u32 pid)
{
	struct rb_node *node = processes.root, *best = NULL;

	while (node) {
		if (process_at(node)->pid > pid) {
			best = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return process_at(best);
}

struct process *process_find_locked(u32 pid)
{
	struct process *process = pid ? process_after_locked(pid - 1) : NULL;

	return process && process->pid == pid ? process : NULL;
}

/* Table lock held. */
static struct process *referenced(struct process *process)
{
	if (process)
		atomic_add_relaxed(&process->refs, 1u);
	return process;
}

struct process *process_find(u32 pid)
{
	struct process *found;

	spin_lock(&process_table_lock);
	found = referenced(process_find_locked(pid));
	spin_unlock(&process_table_lock);
	return found;
}

struct process *process_after(u32 pid)
{
	struct process *found;

	spin_lock(&process_table_lock);
	found = referenced(process_after_locked(pid));
	spin_unlock(&process_table_lock);
	return found;
}

struct process *process_each(struct process *process)
{
	return process_at(process ? rb_next(&process->by_number) : rb_first(&processes));
}

u32 process_of_thread(u32 tid)
{
	struct process *process = NULL;
	u32 pid = 0;

	spin_lock(&process_table_lock);
	while (!pid && (process = process_each(process))) {
		spin_lock(&process->lock);
		if (thread_in(process, tid))
			pid = process->pid;
		spin_unlock(&process->lock);
	}
	spin_unlock(&process_table_lock);
	return pid;
}

u32 process_next_pid(u32 after)
{
	struct process *process;
	u32 pid;

	spin_lock(&process_table_lock);
	process = process_after_locked(after);
	pid = process ? process->pid : 0;
	spin_unlock(&process_table_lock);
	return pid;
}

void process_put(struct process *process)
{
	if (atomic_sub(&process->refs, 1u) != 1)
		return;
	id_free(process->pid);
	signal_actions_leave(process);
	alloc_fail_forget(process);
	slab_free(&process_cache, process);
}

void process_remove(struct process *zombie)
{
	list_remove(&zombie->sibling);
	rb_remove(&processes, &zombie->by_number);
	zombie->state = PROCESS_GONE;
	pidfd_tell(zombie, POLL_IN | POLL_HUP);
	group_leave(zombie);
	process_put(zombie);
}

void process_kill_locked(struct process *process, u32 status)
{
	struct thread *thread, *self = NULL;

	if (hart()->task && hart()->task->user)
		self = container_of(hart()->task, struct thread, task);
	if (!process->exiting) {
		process->exiting = true;
		process->exit_status = status;
	}
	list_for_each (thread, &process->threads, link)
		if (thread != self)
			thread_poke(thread, WORK_EXIT, CANCEL_KILL);
}

void process_kill(struct process *process, u32 status)
{
	spin_lock(&process->lock);
	process_kill_locked(process, status);
	spin_unlock(&process->lock);
}

/* Who takes the children of PROCESS: the nearest ancestor that wants to, else init. Table lock held. */
static struct process *reaper_of(const struct process *process)
{
	struct process *reaper = process->parent;

	while (reaper != init_process && !load_relaxed(&reaper->subreaper))
		reaper = reaper->parent;
	return reaper;
}

/* Zombies among them are given away, too: the new parent will fetch them. Table lock held. */
static void give_children_away(struct process *process)
{
	struct process *child, *next, *reaper = reaper_of(process);

	list_for_each_safe (child, next, &process->children, sibling) {
		list_remove(&child->sibling);
		child->parent = reaper;
		child->exit_signal = SIGCHLD;
		store_relaxed(&child->parent_pid, reaper->pid);
		list_push_back(&reaper->children, &child->sibling);
		group_lose_parent(child, process, false);
		if (load_relaxed(&child->death_signal))
			signal_send(child, load_relaxed(&child->death_signal));
	}
	wait_wake_all(&reaper->child_changed);
}

static void become_zombie(struct process *process)
{
	if (process == init_process) {
		print("init has ended with status %x\n", process->exit_status);
		machine_off(process->exit_status >> 8 ? process->exit_status >> 8
						      : 128 * !!process->exit_status + (process->exit_status & 127));
	}
	spin_lock(&process_table_lock);
	give_children_away(process);
	group_lose_parent(process, process->parent, true);
	process->state = PROCESS_ZOMBIE;
	pidfd_tell(process, POLL_IN);
	wait_wake_all(&process->parent->child_changed);
	if (signal_child_ended(process))
		process_remove(process);
	spin_unlock(&process_table_lock);
}

struct process_end {
	struct co co;
	struct process *process;
	struct space *space;
	struct files *files;
	struct inode *inodes[2];
};

CO_STEP(process_end)
{
	CO_FRAME(process_end);
	struct process *process = f->process;
	long err;

	CO_BEGIN;
	posix_timers_delete(process, false);
	if (load_relaxed(&process->session) == process->pid)
		console_session_end(process->pid);
	/* What is still under way for us ends first: it holds our memory and files. */
	AWAIT(err, requests_cancel_all(co, process));
	/* Taken out under the lock, so that nobody who looks at the process (procfs) sees them half gone. */
	spin_lock(&process->lock);
	f->files = process->files;
	f->space = process->space;
	process->usage.peak_pages = max(process->usage.peak_pages, f->space->pages);
	process->files = NULL;
	process->space = NULL;
	f->inodes[0] = process->executable;
	f->inodes[1] = process->executable_place;
	process->executable = process->executable_place = NULL;
	spin_unlock(&process->lock);
	AWAIT(err, files_release(co, f->files));
	AWAIT(err, space_release(co, f->space));
	(void)err;
	for (u32 i = 0; i < ARRAY_SIZE(f->inodes); i++)
		if (f->inodes[i])
			inode_put(f->inodes[i]);
	paths_leave(process);
	become_zombie(process);
	CO_RETURN(0);
	CO_END;
}

long process_end(struct co *caller, struct process *process)
{
	return CO_CALL(process_end, caller, .process = process);
}
