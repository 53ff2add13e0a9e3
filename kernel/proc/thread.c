/* thread.c - the loop of a user thread. Its beginning and its end: thread_life.c. */
#include "kernel/proc/cpu_watch.h"
#include "kernel/proc/thread.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/affinity.h"
#include "kernel/fs/procfs.h"
#include "kernel/hart/csr.h"
#include "kernel/hart/print.h"
#include "kernel/mm/limbo.h"
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/proc/oom.h"
#include "kernel/task/executor.h"
#include "kernel/trace/trace.h"

long (*thread_syscall)(struct co *caller, struct thread *thread);
long (*thread_uintr_deliver)(struct co *caller, struct thread *thread);
void (*thread_uintr_end)(struct thread *thread);
void (*thread_issuer_end)(struct thread *thread, bool exec);
const struct thread_direct_ops *thread_direct;
u8 (*thread_call_interrupted)(const struct thread *thread);
const char *(*thread_call_name)(u64 number);
u64 (*thread_uintr_mask)(struct thread *thread, u64 *open);
void (*thread_uintr_unmask)(struct thread *thread);

/* --- what came back from user mode --- */

static u32 fault_access(u64 cause)
{
	return cause == CAUSE_STORE_PAGE ? PROT_WRITE : cause == CAUSE_FETCH_PAGE ? PROT_EXEC : PROT_READ;
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
	if (err == SPACE_FAULT_MAJOR)
		store_relaxed(&thread->major_faults, thread->major_faults + 1);
	else if (err && err != -EINTR)
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
		if (cause == CAUSE_STORE_PAGE && unlikely(thread->context.stval >= USER_MAX) &&
		    thread_direct->store(thread))
			return 0;
		store_relaxed(&thread->faults, thread->faults + 1);
		return CO_CALL(thread_fault, caller, .cause = cause);
	}
	if (cause != CAUSE_ILLEGAL || !fp_trapped(thread))
		fault_other(thread, cause);
	return 0;
}

/* --- the loop --- */

static inline bool fp_is_loaded(const struct thread *thread)
{
	return hart()->fp_thread == thread && thread->fp.hart == hart()->index + 1;
}

static inline u64 visit_as_it_is(struct thread *thread)
{
	return thread->direct ? thread_direct->enter(thread) : user_enter(&thread->context);
}

static __attribute__((noinline, cold)) u64 visit_traced(struct thread *thread)
{
	u64 cause, number;

	trace_event(TRACE_USER, thread->context.pc, NULL);
	cause = visit_as_it_is(thread);
	trace_event(TRACE_TRAP, cause, NULL);
	number = thread->context.x[X_A7];
	if (cause == CAUSE_ECALL_USER)
		trace_event(TRACE_CALL, number, thread_call_name(number));
	return cause;
}

static __attribute__((noinline)) u64 visit_special(struct thread *thread)
{
	return trace_is_on() ? visit_traced(thread) : visit_as_it_is(thread);
}

/* One question for all that is not usual. */
static inline u64 visit(struct thread *thread)
{
	return unlikely(load_relaxed(&hart()->special)) ? visit_special(thread) : user_enter(&thread->context);
}

struct thread_main {
	struct co co;
};

CO_STEP(thread_main)
{
	CO_FRAME(thread_main);
	struct thread *thread = thread_of(co);
	long result;
	u64 cause, began;

	(void)f;
	CO_BEGIN;
	for (;;) {
		if (unlikely(load_acquire(&thread->work))) {
			if (load_relaxed(&thread->work) & WORK_EXIT)
				break;
			if (load_relaxed(&thread->work) & WORK_CPU)
				cpu_watch_look(thread);
			if ((load_relaxed(&thread->work) & WORK_MOVE) && affinity_obey(thread))
				AWAIT(result, task_yield(co));
			if (load_relaxed(&thread->work) & WORK_SIGNAL)
				AWAIT(result, signal_deliver(co, thread));
			if (load_relaxed(&thread->work) & WORK_UINTR)
				AWAIT(result, thread_uintr_deliver(co, thread));
			/* what came meanwhile; WORK_UINTR alone may stay, masked */
			if (load_acquire(&thread->work) & (WORK_EXIT | WORK_SIGNAL | WORK_MOVE))
				continue;
		}
		space_activate(thread->process->space);
		if (thread->fp.busy && !fp_is_loaded(thread))
			fp_load(thread);
		began = clock_ticks();
		cause = visit(thread);
		thread_count_user(thread, clock_ticks() - began);
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
			if (unlikely(load_relaxed(&thread->process->watches_cpu)))
				atomic_or(&thread->work, (u32)WORK_CPU);
			if (executor_turn_is_over()) {
				store_relaxed(&thread->yields, thread->yields + 1);
				AWAIT(result, task_yield(co));
			} else {
				thread_account(thread);
			}
			/* claim (of an interrupt), fence, load (work): it may have been thread_poke's */
			fence_from_device();
		} else {
			AWAIT(result, thread_fault(co, cause));
		}
	}
	AWAIT(result, thread_end(co));
	CO_RETURN(result);
	CO_END;
}

/* --- what the executor and thread_life.c call --- */

/* Not inlined: a thread that has nothing to keep shall not pay for it. */
static __attribute__((noinline)) void thread_keep(struct thread *thread)
{
	if (thread->fp.busy)
		fp_step_end(thread);
	if (thread->direct)
		thread_direct->suspended(thread);
}

void thread_suspended(struct task *task)
{
	struct thread *thread = container_of(task, struct thread, task);

	thread_account(thread);
	store_relaxed(&thread->turns, thread->turns + 1); /* others look */
	if (unlikely(load_relaxed(&thread->process->watches_cpu)))
		atomic_or(&thread->work, (u32)WORK_CPU);
	if (unlikely(thread->fp.busy || thread->direct))
		thread_keep(thread);
}

long thread_loop(struct co *caller, void *argument)
{
	(void)argument;
	if (!proc_boot_user_ns) {
		proc_boot_user_ns = clock_now();
		proc_boot_idle_ns = hart()->idle_ns;
	}
	return CO_CALL(thread_main, caller);
}

struct space *user_space_of(const struct co *co)
{
	struct process *process = process_of(co);

	return process ? process->space : NULL;
}
