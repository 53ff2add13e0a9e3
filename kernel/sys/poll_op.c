/* poll_op.c - see poll_op.h. */
#include "kernel/sys/poll_op.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/io_uring.h"
#include "kernel/fs/file.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/poll.h"

struct op_poll_add {
	struct co co;
	struct op *op;
	struct file *file;
	struct poll_set set;
	struct poll_watch watch;
	u32 ready;
};

CO_STEP(op_poll_add)
{
	CO_FRAME(op_poll_add);
	long err;

	CO_BEGIN;
	f->file = descriptor_file(co, f->op->fd);
	if (!f->file)
		CO_RETURN(-EBADF);
	poll_set_init(&f->set);
	err = 0;
	f->ready = poll_watch_enter(&f->watch, &f->set, f->file, f->op->flags);
	while (!f->ready && !err) {
		AWAIT(err, poll_set_wait(co, &f->set, TIME_NEVER));
		f->ready = poll_watch_look(&f->watch);
	}
	poll_watch_leave(&f->watch);
	file_put(f->file);
	CO_RETURN(f->ready ? (long)f->ready : err);
	CO_END;
}

long op_poll_add(struct co *caller, struct op *op)
{
	return CO_CALL(op_poll_add, caller, .op = op);
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
