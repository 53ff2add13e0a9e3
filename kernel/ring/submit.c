/* submit.c - from SQEs to running operations.
 *
 *     SQ array -> index (checked) -> SQE, copied once -> struct op -> task
 *                                                          |   answered at once: CQE, the request serves the next SQE
 *                                                          +-- CO_PENDING: the request lives on; its end posts the CQE
 */
#include "kernel/ring/submit.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/ring/cq.h"
#include "kernel/ring/request.h"
#include "kernel/trace/trace.h"

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

long submit_request(struct submit_step *s, u64 user_data, const struct operation *operation, const struct op *op,
		    long refused)
{
	struct ring_request *request = request_for(s, operation);
	struct ring *ring = s->step.ring;
	const struct sq sq = sq_of(ring);
	long result = refused;

	if (!request)
		return -ENOMEM;
	sq_publish(&sq, ring->sq_head + 1); /* who sees the completion finds its SQE taken */
	/* What an operation sees of the CQ (a timeout counts completions) has all that came before it. */
	if (s->batch.next != s->batch.answers)
		ring_batch_post(ring, &s->batch, 0);
	s->step.page = NO_PAGE; /* it may change what is mapped where */
	request->pending.ring = ring;
	request->pending.entry.user_data = user_data;
	request->pending.kind = PENDING_OTHER;
	if (likely(!refused)) {
		request->op = *op;
		request->op.code = (u8)(operation - operations);
		request->op.file = NULL;
		result = request_run(request, operation, s->step.process);
	}
	if (result == OP_TAKEN_OVER || (result != CO_PENDING && !ring_complete(&request->pending, result, true)))
		s->spare = request;
	return refused ? -EAGAIN : 0;
}

/* Does what the ring was restricted to have s->sqe in it? */
static bool is_allowed(const struct submit_step *s)
{
	const struct ring *ring = s->step.ring;

	return !(ring->flags & RING_RESTRICTED) || ring_allows(ring, &s->sqe);
}

/* Run the SQE in s->sqe to its first wait or its end, without the lock; results as of submit_request. LEFT: SQEs to
 * come, with this one. */
static inline __attribute__((always_inline)) long submit_one(struct submit_step *s, u32 left, bool watched)
{
	u64 user_data = s->sqe.user_data;
	struct op op;
	long refused = sqe_check(s->operation, &s->sqe, &op), result;

	if (watched && !is_allowed(s))
		refused = -EACCES;
	if (unlikely(refused))
		return submit_request(s, user_data, s->operation, &op, refused);
	if (likely(s->operation->now &&
		   (!ring_batch_is_full(&s->batch) || ring_batch_post(s->step.ring, &s->batch, left)))) {
		result = s->operation->now(s->step.process, &op);
		if (likely(op_answered(result))) {
			ring_batch_add(&s->batch, user_data, result);
			return 0;
		}
	}
	return submit_request(s, user_data, s->operation, &op, 0);
}

/* Copy the SQE at HEAD: true, it works on the ring itself. False: it does not, or it is none (s->operation is NULL). */
static inline __attribute__((always_inline)) bool submit_take(struct submit_step *s, const struct sq *sq, u64 head,
							      bool watched)
{
	if (unlikely(!sqe_take(sq, head, &s->sqe))) {
		s->operation = NULL;
		return false;
	}
	s->operation = ring_operations[s->sqe.opcode];
	if (watched)
		trace_event(TRACE_SQE, s->sqe.user_data, s->operation->name);
	return is_of_ring(s->operation, &s->sqe) && (!watched || is_allowed(s));
}

/* A run (step.h), from the SQE that was taken at HEAD on, of at most LEFT: where the head is then. *TAKEN: what stands
 * there was copied, and runs without the lock. */
static inline __attribute__((always_inline)) u64 submit_run(struct submit_step *s, const struct sq *sq, u64 head,
							    u32 left, bool *taken, bool watched)
{
	struct ring *ring = s->step.ring;
	struct io_uring_cqe *const cqes = ring->shared->cqes;
	const u64 mask = (u64)ring->cq_entries - 1;
	u64 end = head + min(left, ring_run_begin(ring, &s->batch)), tail = ring->cq_tail;
	long result;

	*taken = true;
	if (unlikely(head == end))
		return head;
	do {
		result = s->operation->ring_now(&s->step, &s->sqe);
		if (likely(op_answered(result))) {
			if (watched)
				trace_event(TRACE_CQE, s->sqe.user_data, NULL);
			cqes[tail++ & mask] = (struct io_uring_cqe){ .user_data = s->sqe.user_data,
								     .res = (s32)result };
		} else if (result != CO_PENDING) {
			if (unlikely(result != OP_ENDED_ANOTHER))
				break;
			cqes[tail++ & mask] = (struct io_uring_cqe){ .user_data = s->sqe.user_data };
			end = head + 1;
		}
	} while (++head != end && submit_take(s, sq, head, watched));
	*taken = head != end;
	sq_publish(sq, (u32)head); /* who sees a completion finds its SQE taken */
	ring_run_end(&s->step, &s->batch, tail);
	return head;
}

/* SQEs between two looks at the clock that are not in a run: reading 4 KiB takes some 1 500 instructions. */
enum { YIELD_CHECK = 8 };

/* Take SQEs and start them. 0, -ENOMEM, -EAGAIN: the batch ends with the last one, OP_NOT_NOW: the step was long.
 * WATCHED (traced, or the ring is restricted) is known when this is compiled: a NOP takes so few instructions that a
 * question for each would show. */
static inline __attribute__((always_inline)) long submit_some(struct submit_step *s, struct ring_submission *submission,
							      bool watched)
{
	struct ring *ring = s->step.ring;
	const struct sq sq = sq_of(ring);
	u64 head = ring->sq_head, end = head + submission->left;
	u32 dropped = 0;
	bool taken;
	long err = 0;

	while (head != end && !err) {
		if (likely(submit_take(s, &sq, head, watched))) {
			head = submit_run(s, &sq, head, (u32)(end - head), &taken, watched);
			if (likely(!taken)) {
				err = step_is_long((u32)(end - head)) ? OP_NOT_NOW : 0;
				continue;
			}
		}
		err = -EAGAIN;
		ring->sq_head = (u32)head; /* where submit_request finds it */
		if (likely(s->operation))
			err = submit_one(s, (u32)(end - head), watched);
		else
			dropped++;
		if (unlikely(err == -ENOMEM))
			break;
		head++;
		if (unlikely(err) && (ring->flags & IORING_SETUP_SUBMIT_ALL))
			err = 0;
		if (!err && (end - head) % YIELD_CHECK == 0 && step_is_long((u32)(end - head)))
			err = OP_NOT_NOW;
	}
	submission->done += submission->left - (u32)(end - head) - dropped;
	submission->left = (u32)(end - head);
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

long submit_end(struct submit_step *s, const struct ring_submission *submission, long err)
{
	head_publish(s->step.ring);
	ring_batch_end(s->step.ring, &s->batch);
	if (unlikely(s->spare))
		request_free(s->spare);
	if (unlikely(err == OP_NOT_NOW))
		return OP_NOT_NOW;
	return submission->done ? (long)submission->done : err == -ENOMEM ? -EAGAIN : 0;
}

long submit_many(struct task *task, struct ring_submission *submission)
{
	struct ring *ring = submission->ring;
	const struct sq sq = sq_of(ring);
	struct submit_step s;
	long err;

	submit_step_init(&s, ring, task->process);
	err = ring_batch_begin(ring, task, &s.batch);
	if (unlikely(err)) /* what a step before this one has taken counts more than why the rest is not */
		return err == -EBUSY && submission->done ? (long)submission->done : err;
	/* Never more than at the first look: a program may push the tail on for ever. Fewer if another took some. */
	submission->left = sq_limit(&sq, ring->sq_head, submission->left);
	err = is_watched(ring) ? submit_some_watched(&s, submission) : submit_some(&s, submission, false);
	return submit_end(&s, submission, err);
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
