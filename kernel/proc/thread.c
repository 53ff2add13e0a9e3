/* thread.c - the loop of a user thread, and the beginning and end of one. */
#include "kernel/proc/thread.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/procfs.h"
#include "kernel/hart/csr.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/space.h"
#include "kernel/mm/user.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/ids.h"
#include "kernel/proc/oom.h"
#include "kernel/proc/robust.h"
#include "kernel/proc/vfork.h"
#include "kernel/task/executor.h"
#include "kernel/task/wait.h"

long (*thread_syscall)(struct co *caller, struct thread *thread);
long (*thread_uintr_deliver)(struct co *caller, struct thread *thread);
void (*thread_uintr_end)(struct thread *thread);
const struct thread_direct_ops *thread_direct;
u8 (*thread_call_interrupted)(const struct thread *thread);
u64 (*thread_uintr_mask)(struct thread *thread, u64 *open);
void (*thread_uintr_unmask)(struct thread *thread);

static struct slab_cache thread_cache = SLAB_CACHE(thread_cache, "thread", sizeof(struct thread));

/* --- what came back from user mode --- */

static u32 fault_access(u64 cause)
{
	return cause == CAUSE_STORE_PAGE ? PROT_WRITE : cause == CAUSE_FETCH_PAGE ? PROT_EXEC : PROT_READ;
}

void thread_give_up(struct thread *thread, u32 signal, const char *why)
{
	print("%s[%u]: %s: killed by signal %u\n", thread->process->name, thread->tid, why, signal);
	process_kill(thread->process, SIGNAL_STATUS(signal));
	thread_leave(thread);
}

/* A fault of the program's own. Who has no handler for it ends, and the console is told. */
static void fault_signal(struct thread *thread, u64 cause, u32 signal, s32 code, u64 address)
{
	u64 pc = thread->context.pc;

	if (signal_fault(thread, signal, code, address))
		print("%s[%u]: signal %u: cause %lu at pc %lx, address %lx\n", thread->process->name, thread->tid,
		      signal, cause, pc, address);
}

/* A page fault that cannot be served. */
static void fault_refused(struct thread *thread, u64 cause, long err)
{
	u64 address = thread->context.stval;

	if (err == -ENOMEM)
		thread_give_up(thread, SIGKILL, "out of memory");
	else if (err == -ENXIO || err == -EIO)
		fault_signal(thread, cause, SIGBUS, BUS_ADRERR, address);
	else
		fault_signal(thread, cause, SIGSEGV, err == -EACCES ? SEGV_ACCERR : SEGV_MAPERR, address);
}

/* Any other cause. */
static void fault_other(struct thread *thread, u64 cause)
{
	u64 pc = thread->context.pc;

	switch (cause) {
	case CAUSE_ILLEGAL:
		fault_signal(thread, cause, SIGILL, ILL_ILLOPC, pc);
		break;
	case CAUSE_BREAKPOINT:
		fault_signal(thread, cause, SIGTRAP, TRAP_BRKPT, pc);
		break;
	case CAUSE_FETCH_MISALIGNED:
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED:
		fault_signal(thread, cause, SIGBUS, BUS_ADRALN, thread->context.stval);
		break;
	default:
		fault_signal(thread, cause, SIGSEGV, SEGV_ACCERR, thread->context.stval);
	}
}

/* A page fault, or the program's own fault: 0. Suspends. */
struct thread_fault {
	struct co co;
	u64 cause;
	u32 tries; /* to get memory */
};

CO_STEP(thread_fault)
{
	CO_FRAME(thread_fault);
	struct thread *thread = thread_of(co);
	long err;

	CO_BEGIN;
	for (;;) {
		AWAIT(err, space_fault(co, thread->process->space, thread->context.stval, fault_access(f->cause)));
		if (err == -ENOMEM)
			AWAIT(err, out_of_memory(co, f->tries++));
		else
			break;
		if (err)
			break;
	}
	if (err && err != -EINTR)
		fault_refused(thread, f->cause, err);
	CO_RETURN(0);
	CO_END;
}

static long thread_fault(struct co *caller, u64 cause)
{
	struct thread *thread = thread_of(caller);

	if (cause == CAUSE_WAIT)
		return thread_direct->wait(caller);
	if (cause == CAUSE_LOAD_PAGE || cause == CAUSE_STORE_PAGE || cause == CAUSE_FETCH_PAGE) {
		thread->faults++;
		return CO_CALL(thread_fault, caller, .cause = cause);
	}
	if (cause != CAUSE_ILLEGAL || !fp_trapped(thread))
		fault_other(thread, cause);
	return 0;
}

/* After an interrupt: true if the thread should let others run. */
static bool slice_is_over(struct thread *thread)
{
	executor_poll();
	if (clock_now() < thread->slice_end)
		return executor_is_urgent(thread->task.priority);
	return executor_has_ready(thread->task.priority);
}

static void slice_begin(struct thread *thread)
{
	thread_account(thread);
	thread->slice_end = clock_now() + SLICE_NS;
	timer_set_slice(thread->slice_end);
}

/* --- the loop --- */

static inline bool fp_is_loaded(const struct thread *thread)
{
	return hart()->fp_thread == thread && thread->fp.hart == hart()->index + 1;
}

struct thread_main {
	struct co co;
};

static long thread_end(struct co *caller);

CO_STEP(thread_main)
{
	CO_FRAME(thread_main);
	struct thread *thread = thread_of(co);
	long result;
	u64 cause;

	(void)f;
	CO_BEGIN;
	slice_begin(thread);
	for (;;) {
		if (unlikely(load_acquire(&thread->work))) {
			if (load_relaxed(&thread->work) & WORK_EXIT)
				break;
			AWAIT(result, signal_deliver(co, thread));
			AWAIT(result, thread_uintr_deliver(co, thread));
			/* what came meanwhile; WORK_UINTR alone may stay, masked */
			if (load_acquire(&thread->work) & (WORK_EXIT | WORK_SIGNAL))
				continue;
		}
		space_activate(thread->process->space);
		if (thread->fp.busy && !fp_is_loaded(thread))
			fp_load(thread);
		cause = unlikely(thread->direct) ? thread_direct->enter(thread) : user_enter(&thread->context);
		hart()->step_start = STEP_NOT_TIMED;
		limbo_pass(); /* back from user mode: no translation of before is held */
		thread->context.entries++;
		if (likely(cause == CAUSE_ECALL_USER)) {
			thread->context.pc += 4;
			AWAIT(result, thread_syscall(co, thread));
			if (unlikely(result == -EINTR))
				AWAIT(result, signal_interrupted(co, thread));
			if (likely(result != KEEP_REGISTERS))
				thread->context.x[X_A0] = (u64)result;
		} else if (cause & CAUSE_INTERRUPT) {
			hart()->interrupts++;
			thread->ticks += cause == CAUSE_TIMER;
			if (slice_is_over(thread)) {
				AWAIT(result, task_yield(co));
				slice_begin(thread);
			} else if (clock_now() >= thread->slice_end) {
				slice_begin(thread);
			}
		} else {
			AWAIT(result, thread_fault(co, cause));
		}
	}
	AWAIT(result, thread_end(co));
	CO_RETURN(result);
	CO_END;
}

/* --- the end --- */

/* Out of the process' list: true for the last thread. */
static bool thread_unlink(struct thread *thread)
{
	struct process *process = thread->process;
	bool last, stopped;

	spin_lock(&process->lock);
	list_remove(&thread->link);
	process->kernel_entries += thread->context.entries;
	process->ticks += thread->ticks;
	thread_account(thread);
	process->usage.run_ns += thread->run_ns;
	process->usage.faults += thread->faults;
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

static long thread_end(struct co *caller)
{
	return CO_CALL(thread_end, caller);
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

void thread_discard(struct thread *thread)
{
	if (thread->tid != thread->process->pid)
		id_free(thread->tid);
	process_put(thread->process);
	slab_free(&thread_cache, thread);
}

static void thread_done(struct task *task, long result)
{
	struct thread *thread = container_of(task, struct thread, task);

	(void)result;
	if (hart()->fp_thread == thread)
		hart()->fp_thread = NULL;
	thread_discard(thread);
}

/* Not inlined: a thread that has nothing to keep shall not pay for it. */
static __attribute__((noinline)) void thread_keep(struct thread *thread)
{
	if (thread->fp.busy)
		fp_step_end(thread);
	if (thread->direct)
		thread_direct->suspended(thread);
}

static void thread_suspended(struct task *task)
{
	struct thread *thread = container_of(task, struct thread, task);

	thread_account(thread);
	if (unlikely(thread->fp.busy || thread->direct))
		thread_keep(thread);
}

/* --- the beginning --- */

struct thread *thread_new(struct process *process)
{
	struct thread *thread = slab_zalloc(&thread_cache);

	if (!thread)
		return NULL;
	thread->tid = process->thread_count ? id_alloc() : process->pid;
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
	thread->task.process = process;
	return thread;
}

static long thread_begin(struct co *caller, void *argument)
{
	(void)argument;
	if (!proc_boot_user_ns) {
		proc_boot_user_ns = clock_now();
		proc_boot_idle_ns = hart()->idle_ns;
	}
	return CO_CALL(thread_main, caller);
}

long thread_start(struct thread *thread)
{
	struct process *process = thread->process;
	bool exiting;

	executor_user_suspend = thread_suspended;
	spin_lock(&process->lock);
	exiting = process->exiting;
	if (!exiting) {
		list_push_back(&process->threads, &thread->link);
		process->thread_count++;
		if (process->stopping || process->pending.set)
			atomic_or(&thread->work, (u32)WORK_SIGNAL);
	}
	spin_unlock(&process->lock);
	if (exiting)
		return -EINTR;
	task_start(&thread->task, thread_begin, NULL);
	return 0;
}

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

struct space *user_space_of(const struct co *co)
{
	struct process *process = process_of(co);

	return process ? process->space : NULL;
}
