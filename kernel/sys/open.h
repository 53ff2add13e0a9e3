/* open.h - opening, closing and flushing files, for both doors. */
#pragma once

#include "kernel/operation.h"

/* op->fd: directory; op->address: path; op->flags: O_*; op->mode; op->length: further flags of path_walk. The new
 * descriptor. */
long op_openat(struct co *caller, struct op *op);
/* The flags that mean something together with FLAGS. */
u32 open_known_flags(u32 flags);
/* op->fd. 0 or -EBADF. */
long op_close(struct co *caller, struct op *op);
/* op->fd; op->flags: 1: data only. */
long op_fsync(struct co *caller, struct op *op);

long openat_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long close_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long fsync_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
