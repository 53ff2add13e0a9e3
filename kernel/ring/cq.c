/* cq.c - posting completions.
 *
 *     shared CQ      [ taken | ready ..... | free ]         head: the program's; tail: ours, told by a release store
 *     overflow       request -> request -> ...              only while the CQ is full, or the issuer is elsewhere and
 *                                                           wants to be there (DEFER_TASKRUN); keeps the order
 */
#include "kernel/ring/batch.h"
#include "kernel/ring/cq.h"
#include "kernel/ring/step.h"

#include "kernel/abi/errno.h"
#include "kernel/ring/completions.h"
#include "kernel/trace/trace.h"

void ring_flag(struct ring *ring, u32 flag, bool on)
{
	if (on)
		atomic_or(&ring->shared->sq_flags, flag);
	else
		atomic_and(&ring->shared->sq_flags, ~flag);
}

/* Lock held: the program shall know that something waits for it. */
static void held_tell(struct ring *ring)
{
	if (!(ring->flags & IORING_SETUP_DEFER_TASKRUN))
		ring_flag(ring, IORING_SQ_CQ_OVERFLOW, true);
	else if (ring->flags & IORING_SETUP_TASKRUN_FLAG)
		ring_flag(ring, IORING_SQ_TASKRUN, true);
}

void overflow_keep(struct ring *ring, struct ring_pending *pending, long result)
{
	pending->result = (s32)result;
	list_push_back(&ring->overflow, &pending->entry.same);
	ring->overflow_count++;
	held_tell(ring);
}

bool ring_complete(struct ring_pending *pending, long result, bool at_once)
{
	struct ring *ring = pending->ring;
	bool posted;

	spin_lock(&ring->lock);
	posted = cq_post(ring, pending, result, at_once);
	spin_unlock(&ring->lock);
	return !posted;
}

/* Lock held: fill the CQ from overflow. */
static void overflow_move(struct ring *ring)
{
	struct ring_pending *pending;

	while (!list_is_empty(&ring->overflow) && ring_ready(ring) + ring->cq_reserved < ring->cq_entries) {
		pending = list_entry(list_pop_front(&ring->overflow), struct ring_pending, entry.same);
		ring->overflow_count--;
		trace_event(TRACE_CQE, pending->entry.user_data, NULL);
		cqe_store(ring, pending->entry.user_data, pending->result);
		pending_free(pending);
	}
	ring_flag(ring, IORING_SQ_TASKRUN, false);
	ring_flag(ring, IORING_SQ_CQ_OVERFLOW, !list_is_empty(&ring->overflow));
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

static __attribute__((cold)) void batch_trace(const struct ring_batch *batch)
{
	for (const struct io_uring_cqe *answer = batch->answers; answer < batch->next; answer++)
		trace_event(TRACE_CQE, answer->user_data, NULL);
}

/* Lock held. No look at the head: the entries are ours, and a program that moves it backwards harms its own. */
static inline void batch_store(struct ring *ring, struct ring_batch *batch)
{
	const struct io_uring_cqe *answer = batch->answers, *next = batch->next;
	struct io_uring_cqe *cqes = ring->shared->cqes;
	u64 mask = (u64)ring->cq_entries - 1;

	ring->cq_reserved -= (u32)(batch->end - answer);
	if (answer == next)
		return;
	batch->news = true;
	if (trace_is_on())
		batch_trace(batch);
	for (; answer < next; answer++)
		cqes[ring->cq_tail++ & mask] = *answer;
	cq_publish(ring);
	waiters_wake(ring);
}

void ring_flush_locked(struct ring *ring)
{
	if (likely(!ring->overflow_count))
		return;
	overflow_move(ring);
	waiters_wake(ring);
}

static inline void batch_init(struct ring_batch *batch)
{
	batch->news = false;
	batch->next = batch->end = batch->answers;
}

long ring_batch_begin(struct ring *ring, struct task *task, struct ring_batch *batch)
{
	long err = 0;

	batch_init(batch);
	spin_lock(&ring->lock);
	ring_flush_locked(ring);
	if (unlikely(ring->submitter && ring->submitter != task))
		err = OP_NOT_NOW;
	else if (unlikely(ring->overflow_count >= OVERFLOW_MAX))
		err = -EBUSY;
	if (likely(!err))
		ring->submitter = task;
	else if (ring->submitter == task)
		submitter_next(ring);
	spin_unlock(&ring->lock);
	return err;
}

void ring_batch_one(struct ring *ring, struct ring_batch *batch)
{
	batch_init(batch);
	spin_lock(&ring->lock);
	ring->cq_reserved--;
	ring_flush_locked(ring);
	spin_unlock(&ring->lock);
}

bool ring_batch_post(struct ring *ring, struct ring_batch *batch, u32 count)
{
	spin_lock(&ring->lock);
	batch_store(ring, batch);
	ring_flush_locked(ring);
	batch_reserve(ring, batch, count);
	spin_unlock(&ring->lock);
	return !ring_batch_is_full(batch);
}

void ring_batch_end(struct ring *ring, struct ring_batch *batch)
{
	spin_lock(&ring->lock);
	batch_store(ring, batch);
	ring_flush_locked(ring);
	submitter_next(ring);
	if (likely(batch->news))
		chime(ring, true);
	spin_unlock(&ring->lock);
}

/* Lock held. */
static __attribute__((noinline)) void batch_empty(struct ring *ring, struct ring_batch *batch)
{
	batch_store(ring, batch);
	batch_reserve(ring, batch, 0);
	ring_flush_locked(ring);
}

u32 ring_run_begin(struct ring *ring, struct ring_batch *batch)
{
	u32 room;

	spin_lock(&ring->lock);
	if (unlikely(batch->end != batch->answers || ring->overflow_count))
		batch_empty(ring, batch);
	room = min((u32)RING_RUN, cq_free(ring));
	if (unlikely(!room))
		spin_unlock(&ring->lock);
	return room;
}

void ring_run_end(struct ring_step *step, struct ring_batch *batch, u64 tail)
{
	struct ring *ring = step->ring;

	if (likely(ring->cq_tail != tail)) {
		ring->cq_tail = tail;
		batch->news = true;
	}
	if (unlikely(step->ended)) {
		cq_complete_ended(ring, step->ended, true);
		step->ended = NULL;
		chime(ring, false);
	}
	cq_publish(ring);
	waiters_wake(ring);
	spin_unlock(&ring->lock);
}

bool ring_has_ready_overflowed(struct ring *ring, u32 count)
{
	spin_lock(&ring->lock);
	ring_flush_locked(ring);
	spin_unlock(&ring->lock);
	return ring_has_count(ring, count);
}

struct ring_wait {
	struct co co;
	struct ring *ring;
	u32 count;
	u64 deadline;
	u64 timeouts; /* that had ended before: one more ends the wait */
};

/* Lock held: are there COUNT completions, or has a timeout ended? If not, when to look again. Nobody sleeps while
 * completions are in overflow and the CQ has room: later ones would queue up behind them, and wake no one. */
static bool enough(const struct ring_wait *f)
{
	struct ring *ring = f->ring;
	u32 ready, at;

	ring_flush_locked(ring); /* also ends timeouts that count completions */
	ready = ring_ready(ring);
	if (ready >= f->count || ring->timeouts_ended != f->timeouts)
		return true;
	at = (u32)ring->cq_tail + (f->count - ready);
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
	AWAIT_UNTIL_FULL(err, &f->ring->lock, &f->ring->cq_waiters, WAIT_INTERRUPTIBLE, f->deadline, enough(f));
	/* others may wait for more than we did: let them compute their mark again */
	wait_wake_all(&f->ring->cq_waiters);
	spin_unlock(&f->ring->lock);
	CO_RETURN(err);
	CO_END;
}

long ring_wait(struct co *caller, struct ring *ring, u32 count, u64 deadline)
{
	if (likely(ring_has_ready(ring, count)))
		return 0;
	count = min(count, ring->cq_entries);
	return CO_CALL(ring_wait, caller, .ring = ring, .count = count, .deadline = deadline,
		       .timeouts = load_relaxed(&ring->timeouts_ended));
}
