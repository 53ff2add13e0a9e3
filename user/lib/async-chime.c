/* async-chime.c - a reactor that is told of completions by a user interrupt.
 *
 * It submits, and then waits outside the ring: masked between the look at the CQ and the wait, so that no chime falls
 * between them.
 */
#include "user/lib/async-task.h"
#include "user/lib/uintr.h"

#include <unistd.h>

enum { VECTOR = 0 };

/* Nothing is to be done in the handler: the loop looks at the CQ. */
static void chime(u64 vectors)
{
	(void)vectors;
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

int async_use_chime(struct async *async)
{
	int err = uintr_register_handler(chime, 0), fd;

	if (err)
		return err;
	fd = uintr_create_fd(VECTOR);
	if (fd < 0)
		return fd;
	err = io_uring_register_eventfd(&async->ring, fd);
	close(fd);
	if (!err)
		async->wait = wait_for_chime;
	return err;
}
