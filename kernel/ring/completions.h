/* completions.h - the CQ as the rest of the ring sees it: posting a completion, and whether there are enough (cq.c). */
#pragma once

#include "kernel/ring/ring.h"

/* Post the completion of PENDING, which has left and ended during its submission (AT_ONCE) or later; true if it
 * is used up (it waits in overflow), and must not be freed. */
bool ring_complete(struct ring_pending *pending, long result, bool at_once);

/* A bit of the SQ's flags (IORING_SQ_*), for the program to see. Several may be set at once, by several harts. */
void ring_flag(struct ring *ring, u32 flag, bool on);

/* Move completions from overflow into the CQ, as far as there is room. The lock is held. */
void ring_flush_locked(struct ring *ring);

/* CQEs that the program has not taken yet. The head is the program's and may hold anything: a count that cannot be,
 * above cq_entries, is a full queue. */
static inline u32 ring_ready_unclamped(const struct ring *ring)
{
	/* acquire: the program's reads of the entries it has taken come before its head; we may write them again */
	return (u32)load_relaxed(&ring->cq_tail) - load_acquire(&ring->shared->cq_head);
}

static inline u32 ring_ready(const struct ring *ring)
{
	return min(ring_ready_unclamped(ring), ring->cq_entries);
}

static inline bool ring_has_count(const struct ring *ring, u32 count)
{
	u32 ready = ring_ready_unclamped(ring);

	return ready >= count || ready >= ring->cq_entries;
}

/* Are COUNT completions in the CQ, or as many as it holds? The second one moves them there first. */
bool ring_has_ready_overflowed(struct ring *ring, u32 count);

static inline bool ring_has_ready(struct ring *ring, u32 count)
{
	/* Without the lock: a completion that is being put into overflow just now is found by the next call, or by
	 * ring_wait before it sleeps; one that comes into the CQ only makes the answer more true. */
	return likely(!load_relaxed(&ring->overflow_count)) ? ring_has_count(ring, count)
							    : ring_has_ready_overflowed(ring, count);
}

/* Wait until they are, or a timeout of RING ends: 0; -EINTR, -ETIME. Suspends. */
long ring_wait(struct co *caller, struct ring *ring, u32 count, u64 deadline);
