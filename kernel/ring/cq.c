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

/* Lock held: entries that nobody has, or has reserved; none while older completions wait for them. */
static inline u32 cq_free(const struct ring *ring)
{
	u32 taken = ring_ready(ring) + ring->cq_reserved;

	return likely(list_is_empty(&ring->overflow) && taken < ring->cq_entries) ? ring->cq_entries - taken : 0;
}

/* Lock held; there is room. The program does not see it yet. */
static inline void cqe_store(struct ring *ring, u64 user_data, long result)
{
	ring->shared->cqes[ring->cq_tail & (ring->cq_entries - 1)] =
		(struct io_uring_cqe){ .user_data = user_data, .res = (s32)result };
	ring->cq_tail++;
	ring->completed++;
}

/* Lock held: now it does. */
static inline void cq_publish(struct ring *ring)
{
	/* release: the program that acquires this tail sees the entries */
	store_release(&ring->shared->cq_tail, ring->cq_tail);
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

bool ring_complete(struct ring *ring, struct ring_request *request, long result, bool at_once)
{
	bool kept = false;

	spin_lock(&ring->lock);
	if (likely(cq_free(ring))) {
		cqe_store(ring, request->user_data, result);
		cq_publish(ring);
	} else {
		request->result = (s32)result;
		list_push_back(&ring->overflow, &request->overflow);
		ring->overflowed++;
		ring->overflow_count++;
		overflow_flag(ring, true);
		kept = true;
	}
	waiters_wake(ring);
	chime(ring, at_once);
	spin_unlock(&ring->lock);
	return kept;
}

/* Lock held: fill the CQ from overflow. */
static void overflow_move(struct ring *ring)
{
	struct ring_request *request;

	while (!list_is_empty(&ring->overflow) && ring_ready(ring) + ring->cq_reserved < ring->cq_entries) {
		request = list_entry(list_pop_front(&ring->overflow), struct ring_request, overflow);
		ring->overflow_count--;
		cqe_store(ring, request->user_data, request->result);
		ring_request_free(request);
	}
	if (list_is_empty(&ring->overflow) && (load_relaxed(&ring->shared->sq_flags) & IORING_SQ_CQ_OVERFLOW))
		overflow_flag(ring, false);
	cq_publish(ring);
}

/* Lock held. */
static inline void batch_reserve(struct ring *ring, struct ring_batch *batch, u32 count)
{
	u32 room = min(min(count, (u32)RING_BATCH), cq_free(ring));

	batch->next = batch->answers;
	batch->end = batch->answers + room;
	ring->cq_reserved += room;
}

/* Lock held. No look at the head: the entries are ours, and a program that moves it backwards harms its own. */
static inline void batch_store(struct ring *ring, struct ring_batch *batch)
{
	const struct io_uring_cqe *answer = batch->answers, *next = batch->next;
	struct io_uring_cqe *cqes = ring->shared->cqes;
	u64 tail = ring->cq_tail, mask = (u64)ring->cq_entries - 1;

	ring->cq_reserved -= (u32)(batch->end - answer);
	if (answer == next)
		return;
	batch->news = true;
	ring->completed += (u64)(next - answer);
	for (; answer < next; answer++)
		cqes[tail++ & mask] = *answer;
	ring->cq_tail = (u32)tail;
	cq_publish(ring);
	waiters_wake(ring);
}

/* Lock held: has room come for what waits for it? */
static inline void overflow_look(struct ring *ring)
{
	if (likely(list_is_empty(&ring->overflow)))
		return;
	overflow_move(ring);
	waiters_wake(ring);
}

long ring_batch_begin(struct ring *ring, struct task *task, struct ring_batch *batch, u32 count)
{
	long err = 0;

	batch->news = false;
	spin_lock(&ring->lock);
	overflow_look(ring);
	if (unlikely(ring->submitter && ring->submitter != task))
		err = OP_NOT_NOW;
	else if (unlikely(ring->overflow_count >= OVERFLOW_MAX))
		err = -EBUSY;
	if (likely(!err)) {
		ring->submitter = task;
		batch_reserve(ring, batch, count);
	} else if (ring->submitter == task) {
		submitter_next(ring);
	}
	spin_unlock(&ring->lock);
	return err;
}

bool ring_batch_post(struct ring *ring, struct ring_batch *batch, u32 count)
{
	spin_lock(&ring->lock);
	batch_store(ring, batch);
	overflow_look(ring);
	batch_reserve(ring, batch, count);
	spin_unlock(&ring->lock);
	return !ring_batch_is_full(batch);
}

void ring_batch_end(struct ring *ring, struct ring_batch *batch)
{
	spin_lock(&ring->lock);
	batch_store(ring, batch);
	overflow_look(ring);
	submitter_next(ring);
	if (likely(batch->news))
		chime(ring, true);
	spin_unlock(&ring->lock);
}

void ring_flush(struct ring *ring)
{
	/* Read without the lock: a completion that is being put there just now is found by the next call, or by
	 * ring_wait before it sleeps. */
	if (likely(list_is_empty(&ring->overflow)))
		return;
	spin_lock(&ring->lock);
	overflow_look(ring);
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

bool ring_has_ready(struct ring *ring, u32 count)
{
	ring_flush(ring);
	/* without the lock: a completion that comes now only makes the answer more true */
	return ring_ready(ring) >= min(count, ring->cq_entries);
}

long ring_wait(struct co *caller, struct ring *ring, u32 count, u64 deadline)
{
	if (likely(ring_has_ready(ring, count)))
		return 0;
	count = min(count, ring->cq_entries);
	return CO_CALL(ring_wait, caller, .ring = ring, .count = count, .deadline = deadline);
}
