/* async-io.c - requests: an SQE that carries the task's address, and the CQE's result as the await's answer. */
#include "user/lib/async-task.h"

#include <errno.h>

struct io_uring_sqe *async_sqe_get(struct async *async)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&async->ring);

	if (sqe)
		return sqe;
	io_uring_submit(&async->ring); /* the queue is full: the kernel copies what is in it */
	return io_uring_get_sqe(&async->ring);
}

struct io_uring_sqe *async_sqe(struct co *caller)
{
	return async_sqe_get(async_task_of(caller)->async);
}

long async_request(struct co *caller, struct io_uring_sqe *sqe, bool shielded)
{
	struct async_task *task = async_task_of(caller);

	if (!sqe)
		return -EBUSY;
	if (task->cancelled && !shielded) {
		io_uring_prep_nop(sqe); /* it has been handed out: it goes its way, and does nothing */
		io_uring_sqe_set_data64(sqe, ASYNC_NOBODY);
		return -ECANCELED;
	}
	io_uring_sqe_set_data64(sqe, (u64)task);
	task->shielded = shielded;
	return async_park(caller, ASYNC_RING);
}

long async_read(struct co *caller, int fd, void *buffer, unsigned bytes, u64 offset)
{
	struct io_uring_sqe *sqe = async_sqe(caller);

	if (sqe)
		io_uring_prep_read(sqe, fd, buffer, bytes, offset);
	return async_request(caller, sqe, false);
}

long async_write(struct co *caller, int fd, const void *buffer, unsigned bytes, u64 offset)
{
	struct io_uring_sqe *sqe = async_sqe(caller);

	if (sqe)
		io_uring_prep_write(sqe, fd, buffer, bytes, offset);
	return async_request(caller, sqe, false);
}

long async_openat(struct co *caller, int directory, const char *path, int flags, mode_t mode)
{
	struct io_uring_sqe *sqe = async_sqe(caller);

	if (sqe)
		io_uring_prep_openat(sqe, directory, path, flags, mode);
	return async_request(caller, sqe, false);
}

long async_close(struct co *caller, int fd)
{
	struct io_uring_sqe *sqe = async_sqe(caller);

	if (sqe)
		io_uring_prep_close(sqe, fd);
	return async_request(caller, sqe, true);
}

long async_poll(struct co *caller, int fd, unsigned events)
{
	struct io_uring_sqe *sqe = async_sqe(caller);

	if (sqe)
		io_uring_prep_poll_add(sqe, fd, events);
	return async_request(caller, sqe, false);
}

struct async_sleep {
	struct co co;
	struct __kernel_timespec time; /* lives until the request ends, which is longer than it must */
};

CO_STEP(async_sleep)
{
	CO_FRAME(async_sleep);
	struct io_uring_sqe *sqe;
	long result;

	CO_BEGIN;
	sqe = async_sqe(co);
	if (sqe)
		io_uring_prep_timeout(sqe, &f->time, 0, 0);
	AWAIT(result, async_request(co, sqe, false));
	CO_RETURN(result == -ETIME ? 0 : result);
	CO_END;
}

long async_sleep(struct co *caller, u64 ns)
{
	return CO_CALL(async_sleep, caller, .time = { (s64)(ns / 1000000000), (s64)(ns % 1000000000) });
}

/* --- a limit in time --- */

struct limit {
	struct async_task *child;
	u64 ns;
	bool over;
};

struct limit_timer {
	struct co co;
	struct limit *limit;
};

CO_STEP(limit_timer)
{
	CO_FRAME(limit_timer);
	long result;

	CO_BEGIN;
	AWAIT(result, async_sleep(co, f->limit->ns));
	if (!result) {
		f->limit->over = true;
		async_cancel(f->limit->child);
	}
	CO_RETURN(result);
	CO_END;
}

static long limit_timer(struct co *caller, void *limit)
{
	return CO_CALL(limit_timer, caller, .limit = limit);
}

struct async_timeout {
	struct co co;
	struct limit limit; /* the timer's task reads it; we outlive that */
	struct async_task *timer;
	long result;
};

CO_STEP(async_timeout)
{
	CO_FRAME(async_timeout);
	long result;

	CO_BEGIN;
	f->timer = async_spawn(async_task_of(co)->async, limit_timer, &f->limit);
	if (!f->timer)
		async_cancel(f->limit.child);
	AWAIT(result, async_join(co, f->limit.child));
	if (!f->timer)
		CO_RETURN(-ENOMEM);
	f->result = f->limit.over && result == -ECANCELED ? -ETIME : result;
	async_cancel(f->timer);
	AWAIT(result, async_join(co, f->timer));
	CO_RETURN(f->result);
	CO_END;
}

long async_timeout(struct co *caller, u64 ns, async_entry *entry, void *argument)
{
	struct async_task *child = async_spawn(async_task_of(caller)->async, entry, argument);
	long result;

	if (!child)
		return -ENOMEM;
	result = CO_CALL(async_timeout, caller, .limit = { .child = child, .ns = ns });
	return result;
}
