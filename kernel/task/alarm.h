/* alarm.h - a function that is called at a time, and may do more than wake.
 *
 *     owner (any hart)                        the alarm's own task
 *       alarm_set(at)   ---- wakes ---->        waits until `at`, or until it is set again
 *                                               at: fire(alarm), once; waits again
 *       alarm_end()     ---- wakes ---->        gone(alarm), which may free it
 *
 * A struct timer fires inside the event loop, under a lock, and may only wake; fire() runs as a step of a task with no
 * lock held. It never suspends.
 */
#pragma once

#include "kernel/hart/lock.h"
#include "kernel/task/wait.h"

enum { ALARM_ARENA = 192 };

/* How long until a timer expires, 0: never; and from then on again and again, 0: once. Nanoseconds. */
struct timer_times {
	u64 value, interval;
};

/* What to tell of a timer whose first expiration that nobody has seen is at NEXT (TIME_NEVER: it is not set). */
struct timer_times timer_times(u64 next, u64 interval);
/* NEXT has come: how often has the timer expired since? */
u64 timer_expirations(u64 next, u64 interval);

struct alarm {
	struct spinlock lock; /* guards at, set and ended */
	u64 at;		      /* clock_now() time, TIME_NEVER: not now */
	bool set, ended;      /* the task has not seen it yet */
	struct wait_queue changed;
	void (*fire)(struct alarm *alarm);
	void (*gone)(struct alarm *alarm);
	struct task task;
	struct wait_timer timer; /* the task's */
	char arena[ALARM_ARENA] __attribute__((aligned(16)));
};

/* Prepare and start ALARM, at no time yet. From here on alarm_end alone gives it back. */
void alarm_start(struct alarm *alarm, const char *name, void (*fire)(struct alarm *alarm),
		 void (*gone)(struct alarm *alarm));
/* Fire at AT instead of at any time given before: a fire that has begun may still be under way. Never suspends; no lock
 * of rank RANK_WAIT or above is held. */
void alarm_set(struct alarm *alarm, u64 at);
/* Never fire again; gone() is called soon. The owner does not touch ALARM after this. */
void alarm_end(struct alarm *alarm);
