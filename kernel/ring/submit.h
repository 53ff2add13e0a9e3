/* submit.h - the parts that a submission of many SQEs (submit.c) and one of a single SQE (single.c) have in common. */
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/ring/batch.h"
#include "kernel/ring/opcodes.h"
#include "kernel/ring/ring.h"
#include "kernel/ring/step.h"
#include "kernel/task/executor.h"

/* What a step of a submission works with, on the stack. */
struct submit_step {
	struct ring_step step;
	struct ring_request *spare;	   /* made for an SQE and not needed; NULL: none */
	bool memory_seen;		   /* it is not scarce */
	struct io_uring_sqe sqe;	   /* the one that is looked at: a copy */
	const struct operation *operation; /* its; NULL: there is none */
	struct ring_batch batch;
};

static inline void submit_step_init(struct submit_step *s, struct ring *ring, struct process *process)
{
	ring_step_init(&s->step, ring, process);
	s->spare = NULL;
	s->memory_seen = false;
}

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

/* Does OPERATION work on the ring itself, so that it can run under the ring's lock? */
static inline bool is_of_ring(const struct operation *operation, const struct io_uring_sqe *sqe)
{
	return operation->ring_now && likely(sqe_is_plain(sqe)) && !op_not_now();
}

/* Has a step with LEFT more SQEs to take done enough? A torture build stops all the time, also behind the last. */
#ifdef CO_TORTURE
static inline bool step_is_long(u32 left)
{
	return left % 3 == 0;
}
#else
static inline bool step_is_long(u32 left)
{
	return left && task_should_yield();
}
#endif

static inline void head_publish(struct ring *ring)
{
	struct sq sq = sq_of(ring);

	sq_publish(&sq, ring->sq_head);
}

/* With a request: to wait in, or to keep a completion for which the CQ has no room. REFUSED: the error that the SQE
 * is answered with; 0: the operation is run. 0, -EAGAIN: it was refused, and the batch may end here; -ENOMEM: not
 * begun. */
long submit_request(struct submit_step *s, u64 user_data, const struct operation *operation, const struct op *op,
		    long refused);
/* The submitter's step is over: ERR as of submit_some. */
long submit_end(struct submit_step *s, const struct ring_submission *submission, long err);
/* ring_submit_now for any number of SQEs. */
long submit_many(struct task *task, struct ring_submission *submission);
