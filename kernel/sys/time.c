/* time.c - clocks and sleeping. */
#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"
#include "kernel/sys/clocks.h"
#include "kernel/task/wait.h"

enum { TIMER_ABSTIME = 1, TICK_NS = 10000000 };
#define CPU_SLEEP_LEAST_NS 1000000ul

u64 clock_wall(void)
{
	return clock_now() + REALTIME_BASE;
}

bool clock_value(u64 clock, u64 *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = clock_wall();
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_now();
		return true;
	default:
		return false;
	}
}

static bool thread_clock(struct process *process, u32 tid, enum cpu_clock clock, u64 *ns)
{
	struct thread *thread;
	struct usage usage;

	spin_lock(&process->lock);
	thread = thread_in(process, tid);
	if (thread) {
		usage = thread_usage(thread);
		*ns = usage_clock(&usage, clock);
	}
	spin_unlock(&process->lock);
	return thread;
}

bool cpu_clock_value(struct thread *caller, u32 clock, u64 *ns)
{
	enum cpu_clock kind = (clock & CPU_CLOCK_KIND) == CPU_CLOCK_USER ? CPU_USER : CPU_ALL;
	u32 id = cpu_clock_id(clock);
	struct process *process;
	struct usage usage;

	if (clock & CPU_CLOCK_THREAD)
		return thread_clock(caller->process, id ? id : caller->tid, kind, ns);
	process = process_find(id ? id : caller->process->pid);
	if (!process)
		return false;
	usage = process_usage(process);
	*ns = usage_clock(&usage, kind);
	process_put(process);
	return true;
}

/* The same, and the clocks that show how long the caller has run. */
static bool clock_of(struct co *caller, u64 clock, u64 *ns)
{
	switch (clock) {
	case CLOCK_PROCESS_CPUTIME:
		*ns = process_usage(process_of(caller)).run_ns;
		return true;
	case CLOCK_THREAD_CPUTIME:
		*ns = thread_run_ns(thread_of(caller));
		return true;
	default:
		if (cpu_clock_is((u32)clock))
			return cpu_clock_value(thread_of(caller), (u32)clock, ns);
		return clock_value(clock, ns);
	}
}

/* The time of day is the machine's: nobody sets it. */
long sys_clock_settime(struct co *caller, const u64 *args)
{
	(void)caller;
	return args[0] == CLOCK_REALTIME ? -EPERM : -EINVAL;
}

long sys_clock_gettime(struct co *caller, const u64 *args)
{
	struct abi_timespec value;
	u64 ns;

	if (!clock_of(caller, args[0], &ns))
		return -EINVAL;
	value = timespec_from_ns(ns);
	return user_write(caller, user_space_of(caller), args[1], &value, sizeof(value));
}

long sys_clock_getres(struct co *caller, const u64 *args)
{
	struct abi_timespec value = { 0, 1 };
	u64 ns;

	if (!clock_of(caller, args[0], &ns))
		return -EINVAL;
	return args[1] ? user_write(caller, user_space_of(caller), args[1], &value, sizeof(value)) : 0;
}

long sys_gettimeofday(struct co *caller, const u64 *args)
{
	struct abi_timespec value = timespec_from_ns(clock_now() + REALTIME_BASE);

	value.nanoseconds /= 1000; /* a timeval */
	return args[0] ? user_write(caller, user_space_of(caller), args[0], &value, sizeof(value)) : 0;
}

/* Sleep for, or until, the timespec at USER; what is left of an interrupted relative sleep goes to REST. */
struct sleep_call {
	struct co co;
	u64 clock, user, rest, deadline;
	bool absolute;
	struct abi_timespec time;
};

CO_STEP(sleep_call)
{
	CO_FRAME(sleep_call);
	u64 ns, now;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->user, sizeof(f->time)));
	if (err)
		CO_RETURN(err);
	if (!timespec_to_ns(&f->time, &ns))
		CO_RETURN(-EINVAL);
	if (!clock_value(f->clock, &now))
		CO_RETURN(-EINVAL);
	/* an absolute time on another clock's scale becomes a distance from now */
	ns = f->absolute ? ns <= now ? 0 : deadline_after(ns - now) : deadline_after(ns);
	f->deadline = signal_deadline(thread_of(co), ns);
	AWAIT(err, task_sleep_until(co, f->deadline));
	if (err == -EINTR && !f->absolute && f->rest) {
		now = clock_now();
		f->time = timespec_from_ns(f->deadline > now ? f->deadline - now : 0);
		AWAIT(err, user_write(co, user_space_of(co), f->rest, &f->time, sizeof(f->time)));
		err = err ? err : -EINTR;
	}
	CO_RETURN(err);
	CO_END;
}

/* Until a process has run for so long: it cannot sooner than if all harts did nothing else, so that is how long we
 * sleep, and look again. */
struct cpu_sleep {
	struct co co;
	u64 clock, user, rest, until;
	bool absolute;
	struct abi_timespec time;
};

CO_STEP(cpu_sleep)
{
	CO_FRAME(cpu_sleep);
	u64 ns, now;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->user, sizeof(f->time)));
	if (err)
		CO_RETURN(err);
	if (!timespec_to_ns(&f->time, &ns) || !clock_of(co, f->clock, &now))
		CO_RETURN(-EINVAL);
	f->until = signal_deadline(thread_of(co), f->absolute ? ns : now + ns);
	while (!err && clock_of(co, f->clock, &now) && now < f->until)
		AWAIT(err, task_sleep_until(co, clock_now() + max((f->until - now) / hart_count, CPU_SLEEP_LEAST_NS)));
	if (err == -EINTR && !f->absolute && f->rest) {
		clock_of(co, f->clock, &now);
		f->time = timespec_from_ns(f->until > now ? f->until - now : 0);
		AWAIT(err, user_write(co, user_space_of(co), f->rest, &f->time, sizeof(f->time)));
		err = err ? err : -EINTR;
	}
	CO_RETURN(err);
	CO_END;
}

long sys_nanosleep(struct co *caller, const u64 *args)
{
	return CO_CALL(sleep_call, caller, .clock = CLOCK_MONOTONIC, .user = args[0], .rest = args[1]);
}

long sys_clock_nanosleep(struct co *caller, const u64 *args)
{
	u32 clock = (u32)args[0];

	if (clock == CLOCK_THREAD_CPUTIME || (args[1] & ~(u64)TIMER_ABSTIME))
		return -EINVAL;
	if (clock == CLOCK_PROCESS_CPUTIME || cpu_clock_is(clock)) {
		if ((s32)clock < 0 && (clock & CPU_CLOCK_THREAD))
			return -EINVAL;
		return CO_CALL(cpu_sleep, caller, .clock = clock, .absolute = args[1] & TIMER_ABSTIME, .user = args[2],
			       .rest = args[3]);
	}
	return CO_CALL(sleep_call, caller, .clock = args[0], .absolute = args[1] & TIMER_ABSTIME, .user = args[2],
		       .rest = args[3]);
}
