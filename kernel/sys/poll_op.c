/* poll_op.c - see poll_op.h. */
#include "kernel/sys/poll_op.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/io_uring.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/when_ready.h"

long op_poll_add(struct co *caller, struct op *op)
{
	struct file *file = descriptor_file(caller, op->fd);

	return file ? op_when_ready(caller, op, file) : -EBADF;
}

long poll_add_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	/* len has the flags: one event each time, and nothing to update, is all there is */
	if (sqe->len || sqe->off || sqe->addr || sqe->ioprio || sqe->buf_index)
		return -EINVAL;
	op->fd = sqe->fd;
	op->flags = sqe->poll32_events & 0xffff;
	return 0;
}
