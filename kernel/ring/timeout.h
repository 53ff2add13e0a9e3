/* timeout.h - a timeout that is pending: no task, but a timer and what its completion needs, in 128 bytes.
 *
 *     timeout_start --> armed --> expired (by time), or counted: it is due --> a task of the hart posts its CQE
 *                        |
 *                        +--> timeout_cancel, the ring's end
 *
 * Who disarms the timer (timer_disarm says true), or whose call it was that fired, ends the timeout: there is one.
 * A timeout belongs to its ring, and not to the process that submitted it, of which it uses nothing.
 */
#pragma once

#include "kernel/ring/ring.h"

struct ring_timeout {
	struct ring_pending pending;
	struct timer timer;
	u64 target; /* the count that ends it, and it is in ring->counted; 0: time alone does */
	struct rb_node counted;
};
_Static_assert(sizeof(struct ring_timeout) <= 128, "timeouts come in great numbers");

/* Start one that ends with -ETIME at DEADLINE: CO_PENDING; OP_NOT_NOW: no memory. Lock held; the caller has the ring's
 * file. */
long timeout_start(struct ring *ring, u64 user_data, u64 deadline);
/* The same, but it ends with 0 as soon as timeout_count says TARGET, if that comes first; it may have come already. */
long timeout_start_counted(struct ring *ring, u64 user_data, u64 deadline, u64 target);
/* How many completions of the ring have been posted so far, less those of timeouts. Lock held. */
u64 timeout_count(const struct ring *ring);
/* End the oldest with USER_DATA: OP_ENDED_ANOTHER, it is *ENDED; -EALREADY: it is ending, which is told once; 0: it has
 * not begun, and will not; -ENOENT. Lock held. */
long timeout_cancel(struct ring *ring, u64 user_data, struct ring_pending **ended);
/* Give the oldest with USER_DATA another time: 0, -EALREADY, -ENOENT. OP_NOT_NOW: it has not begun yet. */
long timeout_move(struct ring *ring, u64 user_data, u64 deadline);
/* The ring's end: end PENDING, which has left, without a completion. Lock held. True: it is the caller's; false: it is
 * due, and ends by itself. */
bool timeout_drop(struct ring_pending *pending);
void timeout_free(struct ring_pending *pending);

/* Start-up: the tasks that end those that are due. */
void timeouts_init(void);
