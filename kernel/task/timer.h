/* timer.h - one-shot timers of each hart: the near ones sorted, the earliest programmed into the hart's clock.
 *
 * Contract: a timer is armed on the hart that calls timer_arm and fires there, in the event loop, never inside a step.
 * timer_disarm may be called on any hart: after it returned, the timer does not fire and is not firing, and its memory
 * belongs to the caller again.
 */
#pragma once

#include "kernel/hart/clock.h"
#include "kernel/hart/hart.h"
#include "kernel/task/inbox.h"
#include "lib/rbtree.h"
#include "lib/types.h"

enum timer_place { TIMER_IDLE, TIMER_NEAR, TIMER_FAR };

struct timer {
	union {
		struct rb_node node; /* TIMER_NEAR: in the hart's tree */
		struct {	     /* TIMER_FAR: in a drawer, see timer_far.h */
			struct timer *next, **link;
		};
		struct inbox_node idle; /* TIMER_IDLE: its owner's, to use as it likes */
	};
	u64 deadline;			      /* nanoseconds of clock_now() */
	void (*expired)(struct timer *timer); /* called with the hart's lock held: it may only wake */
	u32 hart;			      /* index of the hart that holds it */
	u32 place;			      /* enum timer_place; guarded by that hart's lock */
};

static inline void timer_init(struct timer *timer, void (*expired)(struct timer *timer))
{
	timer->expired = expired;
	timer->place = TIMER_IDLE;
}
void timer_arm(struct timer *timer, u64 deadline);
/* True: it was armed, and now never fires. False: it has fired, or was never armed. */
bool timer_disarm(struct timer *timer);

/* Event loop: fire what is due on this hart and program the clock for what comes next. */
void timer_fire_due(u64 now);
static inline void timer_run(void)
{
	u64 now = clock_now();

	if (unlikely(now >= hart()->timer_due))
		timer_fire_due(now);
}
/* When this hart has to look again: at the next deadline, or before it; TIME_NEVER: there is none. */
u64 timer_next(void);
/* A deadline of the event loop's own (the end of a user thread's slice); TIME_NEVER: none. */
void timer_set_slice(u64 deadline);
