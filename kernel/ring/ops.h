/* ops.h - operations that only rings have: nop, timeouts, cancelling. */
#pragma once

#include "kernel/operation.h"

/* Nothing: 0. */
long op_nop(struct co *caller, struct op *op);
long nop_from_sqe(struct op *op, const struct io_uring_sqe *sqe);

/* op->address: timespec; op->offset: completions to wait for, 0: only the time; op->flags: IORING_TIMEOUT_*.
 * -ETIME when the time is over, 0 when the completions have come. */
long op_timeout(struct co *caller, struct op *op);
long timeout_from_sqe(struct op *op, const struct io_uring_sqe *sqe);

/* Cancel requests of the same ring (op->flags: IORING_ASYNC_CANCEL_*) by user_data (op->address), file (op->fd), opcode
 * (op->mode). One: 0, -ENOENT: there is none, -EALREADY: it cannot be stopped any more. Several: how many. */
long op_async_cancel(struct co *caller, struct op *op);
long async_cancel_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
/* The same, for requests of one operation. */
long op_timeout_remove(struct co *caller, struct op *op);
/* op->address: user_data; op->offset: the new timespec. */
long op_timeout_update(struct co *caller, struct op *op);
long timeout_remove_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long op_poll_remove(struct co *caller, struct op *op);
long poll_remove_from_sqe(struct op *op, const struct io_uring_sqe *sqe);

/* Those of them that need no task (struct operation: ring_now). */
long nop_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe);
long timeout_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe);
long async_cancel_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe);
long timeout_remove_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe);
long poll_remove_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe);
