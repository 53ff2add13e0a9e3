/* posix_timer.c - timers of a process.
 *
 * Lock: process->lock guards the list, and next, interval and missed of the timers in it. A timer that has been taken
 * out of the list is its alarm's alone; its reference keeps the process until the alarm is gone.
 */
#include "kernel/proc/posix_timer.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/cpu_watch.h"
#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"
#include "kernel/task/timespec.h"

enum { TIMERS_MAX = 1024, OVERRUN_MAX = 0x7fffffff, REST_NS = 50000 };

struct posix_timer {
	struct list link;	 /* process->timers; not linked: deleted */
	struct process *process; /* referenced */
	struct timer_event event;
	s32 id;
	u64 next, interval, missed;
	struct alarm alarm;
};

static struct slab_cache timer_cache = SLAB_CACHE(timer_cache, "posix timer", sizeof(struct posix_timer));

static struct posix_timer *find_locked(struct process *process, s32 id)
{
	struct posix_timer *timer;

	list_for_each (timer, &process->timers, link)
		if (timer->id == id)
			return timer;
	return NULL;
}

/* --- clocks --- */

/* What the clock of a timer by CPU time shows; USAGE: of its process. */
static u64 cpu_now(const struct posix_timer *timer, const struct usage *usage)
{
	struct thread *thread = timer->event.thread ? thread_in(timer->process, timer->event.thread) : NULL;
	struct usage one;

	if (!timer->event.thread)
		return usage_clock(usage, (enum cpu_clock)timer->event.cpu);
	if (!thread)
		return 0; /* it has ended: its clock stands */
	one = thread_usage(thread);
	return usage_clock(&one, (enum cpu_clock)timer->event.cpu);
}

/* How far clock_now() is ahead of the timer's clock. */
static u64 ahead_by(const struct posix_timer *timer, const struct usage *usage)
{
	return timer->event.cpu ? clock_now() - cpu_now(timer, usage) : 0;
}

/* TIMER->next on the scale of clock_now(). */
static u64 next_of(const struct posix_timer *timer, const struct usage *usage)
{
	return timer->next == TIME_NEVER ? TIME_NEVER : timer->next + ahead_by(timer, usage);
}

/* --- expiring --- */

static void send_locked(struct posix_timer *timer)
{
	const struct timer_event *event = &timer->event;
	struct process *process = timer->process;
	struct thread *thread = event->notify == NOTIFY_THREAD_ID ? thread_in(process, event->tid) : NULL;
	struct signal_info info = { .signo = (s32)event->signal, .code = SI_TIMER, .timer = timer->id };

	if (event->notify == NOTIFY_NONE || (event->notify == NOTIFY_THREAD_ID && !thread))
		return;
	if ((thread ? &thread->pending : &process->pending)->set & signal_bit(event->signal)) {
		timer->missed++;
		return;
	}
	if (timer->id < 0)
		info.code = SI_KERNEL;
	else
		info.timer_value = event->value_is_id ? (u64)timer->id : event->value;
	timer->missed = 0;
	signal_send_locked(process, thread, &info);
}

static void expire_locked(struct posix_timer *timer, u64 count)
{
	send_locked(timer);
	timer->missed += count - 1;
	timer->next = timer->interval ? timer->next + count * timer->interval : TIME_NEVER;
}

static void fire(struct alarm *alarm)
{
	struct posix_timer *timer = container_of(alarm, struct posix_timer, alarm);
	struct process *process = timer->process;

	spin_lock(&process->lock);
	/* deleted, or set again at this moment */
	if (list_is_linked(&timer->link) && clock_now() >= timer->next) {
		expire_locked(timer, timer_expirations(timer->next, timer->interval));
		/* Not at each expiration of a timer of nanoseconds: those in between are counted all the same. */
		alarm_set(alarm, timer->interval ? max(timer->next, clock_now() + REST_NS) : TIME_NEVER);
	}
	spin_unlock(&process->lock);
}

void posix_timers_look_locked(struct process *process, const struct usage *usage)
{
	struct posix_timer *timer;
	u64 now;

	list_for_each (timer, &process->timers, link) {
		if (!timer->event.cpu || timer->next == TIME_NEVER)
			continue;
		now = cpu_now(timer, usage);
		if (now >= timer->next)
			expire_locked(timer, timer->interval ? (now - timer->next) / timer->interval + 1 : 1);
	}
}

static void gone(struct alarm *alarm)
{
	struct posix_timer *timer = container_of(alarm, struct posix_timer, alarm);

	process_put(timer->process);
	slab_free(&timer_cache, timer);
}

/* --- making and deleting --- */

/* Into the list: its number, or why not. */
static long enter(struct process *process, struct posix_timer *timer)
{
	const struct timer_event *event = &timer->event;
	long err = 0;

	spin_lock(&process->lock);
	if (process->timer_count >= TIMERS_MAX)
		err = -EAGAIN;
	else if (event->notify == NOTIFY_THREAD_ID && !thread_in(process, event->tid))
		err = -EINVAL;
	else if (timer->id >= 0)
		timer->id = (s32)(process->timer_newest++ & OVERRUN_MAX);
	if (!err) {
		list_push_back(&process->timers, &timer->link);
		process->timer_count++;
		err = timer->id;
	}
	spin_unlock(&process->lock);
	return err;
}

static struct posix_timer *timer_alloc(struct process *process, const struct timer_event *event, s32 id)
{
	struct posix_timer *timer = slab_zalloc(&timer_cache);

	if (!timer)
		return NULL;
	timer->process = process;
	timer->event = *event;
	timer->id = id;
	timer->next = TIME_NEVER;
	atomic_add_relaxed(&process->refs, 1u);
	list_init(&timer->link);
	alarm_start(&timer->alarm, "posix timer", fire, gone);
	return timer;
}

long posix_timer_new(struct process *process, const struct timer_event *event)
{
	struct posix_timer *timer = timer_alloc(process, event, 0);
	long id;

	if (!timer)
		return -EAGAIN;
	id = enter(process, timer);
	if (id < 0)
		alarm_end(&timer->alarm);
	return id;
}

static const struct timer_event itimer_events[] = {
	[-TIMER_ITIMER] = { .signal = SIGALRM },
	[-TIMER_VIRTUAL] = { .signal = SIGVTALRM, .cpu = CPU_USER },
	[-TIMER_PROFILE] = { .signal = SIGPROF, .cpu = CPU_ALL },
};

long posix_timer_need_itimer(struct process *process, s32 id)
{
	struct posix_timer *timer;
	bool there;

	spin_lock(&process->lock);
	there = find_locked(process, id);
	spin_unlock(&process->lock);
	if (there)
		return 0;
	timer = timer_alloc(process, &itimer_events[-id], id);
	if (!timer)
		return -ENOMEM;
	spin_lock(&process->lock);
	there = find_locked(process, id); /* another thread was faster */
	if (!there) {
		list_push_back(&process->timers, &timer->link);
		process->timer_count++;
	}
	spin_unlock(&process->lock);
	if (there)
		alarm_end(&timer->alarm);
	return 0;
}

static void remove_locked(struct process *process, struct posix_timer *timer)
{
	list_remove(&timer->link);
	process->timer_count--;
}

long posix_timer_delete(struct process *process, s32 id)
{
	struct posix_timer *timer;

	spin_lock(&process->lock);
	timer = id < 0 ? NULL : find_locked(process, id);
	if (timer)
		remove_locked(process, timer);
	spin_unlock(&process->lock);
	if (!timer)
		return -EINVAL;
	alarm_end(&timer->alarm);
	return 0;
}

void posix_timers_delete(struct process *process, bool keep_itimer)
{
	struct posix_timer *timer, *found;

	do {
		found = NULL;
		spin_lock(&process->lock);
		list_for_each (timer, &process->timers, link)
			if (!keep_itimer || timer->id >= 0)
				found = timer;
		if (found)
			remove_locked(process, found);
		spin_unlock(&process->lock);
		if (found)
			alarm_end(&found->alarm);
	} while (found);
}

/* --- setting and asking --- */

static u64 deadline_of(const struct posix_timer *timer, bool absolute, u64 ns, const struct usage *usage)
{
	if (!ns)
		return TIME_NEVER;
	if (timer->event.cpu)
		return absolute ? ns : cpu_now(timer, usage) + ns;
	if (!absolute)
		return deadline_after(ns);
	return timer->event.realtime ? realtime_deadline(ns) : ns;
}

long posix_timer_set(struct process *process, s32 id, bool absolute, u64 ns, u64 interval, struct timer_times *before)
{
	struct posix_timer *timer;
	struct usage usage;

	spin_lock(&process->lock);
	usage = process_usage_locked(process);
	timer = find_locked(process, id);
	if (timer) {
		*before = timer_times(next_of(timer, &usage), timer->interval);
		timer->next = deadline_of(timer, absolute, ns, &usage);
		timer->interval = ns ? interval : 0;
		timer->missed = 0;
		if (timer->event.cpu)
			cpu_watch_locked(process);
		else
			alarm_set(&timer->alarm, timer->next);
	}
	spin_unlock(&process->lock);
	return timer ? 0 : -EINVAL;
}

long posix_timer_get(struct process *process, s32 id, struct timer_times *now)
{
	struct posix_timer *timer;
	struct usage usage;

	*now = (struct timer_times){ 0, 0 };
	spin_lock(&process->lock);
	usage = process_usage_locked(process);
	timer = find_locked(process, id);
	if (timer)
		*now = timer_times(next_of(timer, &usage), timer->interval);
	spin_unlock(&process->lock);
	return timer ? 0 : -EINVAL;
}

long posix_timer_overrun(struct process *process, s32 id)
{
	struct posix_timer *timer;
	long missed = -EINVAL;

	spin_lock(&process->lock);
	timer = id < 0 ? NULL : find_locked(process, id);
	if (timer)
		missed = (long)min(timer->missed, (u64)OVERRUN_MAX);
	spin_unlock(&process->lock);
	return missed;
}
