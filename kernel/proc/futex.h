/* futex.h - waiting for a word of user memory to change (Linux futex(2)).
 *
 * The word is compared under the lock of its bucket, and a waker takes the same lock: either the waiter sees the new
 * value, or the waker sees the waiter.
 *
 * A private futex is known by (space, address); the words of shared mappings will be known by their page.
 */
#pragma once

#include "lib/co.h"

struct space;

#define FUTEX_ANY UINT32_MAX /* the bit set that matches all */

void futex_init(void); /* start-up */

/* Wait while the word at ADDRESS is VALUE: 0 woken, -EAGAIN it is not VALUE, -ETIMEDOUT, -EINTR, -EFAULT. Suspends.
 * DEADLINE: nanoseconds of clock_now(), or TIME_NEVER. */
long futex_wait(struct co *caller, struct space *space, u64 address, u32 value, u64 deadline, u32 bits);

/* Wake up to COUNT waiters whose bits meet BITS: how many. */
long futex_wake(struct space *space, u64 address, u32 count, u32 bits);

/* Wake up to WAKE waiters of FROM and move up to MOVE others to TO: how many in all. If CHECK, the word at FROM must be
 * VALUE, else -EAGAIN. -EFAULT: the word is not there now (the caller faults it in and tries again). */
long futex_requeue(struct space *space, u64 from, u64 to, u32 wake, u32 move, bool check, u32 value);
