/* submit.c - from SQEs to running operations.
 *
 *     SQ array -> index (checked) -> SQE, copied once -> struct op -> task
 *                                                          |   answered at once: CQE, the request serves the next SQE
 *                                                          +-- CO_PENDING: the request lives on; its end posts the CQE
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/ring/batch.h"
#include "kernel/ring/cq.h"
#include "kernel/ring/opcodes.h"
#include "kernel/ring/request.h"
#include "kernel/trace/trace.h"

static inline struct sq sq_of(const struct ring *ring)
{
	return (struct sq){ (u64)ring->sq_entries - 1, ring->shared, ring->sq_array, ring->sqes };
}

/* The errors of an SQE that no operation is asked about: its struct op, or -EINVAL. */
static inline long sqe_check(const struct operation *operation, const struct io_uring_sqe *sqe, struct op *op)
{
	if (unlikely(!sqe_is_plain(sqe)))
		return -EINVAL;
	return operation->from_sqe(op, sqe);
}

/* What a step of a submission works with, on the stack. */
struct submit_step {
	struct ring *ring;
	struct process *process;
	struct ring_request *spare; /* made for an SQE and not needed; NULL: none */
	bool memory_seen;	    /* it is not scarce */
	struct ring_batch batch;
};

/* NULL: no memory, or so little that it is kept for what has begun. That is looked at once in a step. */
static struct ring_request *request_for(struct submit_step *s, const struct operation *operation)
{
	struct ring_request *request = s->spare;

	s->spare = NULL;
	if (request)
		return request;
	if (!s->memory_seen && !operation->frees) {
		if (page_is_scarce())
			return NULL;
		s->memory_seen = true;
	}
	return request_new();
}

/* With a request: to wait in, or to keep a completion for which the CQ has no room. REFUSED: the error that the SQE
 * is answered with; 0: the operation is run. 0, -EAGAIN: it was refused, and the batch may end here; -ENOMEM: not
 * begun. */
static __attribute__((noinline)) long submit_request(struct submit_step *s, u64 user_data,
						     const struct operation *operation, const struct op *op,
						     long refused)
{
	struct ring_request *request = request_for(s, operation);
	long result = refused;

	if (!request)
		return -ENOMEM;
	/* What an operation sees of the CQ (a timeout counts completions) has all that came before it. */
	if (s->batch.next != s->batch.answers)
		ring_batch_post(s->ring, &s->batch, 0);
	request->pending.ring = s->ring;
	request->pending.entry.user_data = user_data;
	request->pending.kind = PENDING_OTHER;
	if (likely(!refused)) {
		request->op = *op;
		request->op.code = (u8)(operation - operations);
		request->op.file = NULL;
		result = request_run(request, operation, s->process);
	}
	if (result == OP_TAKEN_OVER || (result != CO_PENDING && !ring_complete(&request->pending, result, true)))
		s->spare = request;
	return refused ? -EAGAIN : 0;
}

/* The answer of an operation that needs no task: CO_PENDING, it completes by itself; OP_NOT_NOW, it does need one. */
static inline long answer_now(const struct operation *operation, struct process *process, struct ring *ring,
			      u64 user_data, struct op *op)
{
	if (likely(operation->now))
		return operation->now(process, op);
	return operation->ring_now && !op_not_now() ? operation->ring_now(process, ring, user_data, op) : OP_NOT_NOW;
}

/* Run one SQE to its first wait or its end; results as of submit_request. LEFT: SQEs to come, with this one. WATCHED
 * (traced, or the ring is restricted) is known when this is compiled: a NOP takes so few instructions that a question
 * for each would show. */
static inline __attribute__((always_inline)) long submit_one(struct submit_step *s, const struct io_uring_sqe *sqe,
							     u32 left, bool watched)
{
	const struct operation *operation = ring_operations[sqe->opcode];
	struct op op;
	long refused = sqe_check(operation, sqe, &op), result;

	if (watched) {
		trace_event(TRACE_SQE, sqe->user_data, operation->name);
		if ((s->ring->flags & RING_RESTRICTED) && !ring_allows(s->ring, sqe))
			refused = -EACCES;
	}
	if (unlikely(refused))
		return submit_request(s, sqe->user_data, operation, &op, refused);
	if (likely(!ring_batch_is_full(&s->batch)) || ring_batch_post(s->ring, &s->batch, left)) {
		result = answer_now(operation, s->process, s->ring, sqe->user_data, &op);
		if (likely(op_answered(result))) {
			ring_batch_add(&s->batch, sqe->user_data, result);
			return 0;
		}
		if (result == CO_PENDING)
			return 0;
	}
	return submit_request(s, sqe->user_data, operation, &op, 0);
}

/* SQEs between two looks at the clock: reading 4 KiB takes some 1 500 instructions. */
enum { YIELD_CHECK = 8 };

/* Has a step with LEFT more SQEs to take done enough? A torture build stops all the time, also behind the last. */
#ifdef CO_TORTURE
static inline bool step_is_long(u32 left)
{
	return left % 3 == 0;
}
#else
static inline bool step_is_long(u32 left)
{
	return left % YIELD_CHECK == 0 && left && task_should_yield();
}
#endif

/* Take SQEs and start them. 0, -ENOMEM, -EAGAIN: the batch ends with the last one, OP_NOT_NOW: the step was long. */
static inline __attribute__((always_inline)) long submit_some(struct submit_step *s, struct ring_submission *submission,
							      bool watched)
{
	struct ring *ring = s->ring;
	const struct sq sq = sq_of(ring);
	u32 left = submission->left, dropped = 0;
	u64 head = ring->sq_head;
	struct io_uring_sqe sqe;
	long err = 0;

	while (left && !err) {
		if (likely(sqe_take(&sq, head, &sqe))) {
			err = submit_one(s, &sqe, left, watched);
			if (unlikely(err == -ENOMEM))
				break;
		} else {
			dropped++;
			err = -EAGAIN;
		}
		head++;
		left--;
		if (unlikely(err) && (ring->flags & IORING_SETUP_SUBMIT_ALL))
			err = 0;
		if (!err && step_is_long(left))
			err = OP_NOT_NOW;
	}
	submission->done += submission->left - left - dropped;
	submission->left = left;
	ring->sq_head = (u32)head;
	if (unlikely(dropped))
		store_relaxed(&ring->shared->sq_dropped, load_relaxed(&ring->shared->sq_dropped) + dropped);
	return err;
}

static __attribute__((noinline, cold)) long submit_some_watched(struct submit_step *s,
								struct ring_submission *submission)
{
	return submit_some(s, submission, true);
}

static inline bool is_watched(const struct ring *ring)
{
	return unlikely(trace_is_on() || (ring->flags & RING_RESTRICTED));
}

static inline void head_publish(struct ring *ring)
{
	struct sq sq = sq_of(ring);

	sq_publish(&sq, ring->sq_head);
}

/* The submitter's step is over: ERR as of submit_some. */
static long submit_end(struct submit_step *s, const struct ring_submission *submission, long err)
{
	head_publish(s->ring);
	ring_batch_end(s->ring, &s->batch);
	if (unlikely(s->spare))
		request_free(s->spare);
	if (unlikely(err == OP_NOT_NOW))
		return OP_NOT_NOW;
	return submission->done ? (long)submission->done : err == -ENOMEM ? -EAGAIN : 0;
}

static __attribute__((noinline)) long submit_many(struct task *task, struct ring_submission *submission)
{
	const struct sq sq = sq_of(submission->ring);
	struct submit_step s;
	long err;

	s.ring = submission->ring;
	s.process = task->process;
	s.spare = NULL;
	s.memory_seen = false;
	err = ring_batch_begin(s.ring, task, &s.batch, submission->left);
	if (unlikely(err)) /* what a step before this one has taken counts more than why the rest is not */
		return err == -EBUSY && submission->done ? (long)submission->done : err;
	/* Never more than at the first look: a program may push the tail on for ever. Fewer if another took some. */
	submission->left = sq_limit(&sq, s.ring->sq_head, submission->left);
	err = is_watched(s.ring) ? submit_some_watched(&s, submission) : submit_some(&s, submission, false);
	return submit_end(&s, submission, err);
}

/* --- a submission of one SQE, which is what most are: no batch, and what is asked of the ring is asked at once --- */

/* Become the submitter, with an entry of the CQ reserved: true. False: there is nothing to take, or something is in the
 * way. */
static inline bool single_begin(struct ring *ring, struct task *task)
{
	bool begun = false;

	spin_lock(&ring->lock);
	/* acquire: as in sq_limit */
	if (likely(!ring->submitter && cq_has_free(ring) && load_acquire(&ring->shared->sq_tail) != ring->sq_head)) {
		ring->submitter = task;
		ring->cq_reserved = 1; /* nobody but the submitter reserves: it was 0 */
		begun = true;
	}
	spin_unlock(&ring->lock);
	return begun;
}

/* It was answered: post that into the reserved entry. */
static inline void single_end(struct ring *ring, u64 user_data, long result)
{
	ring->sq_head++;
	head_publish(ring);
	spin_lock(&ring->lock);
	ring->cq_reserved = 0;
	cqe_store(ring, user_data, result);
	cq_publish(ring);
	waiters_wake(ring);
	if (unlikely(ring->overflow_count))
		ring_flush_locked(ring);
	submitter_next(ring);
	chime(ring, true);
	spin_unlock(&ring->lock);
}

/* It has begun, and will complete by itself. */
static inline void single_end_pending(struct ring *ring)
{
	ring->sq_head++;
	head_publish(ring);
	spin_lock(&ring->lock);
	ring->cq_reserved = 0;
	if (unlikely(ring->overflow_count))
		ring_flush_locked(ring);
	submitter_next(ring);
	spin_unlock(&ring->lock);
}

/* It is no SQE (OPERATION is NULL), it is refused, or it has to wait: what submit_some does then. */
static __attribute__((noinline)) long single_slow(struct task *task, struct ring_submission *submission, u64 user_data,
						  const struct operation *operation, const struct op *op, long refused)
{
	struct ring *ring = submission->ring;
	struct submit_step s;
	long err = 0;

	s.ring = ring;
	s.process = task->process;
	s.spare = NULL;
	s.memory_seen = false;
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

long ring_submit_now(struct task *task, struct ring_submission *submission)
{
	struct ring *ring = submission->ring;
	const struct operation *operation;
	const struct sq sq = sq_of(ring);
	struct io_uring_sqe sqe;
	long refused, result;
	struct op op;

	if (submission->left != 1 || op_not_now() || unlikely(!single_begin(ring, task)))
		return submit_many(task, submission);
	if (unlikely(!sqe_take(&sq, ring->sq_head, &sqe)))
		return single_slow(task, submission, 0, NULL, NULL, 0);
	operation = ring_operations[sqe.opcode];
	refused = sqe_check(operation, &sqe, &op);
	if (unlikely(refused))
		return single_slow(task, submission, sqe.user_data, operation, &op, refused);
	result = answer_now(operation, task->process, ring, sqe.user_data, &op);
	if (likely(op_answered(result)))
		single_end(ring, sqe.user_data, result);
	else if (result == CO_PENDING)
		single_end_pending(ring);
	else
		return single_slow(task, submission, sqe.user_data, operation, &op, 0);
	submission->left = 0;
	return ++submission->done;
}

long ring_submit_seen(struct task *task, struct ring_submission *submission)
{
	return is_watched(submission->ring) ? submit_many(task, submission) : ring_submit_now(task, submission);
}

struct ring_submit {
	struct co co;
	struct ring_submission *submission;
};

CO_STEP(ring_submit)
{
	CO_FRAME(ring_submit);
	struct ring *ring = f->submission->ring;
	long result;

	CO_BEGIN;
	for (;;) {
		AWAIT_UNTIL_DISK(result, &ring->lock, &ring->submitters,
				 !ring->submitter || ring->submitter == task_of(co));
		ring->submitter = task_of(co);
		spin_unlock(&ring->lock);
		result = ring_submit_seen(task_of(co), f->submission);
		if (result != OP_NOT_NOW)
			CO_RETURN(result);
		AWAIT(result, task_yield(co));
	}
	CO_END;
}

long ring_submit(struct co *caller, struct ring_submission *submission)
{
	return CO_CALL(ring_submit, caller, .submission = submission);
}
