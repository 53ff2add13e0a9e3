/* rw.h - reading and writing, for both doors. */
#pragma once

#include "kernel/operation.h"

/* op->fd; op->address, op->length: the buffer, or the array of struct iovec and its count; op->offset: position or
 * OP_CURRENT_POSITION; op->flags: RW_*. Bytes moved. */
long op_read(struct co *caller, struct op *op);
long op_write(struct co *caller, struct op *op);

enum {
	RW_WRITE = 1 << 0,
	RW_VECTOR = 1 << 1,
	RW_AT = 1 << 2, /* the position was given by a call that is an error on streams (pread) */
};

long read_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long write_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long readv_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long writev_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
