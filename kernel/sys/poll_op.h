/* poll_op.h - waiting for a file to become ready, as an operation of rings. */
#pragma once

#include "kernel/operation.h"

/* op->fd; op->flags: POLL_*. Suspends until one of them, POLL_ERR or POLL_HUP is there, and tells which; once. -EBADF;
 * -EINTR if it is cancelled. */
long op_poll_add(struct co *caller, struct op *op);

long poll_add_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
