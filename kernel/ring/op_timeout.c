/* op_timeout.c - TIMEOUT and its update: from an SQE to a timeout that is pending (timeout.h).
 *
 * Mostly the time can be read at once, and no task is made. Else, and when completions are counted, a task reads it,
 * and hands over to the timeout.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/user.h"
#include "kernel/proc/process.h"
#include "kernel/ring/ops.h"
#include "kernel/ring/request.h"
#include "kernel/ring/timeout.h"
#include "kernel/task/timespec.h"

enum {
	FLAGS_KNOWN = IORING_TIMEOUT_ABS | IORING_TIMEOUT_BOOTTIME | IORING_TIMEOUT_REALTIME |
		      IORING_TIMEOUT_ETIME_SUCCESS
};

/* 0 and the time at which TIME is over; or -EINVAL. */
static inline long deadline_of(u32 flags, const struct abi_timespec *time, u64 *deadline)
{
	u64 ns;

	if (unlikely(!timespec_to_ns(time, &ns)))
		return -EINVAL;
	if (!(flags & IORING_TIMEOUT_ABS))
		ns = deadline_after(ns);
	else if (flags & IORING_TIMEOUT_REALTIME)
		ns = realtime_deadline(ns);
	*deadline = ns;
	return 0;
}

/* A timeout is small: every few of them it is looked whether memory is scarce. RING's submitter calls. */
static inline bool memory_is_scarce(struct ring *ring)
{
	return ring->timeouts_begun++ % 16 == 0 && page_is_scarce();
}

long timeout_ring_now(struct process *process, struct ring *ring, u64 user_data, struct op *op)
{
	const u64 *words = NULL;
	struct abi_timespec time;
	u64 deadline;
	long err;

	if (likely(!op->offset && op->address % sizeof(u64) == 0))
		words = user_span(process->space, op->address, sizeof(time), false);
	if (unlikely(!words || memory_is_scarce(ring)))
		return OP_NOT_NOW;
	time = (struct abi_timespec){ (s64)load_relaxed(&words[0]), (s64)load_relaxed(&words[1]) };
	err = deadline_of(op->flags, &time, &deadline);
	if (likely(!err))
		err = timeout_start(ring, user_data, deadline, 0);
	if (unlikely(err))
		return err == -ENOMEM ? OP_NOT_NOW : err;
	return CO_PENDING;
}

struct op_timeout {
	struct co co;
	struct op *op;
	struct abi_timespec time;
};

CO_STEP(op_timeout)
{
	CO_FRAME(op_timeout);
	struct ring_request *request;
	u64 deadline;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->op->address, sizeof(f->time)));
	if (!err)
		err = deadline_of(f->op->flags, &f->time, &deadline);
	if (!err && load_relaxed(&task_of(co)->cancel) != CANCEL_NONE)
		err = -EINTR;
	if (!err) {
		request = ring_request_of(co);
		err = timeout_start(request->pending.ring, request->pending.entry.user_data, deadline,
				    (u32)f->op->offset);
	}
	CO_RETURN(err ? err : OP_TAKEN_OVER);
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
	u64 deadline;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->op->offset, sizeof(f->time)));
	if (!err)
		err = deadline_of(f->op->flags, &f->time, &deadline);
	if (!err)
		err = timeout_move(ring_request_of(co)->pending.ring, f->op->address, deadline);
	CO_RETURN(err);
	CO_END;
}

long op_timeout_update(struct co *caller, struct op *op)
{
	return CO_CALL(timeout_update, caller, .op = op);
}
