/* thread_find.c - threads by their numbers. */
#include "kernel/abi/errno.h"
#include "kernel/proc/thread.h"

static struct thread *thread_at(struct rb_node *node)
{
	return node ? rb_entry(node, struct thread, by_number) : NULL;
}

struct thread *thread_next(const struct thread *thread)
{
	return thread_at(rb_next(&thread->by_number));
}

struct thread *thread_after(struct process *process, u32 tid)
{
	struct rb_node *node = process->threads_by_number.root, *best = NULL;

	while (node) {
		if (thread_at(node)->tid > tid) {
			best = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return thread_at(best);
}

struct thread *thread_in(struct process *process, u32 tid)
{
	struct thread *thread = thread_after(process, tid - 1);

	return thread && thread->tid == tid ? thread : NULL;
}

/* With PROCESS locked and referenced, if TID is in it. */
static struct thread *hold_in(struct process *process, u32 tid)
{
	struct thread *thread;

	spin_lock(&process->lock);
	thread = thread_in(process, tid);
	if (thread)
		atomic_add_relaxed(&process->refs, 1u);
	else
		spin_unlock(&process->lock);
	return thread;
}

static struct thread *hold_in_pid(u32 pid, u32 tid)
{
	struct process *process = process_find(pid);
	struct thread *thread;

	if (!process)
		return NULL;
	thread = hold_in(process, tid);
	process_put(process); /* hold_in has a reference of its own */
	return thread;
}

struct thread *thread_hold(struct thread *self, u32 tid)
{
	struct thread *thread = hold_in(self->process, tid ? tid : self->tid);

	if (!thread)
		thread = hold_in_pid(tid, tid); /* the first one of a process: mostly */
	/* the table is looked at only while no process is locked */
	for (u32 pid = 0; !thread && (pid = process_next_pid(pid));)
		thread = hold_in_pid(pid, tid);
	return thread;
}

void thread_let_go(struct thread *thread)
{
	struct process *process = thread->process;

	spin_unlock(&process->lock);
	process_put(process);
}
