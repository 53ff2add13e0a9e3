/* cq.h - the steps of which a posting is made: for the files that post, and hold the ring's lock meanwhile.
 *
 *     cq_free -> cqe_store ... -> cq_publish -> waiters_wake -> chime
 *     cq_post: one completion, from the first step to the last
 */
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/fs/eventfd.h"
#include "kernel/ring/completions.h"
#include "kernel/ring/timeout.h"
#include "kernel/trace/trace.h"

/* Lock held: entries that nobody has, or has reserved; none while older completions wait for them. */
static inline u32 cq_free(const struct ring *ring)
{
	u32 taken = ring_ready(ring) + ring->cq_reserved;

	return likely(!ring->overflow_count && taken < ring->cq_entries) ? ring->cq_entries - taken : 0;
}

static inline bool cq_has_free(const struct ring *ring)
{
	return likely(ring_ready_unclamped(ring) < ring->cq_entries - ring->cq_reserved && !ring->overflow_count);
}

/* Lock held; there is room. The program does not see it yet. */
static inline void cqe_store(struct ring *ring, u64 user_data, long result)
{
	ring->shared->cqes[ring->cq_tail++ & (ring->cq_entries - 1)] = (struct io_uring_cqe){ .user_data = user_data,
											      .res = (s32)result };
}

/* Lock held: IORING_SETUP_DEFER_TASKRUN: does a completion wait until the issuer enters? When it submits or waits, all
 * that waits is posted: so what ends AT_ONCE does not, and nothing does while the issuer waits. */
static inline bool is_deferred(const struct ring *ring, bool at_once)
{
	return unlikely(ring->flags & IORING_SETUP_DEFER_TASKRUN) && !at_once && list_is_empty(&ring->cq_waiters.waits);
}

/* Lock held: keep what has ended until the CQ has room, or the issuer enters. */
void overflow_keep(struct ring *ring, struct ring_pending *pending, long result);

/* Lock held: PENDING's completion into the CQ: true; into overflow: false, and it is used up. Not published yet. */
static inline bool cq_complete(struct ring *ring, struct ring_pending *pending, long result, bool at_once)
{
	if (unlikely(!cq_has_free(ring) || is_deferred(ring, at_once))) {
		overflow_keep(ring, pending, result);
		return false;
	}
	trace_event(TRACE_CQE, pending->entry.user_data, NULL);
	cqe_store(ring, pending->entry.user_data, result);
	return true;
}

/* Lock held: the same for a timeout that a cancel has ended; AT_ONCE: during its submission. The caller has a reference
 * on the ring. */
static inline void cq_complete_ended(struct ring *ring, struct ring_pending *ended, bool at_once)
{
	if (likely(cq_complete(ring, ended, -ECANCELED, at_once)))
		timeout_free(ended);
	atomic_add_relaxed(&ring->refs, -1u);
}

/* Lock held: now it does. */
static inline void cq_publish(struct ring *ring)
{
	/* release: the program that acquires this tail sees the entries */
	store_release(&ring->shared->cq_tail, (u32)ring->cq_tail);
}

/* Lock held: wake those whose condition may have become true. */
static inline void waiters_wake(struct ring *ring)
{
	if (likely(list_is_empty(&ring->cq_waiters.waits) && !rb_first(&ring->counted)))
		return;
	if (!list_is_empty(&ring->cq_waiters.waits) && (s32)(ring->cq_tail - ring->wake_at) >= 0)
		wait_wake_all(&ring->cq_waiters);
	timeouts_count(ring);
}

/* Lock held, which keeps the file: tell those outside that the CQ has news. What is signalled wakes, and takes locks of
 * higher ranks. */
static inline void chime(struct ring *ring, bool at_once)
{
	if (unlikely(!list_is_empty(&ring->poll.nodes)))
		poll_queue_signal(&ring->poll, POLL_IN);
	if (!ring->eventfd || (at_once && ring->eventfd_async) ||
	    (load_relaxed(&ring->shared->cq_flags) & IORING_CQ_EVENTFD_DISABLED))
		return;
	file_signal(ring->eventfd, 1);
}

/* Lock held: all of these steps for one completion. As cq_complete: false, it is used up. */
static inline bool cq_post(struct ring *ring, struct ring_pending *pending, long result, bool at_once)
{
	bool posted = cq_complete(ring, pending, result, at_once);

	cq_publish(ring);
	waiters_wake(ring);
	chime(ring, at_once);
	return posted;
}

/* Lock held: handed over, not given up, so that nobody slips in before the one who waits. */
static inline void submitter_next(struct ring *ring)
{
	struct list *first = ring->submitters.waits.next;

	ring->submitter = NULL;
	if (unlikely(!list_is_empty(&ring->submitters.waits))) {
		ring->submitter = list_entry(first, struct task, wait.node);
		wait_wake_one(&ring->submitters);
	}
}
