/* op_cancel.c - asking pending requests to end.
 *
 * A cancel ends an interruptible wait; a request that waits for a disk, or runs on another hart just now, only takes
 * note. Its result tells: 0 it will end with -ECANCELED, -EALREADY it ends as it would have. Who looks for one by its
 * user data finds it in an index, at once. Who wants all of them, or those of a file, goes through them.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/files.h"
#include "kernel/proc/process.h"
#include "kernel/ring/cq.h"
#include "kernel/ring/ops.h"
#include "kernel/ring/request.h"
#include "kernel/ring/step.h"
#include "kernel/ring/timeout.h"

enum {
	SEVERAL = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY,
	BY_WHAT = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_OP,
	FLAGS_KNOWN = SEVERAL | BY_WHAT | IORING_ASYNC_CANCEL_USERDATA,
};

/* --- what is checked of an SQE --- */

static inline bool async_cancel_sqe_is_right(const struct io_uring_sqe *sqe)
{
	u32 flags = sqe->cancel_flags;

	if (sqe->off || sqe->splice_fd_in || sqe->ioprio || sqe->buf_index || (flags & ~(u32)FLAGS_KNOWN))
		return false;
	return !(flags & IORING_ASYNC_CANCEL_ANY) || !(flags & BY_WHAT);
}

/* Removing by user data and nothing else: no update of what is pending. */
static inline bool remove_sqe_is_right(const struct io_uring_sqe *sqe)
{
	return !(sqe->ioprio || sqe->buf_index || sqe->splice_fd_in || sqe->off || sqe->len || sqe->rw_flags);
}

/* --- one, by its user data --- */

/* Of a kind from FIRST up to LAST. Lock held. */
static inline long cancel_one(struct ring *ring, u32 first, u32 last, u64 user_data, struct ring_pending **ended)
{
	long result = -ENOENT;

	for (u32 kind = first; kind <= last && result == -ENOENT; kind++)
		result = pending_cancel(ring, kind, user_data, ended);
	return result;
}

/* The same by a task, which holds no lock. */
static long cancel_one_locking(struct ring *ring, u32 first, u32 last, u64 user_data)
{
	struct ring_pending *ended = NULL;
	long result;

	spin_lock(&ring->lock);
	result = cancel_one(ring, first, last, user_data, &ended);
	if (result == OP_ENDED_ANOTHER) {
		result = 0;
		cq_complete_ended(ring, ended, false);
		cq_publish(ring);
		waiters_wake(ring);
		chime(ring, false);
	}
	spin_unlock(&ring->lock);
	return result;
}

long async_cancel_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe)
{
	if (sqe->cancel_flags & (SEVERAL | BY_WHAT) || !async_cancel_sqe_is_right(sqe))
		return OP_NOT_NOW;
	return cancel_one(step->ring, 0, PENDING_KINDS - 1, sqe->addr, &step->ended);
}

long timeout_remove_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe)
{
	if (!remove_sqe_is_right(sqe)) /* an update, too */
		return OP_NOT_NOW;
	return timeout_cancel(step->ring, sqe->addr, &step->ended);
}

long poll_remove_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe)
{
	return remove_sqe_is_right(sqe) ? pending_cancel(step->ring, PENDING_POLL, sqe->addr, &step->ended)
					: OP_NOT_NOW;
}

/* A cancel that has become a request itself: it does not find itself. */
static struct ring *step_aside(struct co *co)
{
	struct ring_pending *self = &ring_request_of(co)->pending;

	spin_lock(&self->ring->lock);
	pending_leave(self);
	spin_unlock(&self->ring->lock);
	return self->ring;
}

long op_timeout_remove(struct co *caller, struct op *op)
{
	if (op->flags & IORING_TIMEOUT_UPDATE)
		return op_timeout_update(caller, op);
	return cancel_one_locking(step_aside(caller), PENDING_TIMEOUT, PENDING_TIMEOUT, op->address);
}

long op_poll_remove(struct co *caller, struct op *op)
{
	return cancel_one_locking(step_aside(caller), PENDING_POLL, PENDING_POLL, op->address);
}

/* --- several, or by something else --- */

struct async_cancel {
	struct co co;
	struct op *op;
	struct ring *ring;
	struct file *file; /* referenced; NULL: any */
	u64 left;	   /* requests still to be looked at */
	u32 count;	   /* found */
	u32 kinds_done, bucket;
	s32 result; /* of the last one found */
};

static inline bool by_user_data(const struct async_cancel *f)
{
	if (f->op->flags & IORING_ASYNC_CANCEL_ANY)
		return false;
	return (f->op->flags & IORING_ASYNC_CANCEL_USERDATA) || !(f->op->flags & BY_WHAT);
}

static inline bool is_over(const struct async_cancel *f)
{
	return f->count && !(f->op->flags & SEVERAL);
}

/* RESULT of a cancel; false: there was nothing. */
static bool found(struct async_cancel *f, long result)
{
	if (result == -ENOENT)
		return false;
	f->count++;
	f->result = (s32)result;
	return true;
}

/* All with that user data, one at a time; timeouts last, since a request may become one. False: there are no more. */
static bool next_by_user_data(struct async_cancel *f)
{
	u32 kind = PENDING_KINDS - 1 - f->kinds_done;

	if (!found(f, cancel_one_locking(f->ring, kind, kind, f->op->address)))
		f->kinds_done++;
	return f->kinds_done < PENDING_KINDS;
}

static bool wants_timeouts(const struct async_cancel *f)
{
	return (f->op->flags & IORING_ASYNC_CANCEL_ANY) ||
	       (!f->file && f->op->mode == IORING_OP_TIMEOUT && !by_user_data(f));
}

/* Any timeout. False: there are no more. */
static bool next_timeout(struct async_cancel *f)
{
	struct ring_index *index = &f->ring->pending[PENDING_TIMEOUT];
	struct index_entry *entry;
	u64 user_data = 0;
	bool more;

	spin_lock(&f->ring->lock);
	entry = index_sweep(index, &f->bucket);
	if (entry)
		user_data = entry->user_data;
	more = f->bucket < index->size;
	spin_unlock(&f->ring->lock);
	if (entry)
		found(f, cancel_one_locking(f->ring, PENDING_TIMEOUT, PENDING_TIMEOUT, user_data));
	return more && !is_over(f);
}

/* Requests, as opposed to timeouts, which some of them have become. The ring's lock is held. */
static bool matches(const struct async_cancel *f, struct ring_request *request)
{
	if (request->pending.ring != f->ring || !request->pending.indexed)
		return false;
	if (f->file && load_relaxed(&request->op.file) != f->file)
		return false;
	if ((f->op->flags & IORING_ASYNC_CANCEL_OP) && operations[request->op.code].sqe_opcode != f->op->mode)
		return false;
	return !by_user_data(f) || request->pending.entry.user_data == f->op->address;
}

/* Look at a few requests, which then go to the end of the list: so every one has its turn, whatever comes and goes
 * meanwhile. False: all have been looked at. */
static bool scan_some(struct async_cancel *f)
{
	struct process *process = process_of(&f->co);
	struct ring_request *request;
	struct list *link;

	spin_lock(&f->ring->lock);
	spin_lock(&process->lock);
	for (u32 i = 0; i < 8 && f->left && !is_over(f); i++, f->left--) {
		link = list_pop_front(&process->requests);
		if (!link) {
			f->left = 0; /* they have been told to end with the process */
			break;
		}
		list_push_back(&process->requests, link);
		request = list_entry(link, struct ring_request, request.task.link);
		if (!matches(f, request) || load_relaxed(&request->request.task.cancel) != CANCEL_NONE)
			continue;
		found(f, load_acquire(&request->request.task.wait.state) == WAIT_INTERRUPTIBLE ? 0 : -EALREADY);
		task_cancel(&request->request.task, CANCEL_INTERRUPT);
	}
	spin_unlock(&process->lock);
	spin_unlock(&f->ring->lock);
	return f->left && !is_over(f);
}

CO_STEP(async_cancel)
{
	CO_FRAME(async_cancel);
	struct process *process = process_of(co);
	long err;

	CO_BEGIN;
	f->ring = step_aside(co);
	if (f->op->flags & IORING_ASYNC_CANCEL_FD) {
		f->file = files_get_open(process->files, f->op->fd);
		if (!f->file)
			CO_RETURN(-EBADF);
	}
	if (!(f->op->flags & (BY_WHAT | IORING_ASYNC_CANCEL_ANY))) {
		while (next_by_user_data(f))
			if (task_should_yield())
				AWAIT(err, task_yield(co));
		CO_RETURN(f->count);
	}
	/* one scan at a time: two would turn the list under each other */
	AWAIT(err, mutex_lock(co, &process->requests_scan));
	(void)err;
	f->left = load_relaxed(&process->request_count);
	while (scan_some(f))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	mutex_unlock(co, &process->requests_scan);
	/* they come last, since a request may have become one */
	if (wants_timeouts(f) && !is_over(f))
		while (next_timeout(f))
			if (task_should_yield())
				AWAIT(err, task_yield(co));
	if (f->file)
		file_put(f->file);
	CO_RETURN(f->op->flags & SEVERAL ? (long)f->count : f->count ? f->result : -ENOENT);
	CO_END;
}

long op_async_cancel(struct co *caller, struct op *op)
{
	if (!(op->flags & (SEVERAL | BY_WHAT)))
		return cancel_one_locking(step_aside(caller), 0, PENDING_KINDS - 1, op->address);
	return CO_CALL(async_cancel, caller, .op = op);
}

/* --- from an SQE --- */

long async_cancel_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (!async_cancel_sqe_is_right(sqe))
		return -EINVAL;
	op->address = sqe->addr;
	op->fd = sqe->fd;
	op->mode = sqe->len; /* the opcode */
	op->flags = sqe->cancel_flags;
	return 0;
}

static long user_data_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (!remove_sqe_is_right(sqe))
		return -EINVAL;
	op->address = sqe->addr;
	op->flags = 0;
	return 0;
}

long timeout_remove_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (!(sqe->timeout_flags & IORING_TIMEOUT_UPDATE))
		return user_data_from_sqe(op, sqe);
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
	return user_data_from_sqe(op, sqe);
}
