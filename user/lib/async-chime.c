/* async-chime.c - a reactor that is told of completions by a user interrupt.
 *
 *     task awaits -> SQE -> submit -> kernel ... CQE -> signal of the ring's "eventfd" -> chime() -> task goes on
 *
 * It submits, and then waits outside the ring: masked between the look at the CQ and the wait, so that no chime falls
 * between them. Where the thread takes its interrupts itself a chime is a store to its interrupt file, and the handler
 * runs without the kernel; else it is an upcall. The loop is the same for both.
 */
#include "lib/order.h"
#include "user/lib/async-task.h"
#include "user/lib/uintr.h"

#include <errno.h>
#include <unistd.h>

enum { VECTOR = 0 };

static __thread struct async *chimed; /* the one whose completions chime in this thread */

/* Nothing is to be done in the handler: the loop looks at the CQ. */
static void chime(u64 vectors)
{
	(void)vectors;
	store_relaxed(&chimed->chimes, load_relaxed(&chimed->chimes) + 1);
}

static long wait_for_chime(struct async *async)
{
	int taken = io_uring_sq_ready(&async->ring) ? io_uring_submit(&async->ring) : 0;

	if (taken < 0)
		return taken;
	uintr_clui();
	if (!io_uring_cq_ready(&async->ring))
		uintr_wait();
	uintr_stui();
	return 0;
}

static void end_chime(struct async *async)
{
	(void)async;
	uintr_unregister_handler();
	chimed = NULL;
}

/* The descriptor is the kernel's once the ring has it. */
static int ring_chimes(struct async *async)
{
	int fd = uintr_create_fd(VECTOR), err;

	if (fd < 0)
		return fd;
	err = io_uring_register_eventfd(&async->ring, fd);
	close(fd);
	return err;
}

int async_use_chime(struct async *async, unsigned flags)
{
	int err;

	if (chimed)
		return -EBUSY;
	chimed = async; /* before the handler can run */
	err = uintr_register_handler(chime, flags);
	if (!err) {
		err = ring_chimes(async);
		if (err)
			uintr_unregister_handler();
	}
	if (err) {
		chimed = NULL;
		return err;
	}
	async->wait = wait_for_chime;
	async->end_wait = end_chime;
	return 0;
}
