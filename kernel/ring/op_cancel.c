/* op_cancel.c - asking pending requests to end.
 *
 * A cancel ends an interruptible wait; a request that waits for a disk, or runs on another hart just now, only takes
 * note. Its result tells: 0 it will end with -ECANCELED, -EALREADY it ends as it would have.
 */
#include "kernel/abi/errno.h"
#include "kernel/ring/ops.h"
#include "kernel/ring/ring.h"

enum {
	SEVERAL = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY,
	FLAGS_KNOWN = SEVERAL | IORING_ASYNC_CANCEL_USERDATA,
};

/* What to look for. */
struct match {
	const struct ring_request *self;
	u64 user_data;
	u32 flags;  /* IORING_ASYNC_CANCEL_* */
	u32 opcode; /* enum op_code; OP_COUNT: any */
};

static bool matches(const struct match *match, const struct ring_request *request)
{
	if (request == match->self || request->ring != match->self->ring)
		return false;
	if (match->opcode != OP_COUNT && request->op.code != match->opcode)
		return false;
	return (match->flags & IORING_ASYNC_CANCEL_ANY) || request->user_data == match->user_data;
}

static long cancel_matching(const struct match *match)
{
	struct process *process = match->self->request.task.process;
	bool all = match->flags & SEVERAL, waited;
	struct request *request;
	long stopped = 0, running = 0;

	spin_lock(&process->lock);
	list_for_each (request, &process->requests, task.link) {
		if (!matches(match, container_of(request, struct ring_request, request)))
			continue;
		waited = load_acquire(&request->task.wait.state) == WAIT_INTERRUPTIBLE;
		task_cancel(&request->task, CANCEL_INTERRUPT);
		stopped += waited;
		running += !waited;
		if (!all)
			break;
	}
	spin_unlock(&process->lock);
	if (all)
		return stopped + running;
	return stopped ? 0 : running ? -EALREADY : -ENOENT;
}

static long cancel(struct co *caller, struct op *op, u32 opcode)
{
	struct match match = { ring_request_of(caller), op->address, op->flags, opcode };

	return cancel_matching(&match);
}

long op_async_cancel(struct co *caller, struct op *op)
{
	long err = op->flags & SEVERAL ? -ENOENT : timeout_cancel(ring_request_of(caller)->ring, op->address);

	return err == -ENOENT ? cancel(caller, op, OP_COUNT) : err;
}

long op_timeout_remove(struct co *caller, struct op *op)
{
	if (op->flags & IORING_TIMEOUT_UPDATE)
		return op_timeout_update(caller, op);
	return timeout_cancel(ring_request_of(caller)->ring, op->address);
}

long op_poll_remove(struct co *caller, struct op *op)
{
	return cancel(caller, op, OP_POLL_ADD);
}

long async_cancel_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (sqe->off || sqe->splice_fd_in || sqe->ioprio || sqe->buf_index || (sqe->cancel_flags & ~(u32)FLAGS_KNOWN))
		return -EINVAL;
	op->address = sqe->addr;
	op->flags = sqe->cancel_flags;
	return 0;
}

static long by_user_data(struct op *op, const struct io_uring_sqe *sqe)
{
	if (sqe->ioprio || sqe->buf_index || sqe->splice_fd_in || sqe->off || sqe->len || sqe->rw_flags)
		return -EINVAL; /* also: updates of what is pending */
	op->address = sqe->addr;
	op->flags = 0;
	return 0;
}

long timeout_remove_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (!(sqe->timeout_flags & IORING_TIMEOUT_UPDATE))
		return by_user_data(op, sqe);
	if (sqe->ioprio || sqe->buf_index || sqe->splice_fd_in || sqe->len ||
	    (sqe->timeout_flags & ~(u32)(IORING_TIMEOUT_UPDATE | IORING_TIMEOUT_ABS | IORING_TIMEOUT_REALTIME)))
		return -EINVAL;
	op->address = sqe->addr;
	op->offset = sqe->off; /* the new time */
	op->flags = sqe->timeout_flags;
	return 0;
}

long poll_remove_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	return by_user_data(op, sqe);
}
