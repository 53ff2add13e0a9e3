/* op_timeout.c - TIMEOUT and its update: from an SQE to a timeout that is pending (timeout.h).
 *
 * Mostly the time can be read at once, and no task is made. Else, and when completions are counted, a task reads it,
 * and hands over to the timeout.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/ring/ops.h"
#include "kernel/ring/request.h"
#include "kernel/ring/step.h"
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

static inline bool sqe_is_right(const struct io_uring_sqe *sqe)
{
	u32 flags = sqe->timeout_flags;

	if (sqe->len != 1 || sqe->ioprio || sqe->buf_index || sqe->splice_fd_in || (flags & ~(u32)FLAGS_KNOWN) ||
	    sqe->off > UINT32_MAX)
		return false;
	return !(flags & IORING_TIMEOUT_BOOTTIME) || !(flags & IORING_TIMEOUT_REALTIME);
}

/* The usual: by the monotonic clock, and no completions to count. */
static inline bool sqe_is_plain_timeout(const struct io_uring_sqe *sqe)
{
	return !(sqe->ioprio || sqe->buf_index || sqe->splice_fd_in || sqe->off) && sqe->len == 1 &&
	       !(sqe->timeout_flags & ~(u32)IORING_TIMEOUT_ABS);
}

/* A timeout is small: only once for a page of them it is looked whether memory is scarce. */
static inline bool memory_was_seen(const struct ring *ring)
{
	return ring->timeouts_begun % (PAGE_SIZE / sizeof(struct ring_timeout));
}

/* The time stands in the page that the step sees. */
static inline long begin_now(struct ring_step *step, const struct io_uring_sqe *sqe)
{
	const u64 *words = ring_step_words(step, sqe->addr);
	struct ring *ring = step->ring;
	struct abi_timespec time;
	u64 deadline;
	long err;

	ring->timeouts_begun++;
	time = (struct abi_timespec){ (s64)load_relaxed(&words[0]), (s64)load_relaxed(&words[1]) };
	err = deadline_of(sqe->timeout_flags & IORING_TIMEOUT_ABS, &time, &deadline);
	return unlikely(err) ? err : timeout_start(ring, sqe->user_data, deadline);
}

/* What has to be looked at now and then. */
static __attribute__((noinline)) long begin_after_look(struct ring_step *step, const struct io_uring_sqe *sqe)
{
	if (!memory_was_seen(step->ring) && page_is_scarce())
		return OP_NOT_NOW;
	return ring_step_see(step, sqe->addr, sizeof(struct abi_timespec)) ? begin_now(step, sqe) : OP_NOT_NOW;
}

long timeout_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe)
{
	if (unlikely(!sqe_is_plain_timeout(sqe)))
		return OP_NOT_NOW;
	if (unlikely(!ring_step_sees(step, sqe->addr, sizeof(struct abi_timespec)) || !memory_was_seen(step->ring)))
		return begin_after_look(step, sqe);
	return begin_now(step, sqe);
}

/* REQUEST becomes a timeout in one step under the lock: a cancel finds the one or the other, and what it told the
 * request before is seen here. The ring may have been closed meanwhile. */
static long take_over(struct ring_request *request, u64 deadline, u64 target)
{
	struct ring_pending *pending = &request->pending;
	struct ring *ring = pending->ring;
	u64 user_data = pending->entry.user_data;
	long result;

	spin_lock(&ring->lock);
	if (ring->closed || load_relaxed(&request->request.task.cancel) != CANCEL_NONE) {
		result = -ECANCELED;
	} else {
		pending_leave(pending);
		result = target ? timeout_start_counted(ring, user_data, deadline, target)
				: timeout_start(ring, user_data, deadline);
	}
	spin_unlock(&ring->lock);
	return result;
}

struct op_timeout {
	struct co co;
	struct op *op;
	struct abi_timespec time;
	u64 target; /* 0: no completions are counted */
};

CO_STEP(op_timeout)
{
	CO_FRAME(op_timeout);
	u64 deadline;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->op->address, sizeof(f->time)));
	if (!err)
		err = deadline_of(f->op->flags, &f->time, &deadline);
	if (!err)
		err = take_over(ring_request_of(co), deadline, f->target);
	CO_RETURN(err == CO_PENDING ? OP_TAKEN_OVER : err == OP_NOT_NOW ? -ENOMEM : err);
	CO_END;
}

/* Completions count from the submission on, also while the time is being read. */
static u64 target_of(struct ring *ring, u64 count)
{
	u64 target;

	if (!count)
		return 0;
	spin_lock(&ring->lock);
	target = timeout_count(ring) + count;
	spin_unlock(&ring->lock);
	return target;
}

long op_timeout(struct co *caller, struct op *op)
{
	struct ring *ring = ring_request_of(caller)->pending.ring;

	return CO_CALL(op_timeout, caller, .op = op, .target = target_of(ring, op->offset));
}

long timeout_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (!sqe_is_right(sqe))
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
	u64 deadline;
};

CO_STEP(timeout_update)
{
	CO_FRAME(timeout_update);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->op->offset, sizeof(f->time)));
	if (!err)
		err = deadline_of(f->op->flags, &f->time, &f->deadline);
	while (!err) {
		err = timeout_move(ring_request_of(co)->pending.ring, f->op->address, f->deadline);
		if (err != OP_NOT_NOW)
			CO_RETURN(err);
		AWAIT(err, task_yield(co)); /* it begins as soon as its time has been read */
	}
	CO_RETURN(err);
	CO_END;
}

long op_timeout_update(struct co *caller, struct op *op)
{
	return CO_CALL(timeout_update, caller, .op = op);
}
