/* single.c - a submission of one SQE, which is what most are.
 *
 *     lock, look -> SQE -> on the ring itself: ring_now, CQE, unlock                       no submitter, no batch
 *                       \> other: become the submitter, unlock -> now -> lock, CQE, unlock
 *                                                               \> it has to wait: as in submit.c
 *
 * What a batch asks once for many SQEs is asked here for one: so it is asked together, under one lock.
 */
#include "kernel/ring/submit.h"

#include "kernel/ring/cq.h"
#include "kernel/ring/request.h"

/* Take the lock, for an SQE that is there and an answer that has room: true. False: there is nothing to take, or
 * something is in the way, and the lock is not held. */
static inline bool single_begin(struct ring *ring)
{
	spin_lock(&ring->lock);
	/* acquire: as in sq_limit */
	if (likely(!ring->submitter && cq_has_free(ring) && load_acquire(&ring->shared->sq_tail) != ring->sq_head))
		return true;
	spin_unlock(&ring->lock);
	return false;
}

/* Lock held: the SQE is done with. */
static inline void single_taken(struct ring *ring)
{
	ring->sq_head++;
	head_publish(ring);
}

/* Lock held, and let go: it has come to RESULT. ENDED: to what else; NULL: nothing. */
static inline __attribute__((always_inline)) void single_answer(struct ring *ring, u64 user_data, long result,
								struct ring_pending *ended)
{
	single_taken(ring);
	cqe_store(ring, user_data, result);
	if (ended)
		cq_complete_ended(ring, ended, true);
	cq_publish(ring);
	waiters_wake(ring);
	chime(ring, !ended);
	spin_unlock(&ring->lock);
}

/* It is no SQE (OPERATION is NULL), it is refused, or it has to wait: what submit_some does then. */
static __attribute__((noinline)) long single_slow(struct task *task, struct ring_submission *submission, u64 user_data,
						  const struct operation *operation, const struct op *op, long refused)
{
	struct ring *ring = submission->ring;
	struct submit_step s;
	long err = 0;

	submit_step_init(&s, ring, task->process);
	ring_batch_one(ring, &s.batch);
	if (operation)
		err = submit_request(&s, user_data, operation, op, refused);
	else
		store_relaxed(&ring->shared->sq_dropped, load_relaxed(&ring->shared->sq_dropped) + 1);
	if (err != -ENOMEM) {
		ring->sq_head++;
		submission->left = 0;
		submission->done += !!operation;
	}
	if (!err && step_is_long(submission->left))
		err = OP_NOT_NOW;
	return submit_end(&s, submission, err);
}

/* An SQE that runs without the lock, which is held still: become the submitter, and reserve an entry of the CQ. */
static __attribute__((noinline)) long single_unlocked(struct task *task, struct ring_submission *submission,
						      const struct operation *operation, const struct io_uring_sqe *sqe)
{
	struct ring *ring = submission->ring;
	long refused, result = OP_NOT_NOW;
	struct op op;

	ring->submitter = task;
	ring->cq_reserved = 1; /* nobody but the submitter reserves: it was 0 */
	spin_unlock(&ring->lock);
	if (unlikely(!operation))
		return single_slow(task, submission, 0, NULL, NULL, 0);
	refused = sqe_check(operation, sqe, &op);
	if (likely(!refused && operation->now))
		result = operation->now(task->process, &op);
	if (unlikely(!op_answered(result)))
		return single_slow(task, submission, sqe->user_data, operation, &op, refused);
	spin_lock(&ring->lock);
	ring_flush_locked(ring); /* not into our entry */
	ring->cq_reserved = 0;
	submitter_next(ring);
	single_answer(ring, sqe->user_data, result, NULL);
	return submission->done + 1;
}

/* Lock held: an operation on the ring itself that has begun, or has to go another way. */
static __attribute__((noinline)) long single_other(struct task *task, struct ring_submission *submission,
						   const struct io_uring_sqe *sqe, long result)
{
	struct ring *ring = submission->ring;

	if (result != CO_PENDING)
		return single_unlocked(task, submission, ring_operations[sqe->opcode], sqe);
	single_taken(ring);
	spin_unlock(&ring->lock);
	return submission->done + 1;
}

long ring_submit_now(struct task *task, struct ring_submission *submission)
{
	struct ring *ring = submission->ring;
	const struct operation *operation = NULL;
	const struct sq sq = sq_of(ring);
	struct io_uring_sqe sqe;
	struct ring_step step;
	long result;

	if (submission->left != 1 || op_not_now() || unlikely(!single_begin(ring)))
		return submit_many(task, submission);
	if (likely(sqe_take(&sq, ring->sq_head, &sqe)))
		operation = ring_operations[sqe.opcode];
	if (unlikely(!operation || !is_of_ring(operation, &sqe)))
		return single_unlocked(task, submission, operation, &sqe);
	ring_step_init(&step, ring, task->process);
	result = operation->ring_now(&step, &sqe);
	if (unlikely(!op_answered(result) && !step.ended))
		return single_other(task, submission, &sqe, result);
	single_answer(ring, sqe.user_data, step.ended ? 0 : result, step.ended);
	return submission->done + 1;
}
