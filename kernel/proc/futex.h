/* futex.h - waiting for a word of user memory to change (Linux futex(2)).
 *
 * The word is compared under the lock of its bucket, and a waker takes the same lock: either the waiter sees the new
 * value, or the waker sees the waiter.
 *
 * A word in a shared mapping is known by its place in the file, so that processes meet; any other word, and every word
 * that the caller calls private, by its address space and address (futex_bucket.h).
 *
 * Contract: addresses are aligned to 4, which the caller has checked. -EFAULT: there is no such memory, also behind the
 * end of a mapped file.
 */
#pragma once

#include "lib/co.h"

struct space;

#define FUTEX_ANY UINT32_MAX /* the bit set that matches all */

struct futex_word {
	struct space *space;
	u64 address;
	bool shared; /* asked for without FUTEX_PRIVATE: look whether the mapping is shared */
};

void futex_init(void); /* start-up */

/* Wait while WORD is VALUE: 0 woken, -EAGAIN it is not VALUE, -ETIMEDOUT, -EINTR, -EFAULT. Suspends. DEADLINE:
 * nanoseconds of clock_now(), or TIME_NEVER. */
long futex_wait(struct co *caller, const struct futex_word *word, u32 value, u64 deadline, u32 bits);

/* Wake up to COUNT waiters whose bits meet BITS: how many. Suspends if a shared word must be brought in. */
long futex_wake(struct co *caller, const struct futex_word *word, u32 count, u32 bits);

/* The calls that name two words of one space. */
struct futex_pair {
	struct futex_word word;
	u64 second;	/* address of the other word */
	u32 wake, move; /* how many of WORD's waiters to wake, of them or of SECOND's: as the call says */
	u32 value;
	bool check;
	u64 missing; /* what must be brought in before the next attempt */
	bool missing_write;
	long (*attempt)(struct futex_pair *pair); /* set by the calls below */
};

/* Wake up to WAKE waiters of WORD and move up to MOVE others to SECOND: how many in all. If CHECK, WORD must be VALUE,
 * else -EAGAIN. */
long futex_requeue(struct co *caller, struct futex_pair *pair);

/* Change SECOND as VALUE says (FUTEX_OP), wake up to WAKE waiters of WORD, and up to MOVE of SECOND if its old value
 * compares as VALUE says: how many. -ENOSYS: VALUE names no such operation. */
long futex_wake_op(struct co *caller, struct futex_pair *pair);

/* futex_wake of a private word, which never suspends. */
long futex_wake_private(struct space *space, u64 address, u32 count);
