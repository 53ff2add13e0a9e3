/* fast.c - the fast door: system calls that answer at once, without a coroutine.
 *
 * Contract of a fast call: it never waits, and it runs in the trap vector with half of the program's registers not
 * saved yet, so it touches no register of the program (rt_sigreturn alone replaces all of them: FAST_LOAD). FAST_SLOW
 * sends the call the long way: there the row of the same number in the table of system calls answers it, as if it had
 * not been asked (io_uring_enter alone goes on where it is, see thread->op_begun). The vector goes back to the program
 * without a look at the thread's work; who may have made some says so with an interrupt (rw_now.c). It is not a step's
 * end: translations that it made are given up at the thread's next trap of another kind, at its slice's end at the
 * latest.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/abi/syscalls.h"
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/clocks.h"
#include "kernel/sys/rw.h"
#include "kernel/sys/sys.h"
#include "kernel/syscall.h"
#include "kernel/task/executor.h"
#include "kernel/trace/trace.h"

_Static_assert(FAST_CALLS == NR_LINUX_END, "trap.S");

static inline struct thread *thread_of_context(struct user_context *context)
{
	return container_of(context, struct thread, context);
}

static long fast_getpid(struct user_context *context)
{
	return thread_of_context(context)->process->pid;
}

static long fast_getppid(struct user_context *context)
{
	return load_relaxed(&thread_of_context(context)->process->parent_pid);
}

static long fast_gettid(struct user_context *context)
{
	return thread_of_context(context)->tid;
}

static long fast_getuid(struct user_context *context)
{
	return thread_of_context(context)->process->uid;
}

static long fast_geteuid(struct user_context *context)
{
	return load_relaxed(&thread_of_context(context)->process->users.effective);
}

static long fast_getegid(struct user_context *context)
{
	return load_relaxed(&thread_of_context(context)->process->groups.effective);
}

static long fast_getgid(struct user_context *context)
{
	return thread_of_context(context)->process->gid;
}

/* Programs ask the time all the while, and there is no vDSO. */
static long fast_clock_gettime(struct user_context *context)
{
	struct abi_timespec *to = user_span(thread_of_context(context)->process->space, context->x[X_A1], sizeof(*to),
					    true);
	u64 ns;

	/* context->x holds all arguments: the vector saves the registers that a call may change before it calls */
	if (!to || (u64)to % 8 || !clock_value(context->x[X_A0], &ns))
		return FAST_SLOW;
	*to = timespec_from_ns(ns);
	return 0;
}

/* Nobody else is ready: we go on. */
static long fast_sched_yield(struct user_context *context)
{
	(void)context;
	return executor_is_quiet() ? 0 : FAST_SLOW;
}

/* Waking the waiters of a private word. A wait mostly waits, so it goes the long way at once. */
static long fast_futex(struct user_context *context)
{
	struct space *space = thread_of_context(context)->process->space;
	u64 address = context->x[X_A0];

	if (context->x[X_A1] != (FUTEX_WAKE | FUTEX_PRIVATE) || address % 4)
		return FAST_SLOW;
	return address < USER_MAX ? futex_wake_private(space, address, (u32)max((s32)context->x[X_A2], 1)) : -EFAULT;
}

/* The one call that changes the program's registers, all of them. */
static long fast_rt_sigreturn(struct user_context *context)
{
	struct thread *thread = thread_of_context(context);

	if (load_relaxed(&thread->work))
		return FAST_SLOW;
	return signal_return_fast(thread) ? FAST_LOAD : FAST_SLOW;
}

fast_call *const fast_calls[FAST_CALLS] = {
	[NR_getpid] = fast_getpid,
	[NR_getppid] = fast_getppid,
	[NR_gettid] = fast_gettid,
	[NR_getuid] = fast_getuid,
	[NR_geteuid] = fast_geteuid,
	[NR_getgid] = fast_getgid,
	[NR_getegid] = fast_getegid,
	[NR_clock_gettime] = fast_clock_gettime,
	[NR_futex] = fast_futex,
	[NR_sched_yield] = fast_sched_yield,
	[NR_read] = fast_read,
	[NR_pread64] = fast_pread,
	[NR_write] = fast_write,
	[NR_io_uring_enter] = fast_io_uring_enter,
	[NR_rt_sigprocmask] = fast_rt_sigprocmask,
	[NR_rt_sigreturn] = fast_rt_sigreturn,
};
fast_call *const *fast_door = fast_calls;

/* --- while the trace is on --- */

static fast_call *traced_calls[FAST_CALLS];

/* Any call. The vector has saved what a C function changes, so its number is there. */
static long fast_traced(struct user_context *context)
{
	u64 number = context->x[X_A7];
	long result;

	trace_event(TRACE_CALL, number, syscall_name(number));
	result = number == NR_io_uring_enter ? fast_io_uring_enter_traced(context) : fast_calls[number](context);
	if (result != FAST_SLOW)
		trace_event(TRACE_USER, csr_read(sepc) + 4, NULL);
	return result;
}

void fast_door_trace(bool on)
{
	for (u32 i = 0; i < FAST_CALLS; i++)
		store_relaxed(&traced_calls[i], fast_calls[i] ? fast_traced : NULL);
	store_release(&fast_door, (fast_call *const *)(on ? traced_calls : fast_calls));
}
