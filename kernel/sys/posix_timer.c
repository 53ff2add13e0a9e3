/* posix_timer.c - timer_create and relatives, setitimer and getitimer. */
#include "kernel/proc/posix_timer.h"

#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/clocks.h"
#include "kernel/sys/sys.h"

enum { SET_ABSOLUTE = 1, ITIMER_PROF = 2 };

struct abi_sigevent {
	u64 value;
	s32 signal, notify, tid;
	u32 room[11];
};
_Static_assert(sizeof(struct abi_sigevent) == 64, "struct sigevent");

/* False: nonsense. */
static bool event_from(struct timer_event *event, const struct abi_sigevent *abi)
{
	event->value = abi->value;
	event->signal = (u32)abi->signal;
	event->notify = (u32)abi->notify;
	event->tid = (u32)abi->tid;
	if (event->notify == NOTIFY_NONE)
		return true;
	return (event->notify == NOTIFY_SIGNAL || event->notify == NOTIFY_THREAD_ID) && event->signal &&
	       event->signal <= SIGNAL_MAX;
}

struct timer_create_call {
	struct co co;
	struct timer_event event;
	u64 from, id_to;
	struct abi_sigevent abi;
	s32 id;
};

CO_STEP(timer_create_call)
{
	CO_FRAME(timer_create_call);
	long err;

	CO_BEGIN;
	if (f->from) {
		AWAIT(err, user_read(co, user_space_of(co), &f->abi, f->from, sizeof(f->abi)));
		if (err)
			CO_RETURN(err);
		if (!event_from(&f->event, &f->abi))
			CO_RETURN(-EINVAL);
	} else {
		f->event.signal = SIGALRM;
		f->event.value_is_id = true;
	}
	err = posix_timer_new(process_of(co), &f->event);
	if (err < 0)
		CO_RETURN(err);
	f->id = (s32)err;
	AWAIT(err, user_write(co, user_space_of(co), f->id_to, &f->id, sizeof(f->id)));
	if (err)
		posix_timer_delete(process_of(co), f->id);
	CO_RETURN(err);
	CO_END;
}

/* A clock of ours, by its number (clocks.h). */
static bool cpu_clock_own(struct thread *self, u32 clock, struct timer_event *event)
{
	u32 id = cpu_clock_id(clock);
	u64 ns;

	if (!(clock & CPU_CLOCK_THREAD) && id && id != self->process->pid)
		return false;
	event->cpu = (clock & CPU_CLOCK_KIND) == CPU_CLOCK_USER ? CPU_USER : CPU_ALL;
	event->thread = !(clock & CPU_CLOCK_THREAD) ? 0 : id ? id : self->tid;
	return cpu_clock_value(self, clock, &ns);
}

long sys_timer_create(struct co *caller, const u64 *args)
{
	u32 clock = (u32)args[0];
	struct timer_event event = { .realtime = clock == CLOCK_REALTIME };

	if (clock == CLOCK_PROCESS_CPUTIME || clock == CLOCK_THREAD_CPUTIME) {
		event.cpu = CPU_ALL;
		event.thread = clock == CLOCK_THREAD_CPUTIME ? thread_of(caller)->tid : 0;
	} else if (cpu_clock_is(clock)) {
		if (!cpu_clock_own(thread_of(caller), clock, &event))
			return -EINVAL;
	} else if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME) {
		return -EINVAL;
	}
	return CO_CALL(timer_create_call, caller, .event = event, .from = args[1], .id_to = args[2]);
}

long sys_timer_delete(struct co *caller, const u64 *args)
{
	return posix_timer_delete(process_of(caller), (s32)args[0]);
}

long sys_timer_getoverrun(struct co *caller, const u64 *args)
{
	return posix_timer_overrun(process_of(caller), (s32)args[0]);
}

/* Both timer_settime and setitimer; MICRO: times are in seconds and microseconds. */
struct timer_set_call {
	struct co co;
	u64 from, before_to;
	s32 id;
	bool absolute, micro;
	struct abi_times times;
};

static void micro_to_nano(struct abi_timespec *time)
{
	/* what is too large or negative stays so, and is refused as nanoseconds */
	time->nanoseconds = time->nanoseconds >= 1000000 ? 1000000000 : time->nanoseconds * 1000;
}

static struct abi_times times_for_user(const struct timer_times *times, bool micro)
{
	struct abi_times abi = abi_times_from(times->value, times->interval);

	if (micro) {
		abi.value.nanoseconds = (abi.value.nanoseconds + 999) / 1000; /* a timer that is set never shows 0 */
		abi.interval.nanoseconds /= 1000;
		if (abi.value.nanoseconds == 1000000)
			abi.value = (struct abi_timespec){ abi.value.seconds + 1, 0 };
	}
	return abi;
}

CO_STEP(timer_set_call)
{
	CO_FRAME(timer_set_call);
	struct timer_times before;
	u64 ns, interval;
	long err;

	CO_BEGIN;
	if (f->from) {
		AWAIT(err, user_read(co, user_space_of(co), &f->times, f->from, sizeof(f->times)));
		if (err)
			CO_RETURN(err);
	}
	if (f->micro) {
		micro_to_nano(&f->times.value);
		micro_to_nano(&f->times.interval);
		err = posix_timer_need_itimer(process_of(co), f->id);
		if (err)
			CO_RETURN(err);
	}
	if (!timespec_to_ns(&f->times.value, &ns) || !timespec_to_ns(&f->times.interval, &interval))
		CO_RETURN(-EINVAL);
	err = posix_timer_set(process_of(co), f->id, f->absolute, ns, interval, &before);
	if (err)
		CO_RETURN(err);
	f->times = times_for_user(&before, f->micro);
	if (f->before_to)
		AWAIT(err, user_write(co, user_space_of(co), f->before_to, &f->times, sizeof(f->times)));
	CO_RETURN(err);
	CO_END;
}

long sys_timer_settime(struct co *caller, const u64 *args)
{
	if (!args[2] || (s32)args[0] < 0)
		return -EINVAL;
	return CO_CALL(timer_set_call, caller, .id = (s32)args[0], .absolute = args[1] & SET_ABSOLUTE, .from = args[2],
		       .before_to = args[3]);
}

/* NULL for the new times stops the timer, as in Linux. */
long sys_setitimer(struct co *caller, const u64 *args)
{
	if (args[0] > ITIMER_PROF)
		return -EINVAL;
	return CO_CALL(timer_set_call, caller, .id = TIMER_ITIMER - (s32)args[0], .micro = true, .from = args[1],
		       .before_to = args[2]);
}

static long tell(struct co *caller, const struct timer_times *now, bool micro, u64 to)
{
	struct abi_times times = times_for_user(now, micro);

	return user_write(caller, user_space_of(caller), to, &times, sizeof(times));
}

long sys_timer_gettime(struct co *caller, const u64 *args)
{
	struct timer_times now;
	long err = (s32)args[0] < 0 ? -EINVAL : posix_timer_get(process_of(caller), (s32)args[0], &now);

	return err ? err : tell(caller, &now, false, args[1]);
}

long sys_getitimer(struct co *caller, const u64 *args)
{
	struct timer_times now;

	if (args[0] > ITIMER_PROF)
		return -EINVAL;
	posix_timer_get(process_of(caller), TIMER_ITIMER - (s32)args[0], &now); /* never set: zeroes */
	return tell(caller, &now, true, args[1]);
}
