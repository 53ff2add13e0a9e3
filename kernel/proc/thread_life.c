/* thread_life.c - the beginning and the end of a thread, and what others may do to it.
 *
 *     thread_new --> thread_start --> thread_loop (thread.c) --> thread_end --> thread_done
 *                                         ^ thread_poke: work, the end of its wait, an interrupt for its hart
 *
 * Invariant: whoever is in process->threads is told when the process ends: thread_start refuses once `exiting` is set,
 * and who sets it tells all that stand there, both under process->lock.
 */
#include "kernel/proc/thread.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/csr.h"
#include "kernel/hart/print.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/slab.h"
#include "kernel/space/user.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/ids.h"
#include "kernel/proc/robust.h"
#include "kernel/proc/share.h"
#include "kernel/proc/vfork.h"
#include "kernel/task/executor.h"
#include "kernel/task/wait.h"

static struct slab_cache thread_cache = SLAB_CACHE(thread_cache, "thread", sizeof(struct thread));

/* --- the beginning --- */

static void thread_done(struct task *task, long result);

struct thread *thread_new(struct process *process, bool first)
{
	struct thread *thread = slab_zalloc(&thread_cache);

	if (!thread)
		return NULL;
	thread->tid = first ? process->pid : id_alloc();
	if (!thread->tid) {
		slab_free(&thread_cache, thread);
		return NULL;
	}
	thread->process = process;
	atomic_add_relaxed(&process->refs, 1u);
	thread->context.sstatus = SSTATUS_SPIE | SSTATUS_UXL_64;
	list_init(&thread->link);
	signal_pending_init(&thread->pending);
	thread->interrupted = INTERRUPTED_NOT;
	task_init(&thread->task, process->name, PRIORITY_USER, thread->arena, THREAD_ARENA, thread_done);
	task_lend_timer(&thread->task, &thread->timer);
	thread->task.user = true;
	thread->share.base = PRIORITY_USER;
	thread->task.share = &thread->share;
	thread->affinity = ALL_HARTS;
	thread->task.process = process;
	return thread;
}

void thread_discard(struct thread *thread)
{
	if (thread->tid != thread->process->pid)
		id_free(thread->tid);
	process_put(thread->process);
	slab_free(&thread_cache, thread);
}

/* Lock held. */
static void thread_enter(struct process *process, struct thread *thread)
{
	struct rb_node **link = &process->threads_by_number.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = thread->tid < rb_entry(parent, struct thread, by_number)->tid ? &parent->left : &parent->right;
	}
	rb_insert(&process->threads_by_number, &thread->by_number, parent, link);
	list_push_back(&process->threads, &thread->link);
	process->thread_count++;
}

long thread_start(struct thread *thread)
{
	struct process *process = thread->process;
	bool exiting;

	spin_lock(&process->lock);
	exiting = process->exiting;
	if (!exiting) {
		thread_enter(process, thread);
		if (process->stopping || process->pending.set)
			atomic_or(&thread->work, (u32)WORK_SIGNAL);
	}
	spin_unlock(&process->lock);
	if (exiting)
		return -EINTR;
	task_start(&thread->task, thread_loop, NULL);
	return 0;
}

/* --- what others ask for --- */

void thread_poke(struct thread *thread, u32 work, enum task_cancel how)
{
	u32 on;

	atomic_or(&thread->work, work);
	if (how != CANCEL_NONE)
		task_cancel(&thread->task, how);
	/* If it is in user mode, an interrupt brings it back; it looks at work before it goes again. */
	on = load_relaxed(&thread->task.hart);
	if (on != hart()->index && load_acquire(&thread->task.waker.state) == WAKER_RUNNING)
		irq_send_ipi(on);
}

void thread_leave(struct thread *thread)
{
	atomic_or(&thread->work, (u32)WORK_EXIT);
}

void thread_give_up(struct thread *thread, u32 signal, const char *why)
{
	print("%s[%u]: %s: killed by signal %u\n", thread->process->name, thread->tid, why, signal);
	process_kill(thread->process, SIGNAL_STATUS(signal));
	thread_leave(thread);
}

/* Of several threads that want this at once the first one stays: the rest wait here for the end that it tells them.
 * Lock held. */
static bool others_gone(struct thread *thread)
{
	struct process *process = thread->process;
	struct thread *other;

	if (!process->staying)
		process->staying = thread;
	if (process->staying != thread)
		return false;
	list_for_each (other, &process->threads, link)
		if (other != thread)
			thread_poke(other, WORK_EXIT, CANCEL_KILL);
	return process->thread_count == 1;
}

struct threads_end_others {
	struct co co;
	struct thread *thread;
};

CO_STEP(threads_end_others)
{
	CO_FRAME(threads_end_others);
	struct process *process = f->thread->process;
	long err;

	CO_BEGIN;
	AWAIT_UNTIL_FULL(err, &process->lock, &process->thread_gone, WAIT_KILLABLE, TIME_NEVER, others_gone(f->thread));
	if (process->staying == f->thread)
		process->staying = NULL;
	spin_unlock(&process->lock);
	CO_RETURN(err);
	CO_END;
}

long threads_end_others(struct co *caller, struct thread *thread)
{
	return CO_CALL(threads_end_others, caller, .thread = thread);
}

void thread_become_first(struct thread *thread)
{
	if (thread->tid == thread->process->pid)
		return;
	id_free(thread->tid);
	thread->tid = thread->process->pid;
}

/* --- the end --- */

/* Out of the process' list: true for the last thread. */
static bool thread_unlink(struct thread *thread)
{
	struct process *process = thread->process;
	struct usage usage;
	bool last, stopped;

	spin_lock(&process->lock);
	list_remove(&thread->link);
	rb_remove(&process->threads_by_number, &thread->by_number);
	process->kernel_entries += thread->context.entries;
	process->ticks += thread->ticks;
	usage = thread_usage(thread);
	usage_add(&process->usage, &usage);
	wait_wake_all(&process->thread_gone);
	last = --process->thread_count == 0;
	if (last)
		process->exiting = true;
	stopped = signal_thread_gone(thread);
	spin_unlock(&process->lock);
	if (stopped)
		signal_tell_stopped(process);
	return last;
}

struct thread_end {
	struct co co;
};

CO_STEP(thread_end)
{
	CO_FRAME(thread_end);
	struct thread *thread = thread_of(co);
	struct futex_word tid_word = { thread->process->space, thread->clear_tid, true };
	u32 zero = 0;
	long err;

	CO_BEGIN;
	thread_uintr_end(thread);
	if (thread->issuer)
		thread_issuer_end(thread, false);
	thread_share_end(thread);
	AWAIT(err, robust_list_end(co));
	if (thread->clear_tid) {
		/* pthread_join waits on this word; a bad address is the program's own problem */
		AWAIT(err, user_write(co, thread->process->space, thread->clear_tid, &zero, sizeof(zero)));
		if (!err)
			AWAIT(err, futex_wake(co, &tid_word, 1, FUTEX_ANY));
		if (err == -ENOMEM)
			thread_give_up(thread, SIGKILL, "no memory to end a thread");
	}
	vfork_finish(thread);
	if (thread_unlink(thread))
		AWAIT(err, process_end(co, thread->process));
	CO_RETURN(0);
	CO_END;
}

long thread_end(struct co *caller)
{
	return CO_CALL(thread_end, caller);
}

static void thread_done(struct task *task, long result)
{
	struct thread *thread = container_of(task, struct thread, task);

	(void)result;
	if (hart()->fp_thread == thread)
		hart()->fp_thread = NULL;
	thread_discard(thread);
}
