/* rw.h - reading and writing, for both doors. */
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/hart/context.h"
#include "kernel/space/space.h"
#include "kernel/operation.h"

/* op->fd; op->address, op->length: the buffer, or the array of struct iovec and its count; op->offset: position or
 * OP_CURRENT_POSITION; op->flags: RW_*. Bytes moved. */
long op_read(struct co *caller, struct op *op);
long op_write(struct co *caller, struct op *op);

/* The same, not of a vector, with FILE for op->fd: takes over the caller's reference. */
long rw_file(struct co *caller, struct op *op, struct file *file);

/* op_read and op_write, if nothing has to be waited for: not of a vector. */
long op_read_now(struct process *process, struct op *op);
long op_write_now(struct process *process, struct op *op);

/* RLIMIT_FSIZE, for *BYTES to be written to FILE at AT: *BYTES becomes less, or -EFBIG, and the process has its signal.
 */
long rw_limit(struct process *process, struct file *file, u64 at, u64 *bytes);

enum {
	RW_WRITE = 1 << 0,
	RW_VECTOR = 1 << 1,
	RW_AT = 1 << 2,	    /* the position was given by a call that is an error on streams (pread) */
	RW_NOWAIT = 1 << 3, /* -EAGAIN instead of waiting */
};

#define RW_BYTES_MAX 0x7ffff000ul /* Linux's limit of one transfer */

static inline bool rw_range_is_user(u64 address, u64 bytes)
{
	return address <= USER_MAX && bytes <= USER_MAX - address;
}

/* From registers: fd, buffer, length, position. 0 or -EINVAL. */
static inline long rw_prepare(struct op *op, const u64 *args, u32 flags)
{
	op->fd = (s32)args[0];
	op->address = args[1];
	op->length = args[2];
	op->flags = flags;
	op->offset = OP_CURRENT_POSITION;
	if (flags & RW_AT)
		op->offset = args[3];
	return (flags & RW_AT) && (s64)op->offset < 0 ? -EINVAL : 0;
}

/* What preadv2's and an SQE's RWF_* mean: bits of op->flags, or -EOPNOTSUPP. */
long rw_flags_of(u32 rwf);

long read_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long write_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long readv_from_sqe(struct op *op, const struct io_uring_sqe *sqe);
long writev_from_sqe(struct op *op, const struct io_uring_sqe *sqe);

/* The fast door. */
fast_call fast_read, fast_pread, fast_write;
