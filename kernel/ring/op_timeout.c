/* op_timeout.c - a request that ends when a time has come, or a number of completions. */
#include "kernel/abi/errno.h"
#include "kernel/mm/user.h"
#include "kernel/ring/ops.h"
#include "kernel/ring/ring.h"
#include "kernel/sys/timespec.h"

enum { FLAGS_KNOWN = IORING_TIMEOUT_ABS | IORING_TIMEOUT_BOOTTIME | IORING_TIMEOUT_REALTIME |
		     IORING_TIMEOUT_ETIME_SUCCESS };

/* What ends the wait of a timeout that is given another time. */
enum { TIMEOUT_CHANGED = 1 };

struct op_timeout {
	struct co co;
	struct op *op;
	u64 deadline;
	u32 target; /* cq_tail that ends it, if op->offset is not 0 */
	struct abi_timespec time;
	struct wait_timer timer;
};

static u64 deadline_of(u32 flags, u64 ns)
{
	if (!(flags & IORING_TIMEOUT_ABS))
		return deadline_after(ns);
	return flags & IORING_TIMEOUT_REALTIME ? realtime_deadline(ns) : ns;
}

/* Lock held: have enough completions been posted since the start? */
static bool counted(const struct op_timeout *f, const struct ring *ring)
{
	return f->op->offset && (s32)(ring->cq_tail - f->target) >= 0;
}

static void count_begin(struct op_timeout *f, struct ring *ring)
{
	spin_lock(&ring->lock);
	f->target = ring->cq_tail + (u32)f->op->offset;
	ring->counted_timeouts++;
	spin_unlock(&ring->lock);
}

CO_STEP(op_timeout)
{
	CO_FRAME(op_timeout);
	struct ring *ring = ring_request_of(co)->ring;
	long err;
	u64 ns;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->op->address, sizeof(f->time)));
	if (err)
		CO_RETURN(err);
	if (!timespec_to_ns(&f->time, &ns))
		CO_RETURN(-EINVAL);
	f->deadline = deadline_of(f->op->flags, ns);
	if (f->op->offset)
		count_begin(f, ring);
	task_lend_timer(task_of(co), &f->timer);
	for (;;) {
		AWAIT_UNTIL_FULL(err, &ring->lock, &ring->timeouts, WAIT_INTERRUPTIBLE, f->deadline, counted(f, ring));
		if (err != TIMEOUT_CHANGED)
			break;
		f->deadline = f->op->address; /* written by timeout_update before it ended the wait */
		spin_unlock(&ring->lock);
	}
	if (f->op->offset)
		ring->counted_timeouts--;
	spin_unlock(&ring->lock);
	CO_RETURN(err);
	CO_END;
}

long op_timeout(struct co *caller, struct op *op)
{
	return CO_CALL(op_timeout, caller, .op = op);
}

long timeout_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (sqe->len != 1 || sqe->ioprio || sqe->buf_index || sqe->splice_fd_in ||
	    (sqe->timeout_flags & ~(u32)FLAGS_KNOWN) || sqe->off > UINT32_MAX)
		return -EINVAL;
	if ((sqe->timeout_flags & IORING_TIMEOUT_BOOTTIME) && (sqe->timeout_flags & IORING_TIMEOUT_REALTIME))
		return -EINVAL;
	op->address = sqe->addr;
	op->offset = sqe->off;
	op->flags = sqe->timeout_flags;
	return 0;
}

/* --- another time for a timeout that waits --- */

struct timeout_update {
	struct co co;
	struct op *op;
	struct abi_timespec time;
};

CO_STEP(timeout_update)
{
	CO_FRAME(timeout_update);
	struct ring_request *self = ring_request_of(co), *found;
	long err;
	u64 ns;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->op->offset, sizeof(f->time)));
	if (err)
		CO_RETURN(err);
	if (!timespec_to_ns(&f->time, &ns))
		CO_RETURN(-EINVAL);
	err = -ENOENT;
	spin_lock(&self->request.task.process->lock);
	found = ring_request_find(self, f->op->address, OP_TIMEOUT);
	if (found) {
		found->op.address = deadline_of(f->op->flags, ns);
		err = task_end_wait(&found->request.task, TIMEOUT_CHANGED) ? 0 : -EALREADY;
	}
	spin_unlock(&self->request.task.process->lock);
	CO_RETURN(err);
	CO_END;
}

long op_timeout_update(struct co *caller, struct op *op)
{
	return CO_CALL(timeout_update, caller, .op = op);
}
