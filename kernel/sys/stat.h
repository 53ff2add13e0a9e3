/* stat.h - statx, for both doors. */
#pragma once

#include "kernel/operation.h"

/* op->fd: directory; op->address: path; op->flags: AT_*; op->length: mask of STATX_*; op->offset: the caller's struct
 * statx. 0. */
long op_statx(struct co *caller, struct op *op);

long statx_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
