/* cq.c - posting completions.
 *
 *     shared CQ      [ taken | ready ..... | free ]         head: the program's; tail: ours, told by a release store
 *     overflow       request -> request -> ...              only while the CQ is full; keeps the order
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/eventfd.h"
#include "kernel/ring/ring.h"

/* The head is the program's and may hold anything: a count that cannot be is a full queue. */
u32 ring_ready(const struct ring *ring)
{
	/* acquire: the program's reads of the entries it has taken come before its head; we may write them again */
	u32 ready = load_relaxed(&ring->cq_tail) - load_acquire(&ring->shared->cq_head);

	return min(ready, ring->cq_entries);
}

/* Lock held; there is room. */
static inline void cqe_store(struct ring *ring, u64 user_data, long result)
{
	ring->shared->cqes[ring->cq_tail & (ring->cq_entries - 1)] =
		(struct io_uring_cqe){ .user_data = user_data, .res = (s32)result };
	ring->cq_tail++;
	/* release: the program that acquires this tail sees the entry */
	store_release(&ring->shared->cq_tail, ring->cq_tail);
	ring->completed++;
}

/* Lock held. */
static void overflow_flag(struct ring *ring, bool on)
{
	u32 flags = load_relaxed(&ring->shared->sq_flags);

	store_relaxed(&ring->shared->sq_flags,
		      on ? flags | IORING_SQ_CQ_OVERFLOW : flags & ~(u32)IORING_SQ_CQ_OVERFLOW);
}

/* Lock held: wake those whose condition may have become true. */
static inline void waiters_wake(struct ring *ring)
{
	if (likely(list_is_empty(&ring->cq_waiters.waits) && !ring->counted_timeouts))
		return;
	if (!list_is_empty(&ring->cq_waiters.waits) && (s32)(ring->cq_tail - ring->wake_at) >= 0)
		wait_wake_all(&ring->cq_waiters);
	if (ring->counted_timeouts)
		wait_wake_all(&ring->timeouts);
}

/* Without the lock: tell those outside that the CQ has news. */
static inline void chime(struct ring *ring, struct file *eventfd)
{
	if (unlikely(!list_is_empty(&ring->poll.nodes)))
		poll_queue_signal(&ring->poll, POLL_IN);
	if (eventfd) {
		file_signal(eventfd, 1);
		file_put(eventfd);
	}
}

/* Lock held. */
static inline struct file *eventfd_get(struct ring *ring, bool at_once)
{
	if (!ring->eventfd || (at_once && ring->eventfd_async) ||
	    (load_relaxed(&ring->shared->cq_flags) & IORING_CQ_EVENTFD_DISABLED))
		return NULL;
	file_get(ring->eventfd);
	return ring->eventfd;
}

bool ring_complete(struct ring *ring, struct ring_request *request, long result, bool at_once)
{
	struct file *eventfd;
	bool kept = false;

	spin_lock(&ring->lock);
	if (likely(list_is_empty(&ring->overflow) && ring_ready(ring) < ring->cq_entries)) {
		cqe_store(ring, request->user_data, result);
	} else {
		request->result = (s32)result;
		list_push_back(&ring->overflow, &request->overflow);
		ring->overflowed++;
		ring->overflow_count++;
		overflow_flag(ring, true);
		kept = true;
	}
	waiters_wake(ring);
	eventfd = eventfd_get(ring, at_once);
	spin_unlock(&ring->lock);
	chime(ring, eventfd);
	return kept;
}

bool ring_post(struct ring *ring, u64 user_data, long result)
{
	struct file *eventfd = NULL;
	bool room;

	spin_lock(&ring->lock);
	room = likely(list_is_empty(&ring->overflow) && ring_ready(ring) < ring->cq_entries);
	if (room) {
		cqe_store(ring, user_data, result);
		waiters_wake(ring);
		eventfd = eventfd_get(ring, true);
	}
	spin_unlock(&ring->lock);
	if (room)
		chime(ring, eventfd);
	return room;
}

/* Lock held: fill the CQ from overflow. */
static void overflow_move(struct ring *ring)
{
	struct ring_request *request;

	while (!list_is_empty(&ring->overflow) && ring_ready(ring) < ring->cq_entries) {
		request = list_entry(list_pop_front(&ring->overflow), struct ring_request, overflow);
		ring->overflow_count--;
		cqe_store(ring, request->user_data, request->result);
		ring_request_free(request);
	}
	if (list_is_empty(&ring->overflow) && (load_relaxed(&ring->shared->sq_flags) & IORING_SQ_CQ_OVERFLOW))
		overflow_flag(ring, false);
}

void ring_flush(struct ring *ring)
{
	/* Read without the lock: a completion that is being put there just now is found by the next call, or by
	 * ring_wait before it sleeps. */
	if (likely(list_is_empty(&ring->overflow)))
		return;
	spin_lock(&ring->lock);
	overflow_move(ring);
	waiters_wake(ring);
	spin_unlock(&ring->lock);
}

struct ring_wait {
	struct co co;
	struct ring *ring;
	u32 count;
	u64 deadline;
};

/* Lock held: are there COUNT completions? If not, when to look again. Nobody sleeps while completions are in overflow
 * and the CQ has room: later ones would queue up behind them, and wake no one. */
static bool enough(struct ring *ring, u32 count)
{
	u32 ready, at;

	if (unlikely(!list_is_empty(&ring->overflow)))
		overflow_move(ring);
	ready = ring_ready(ring);
	if (ready >= count)
		return true;
	at = ring->cq_tail + (count - ready);
	/* several waiters: the one that wants least */
	if (list_is_empty(&ring->cq_waiters.waits) || (s32)(at - ring->wake_at) < 0)
		ring->wake_at = at;
	return false;
}

CO_STEP(ring_wait)
{
	CO_FRAME(ring_wait);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL_FULL(err, &f->ring->lock, &f->ring->cq_waiters, WAIT_INTERRUPTIBLE, f->deadline,
			 enough(f->ring, f->count));
	/* others may wait for more than we did: let them compute their mark again */
	wait_wake_all(&f->ring->cq_waiters);
	spin_unlock(&f->ring->lock);
	CO_RETURN(err);
	CO_END;
}

long ring_wait(struct co *caller, struct ring *ring, u32 count, u64 deadline)
{
	ring_flush(ring);
	/* without the lock: a completion that comes now only makes the answer more true */
	if (likely(ring_ready(ring) >= count))
		return 0;
	return CO_CALL(ring_wait, caller, .ring = ring, .count = count, .deadline = deadline);
}
