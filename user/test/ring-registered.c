/* ring-registered.c - rings that a thread has registered: entered and changed by number, each thread for itself, until
 * they are taken out, and at the end of the thread.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

enum { ENTRIES = 8, PLACES = 16 };

static struct io_uring ring;

static int registered(unsigned op, struct io_uring_rsrc_update *updates, unsigned count)
{
	return io_uring_register((unsigned)ring.ring_fd, op, updates, count);
}

static int place_add(u32 place, int fd)
{
	struct io_uring_rsrc_update update = { .offset = place, .data = (u32)fd };
	int ret = registered(IORING_REGISTER_RING_FDS, &update, 1);

	return ret == 1 ? (int)update.offset : ret;
}

static int place_remove(u32 place)
{
	struct io_uring_rsrc_update update = { .offset = place };

	return registered(IORING_UNREGISTER_RING_FDS, &update, 1);
}

static int enter(u32 place)
{
	return io_uring_enter(place, 0, 0, IORING_ENTER_REGISTERED_RING | IORING_ENTER_GETEVENTS, NULL);
}

static s32 run_nop(struct io_uring *of)
{
	struct io_uring_sqe *sqe = ring_sqe(of);

	io_uring_prep_nop(sqe);
	return ring_run(of, sqe);
}

static void check_places(void)
{
	struct io_uring_rsrc_update updates[PLACES + 1];
	int null = (int)REQUIRE_OK(open("/dev/null", O_RDWR));

	CHECK_EQ(enter(0), -EBADF);
	CHECK_EQ(enter(PLACES), -EINVAL);
	CHECK_EQ(enter(~0u), -EINVAL);
	CHECK_EQ(place_add(~0u, ring.ring_fd), 0);
	CHECK_EQ(place_add(0, ring.ring_fd), -EBUSY);
	CHECK_EQ(place_add(5, ring.ring_fd), 5);
	CHECK_EQ(place_add(~0u, ring.ring_fd), 1);
	CHECK_EQ(place_add(PLACES, ring.ring_fd), -EINVAL);
	CHECK_EQ(place_add(7, 999), -EBADF);
	CHECK_EQ(place_add(7, null), -EOPNOTSUPP);
	CHECK_EQ(enter(0), 0);
	CHECK_EQ(enter(1), 0);
	CHECK_EQ(enter(2), -EBADF);
	CHECK_EQ(enter(5), 0);
	CHECK_EQ(io_uring_enter(5, 0, 0, IORING_ENTER_REGISTERED_RING | 1u << 30, NULL), -EINVAL);
	CHECK_EQ(place_remove(1), 1);
	CHECK_EQ(enter(1), -EBADF);
	CHECK_EQ(place_remove(1), 1); /* there is none: no error */
	CHECK_EQ(place_remove(PLACES), -EINVAL);

	/* Many at once: as many as went well, and then nothing more. */
	memset(updates, 0, sizeof(updates));
	CHECK_EQ(registered(IORING_REGISTER_RING_FDS, updates, 0), -EINVAL);
	CHECK_EQ(registered(IORING_REGISTER_RING_FDS, updates, PLACES + 1), -EINVAL);
	CHECK_EQ(registered(IORING_UNREGISTER_RING_FDS, updates, 0), -EINVAL);
	CHECK_EQ(registered(IORING_UNREGISTER_RING_FDS, updates, PLACES + 1), -EINVAL);
	for (int i = 0; i < PLACES; i++)
		updates[i] = (struct io_uring_rsrc_update){ .offset = ~0u, .data = (u32)ring.ring_fd };
	CHECK_EQ(registered(IORING_REGISTER_RING_FDS, updates, PLACES), PLACES - 2); /* 0 and 5 are taken */
	CHECK_EQ(updates[0].offset, 1);
	CHECK_EQ(updates[PLACES - 3].offset, PLACES - 1);
	CHECK_EQ(updates[PLACES - 2].offset, ~0u);
	CHECK_EQ(place_add(~0u, ring.ring_fd), -EBUSY);
	for (int i = 0; i < PLACES; i++)
		updates[i] = (struct io_uring_rsrc_update){ .offset = (u32)i };
	updates[PLACES - 1].resv = 1;
	CHECK_EQ(registered(IORING_UNREGISTER_RING_FDS, updates, PLACES), PLACES - 1);
	CHECK_EQ(registered(IORING_UNREGISTER_RING_FDS, updates + PLACES - 1, 1), -EINVAL);
	updates[PLACES - 1] = (struct io_uring_rsrc_update){ .offset = PLACES - 1, .data = 1 };
	CHECK_EQ(registered(IORING_UNREGISTER_RING_FDS, updates + PLACES - 1, 1), -EINVAL);
	CHECK_EQ(place_remove(PLACES - 1), 1);
	CHECK_EQ(enter(0), -EBADF);
	CHECK_EQ(registered(IORING_REGISTER_RING_FDS, (void *)-4096, 1), -EFAULT);
	CHECK_EQ(registered(IORING_UNREGISTER_RING_FDS, (void *)-4096, 1), -EFAULT);
	close(null);
}

/* As programs use it: the descriptor may even be closed. */
static void check_library(void)
{
	unsigned workers[2] = { 7, 9 };
	struct io_uring own;
	int fd;

	ring_make(&own, ENTRIES);
	CHECK_EQ(io_uring_close_ring_fd(&own), -EINVAL);
	CHECK_EQ(io_uring_unregister_ring_fd(&own), -EINVAL);
	CHECK_EQ(io_uring_register_ring_fd(&own), 1);
	CHECK_EQ(io_uring_register_ring_fd(&own), -EEXIST);
	CHECK_EQ(run_nop(&own), 0);
	fd = own.ring_fd;
	CHECK_EQ(io_uring_close_ring_fd(&own), 1);
	CHECK_EQ(io_uring_close_ring_fd(&own), -EBADF);
	CHECK_EQ(fcntl(fd, F_GETFD), -1);
	CHECK_EQ(run_nop(&own), 0);
	CHECK_EQ(io_uring_register_iowq_max_workers(&own, workers), 0);
	CHECK_EQ(io_uring_register(PLACES, IORING_REGISTER_PROBE | IORING_REGISTER_USE_REGISTERED_RING, NULL, 0),
		 -EINVAL);
	CHECK_EQ(io_uring_register(9, IORING_REGISTER_PROBE | IORING_REGISTER_USE_REGISTERED_RING, NULL, 0), -EBADF);
	io_uring_queue_exit(&own);

	/* the other way round: first taken out, then closed; and never taken out */
	ring_make(&own, ENTRIES);
	CHECK_EQ(io_uring_register_ring_fd(&own), 1);
	CHECK_EQ(io_uring_unregister_ring_fd(&own), 1);
	CHECK_EQ(run_nop(&own), 0);
	io_uring_queue_exit(&own);
}

/* Numbers are a thread's own, and go with it: with a ring that has no descriptor any more and a request under way. */
static void *thread_main(void *argument)
{
	struct __kernel_timespec never = { 1000000, 0 };
	struct io_uring own;

	(void)argument;
	CHECK(enter(0) < 0); /* Linux tells whether the thread has ever used a ring */
	ring_make(&own, ENTRIES);
	CHECK_EQ(enter(0), -EBADF);
	CHECK_EQ(io_uring_register_ring_fd(&own), 1);
	CHECK_EQ(own.enter_ring_fd, 0);
	io_uring_prep_timeout(ring_sqe(&own), &never, 0, 0);
	REQUIRE_EQ(io_uring_submit(&own), 1);
	CHECK_EQ(io_uring_close_ring_fd(&own), 1);
	CHECK_EQ(run_nop(&own), 0);
	return NULL;
}

static void check_threads(void)
{
	pthread_t thread;

	CHECK_EQ(place_add(0, ring.ring_fd), 0);
	for (int i = 0; i < 3; i++) {
		REQUIRE(!pthread_create(&thread, NULL, thread_main, NULL));
		CHECK_EQ(pthread_join(thread, NULL), 0);
	}
	CHECK_EQ(enter(0), 0);
	/* and with the process, which ends with two of them */
	CHECK_EQ(place_add(1, ring.ring_fd), 1);
}

static void check_workers(void)
{
	unsigned values[2] = { 0, 0 }, first[2];

	CHECK_EQ(io_uring_register_iowq_max_workers(&ring, values), 0);
	CHECK(values[0] && values[1]);
	memcpy(first, values, sizeof(first));
	values[0] = 3;
	values[1] = 0;
	CHECK_EQ(io_uring_register_iowq_max_workers(&ring, values), 0);
	CHECK_EQ(values[0], first[0]);
	CHECK_EQ(values[1], first[1]);
	values[0] = 0;
	CHECK_EQ(io_uring_register_iowq_max_workers(&ring, values), 0);
	CHECK_EQ(values[0], 3);
	CHECK_EQ(values[1], first[1]);
	values[0] = 1u << 31;
	CHECK_EQ(io_uring_register_iowq_max_workers(&ring, values), -EINVAL);
	CHECK_EQ(io_uring_register_iowq_max_workers(&ring, NULL), -EINVAL);
	CHECK_EQ(io_uring_register_iowq_max_workers(&ring, (void *)-4096), -EFAULT);
	CHECK_EQ(io_uring_register((unsigned)ring.ring_fd, IORING_REGISTER_IOWQ_MAX_WORKERS, values, 3), -EINVAL);
}

int main(void)
{
	ring_make(&ring, ENTRIES);
	CHECK(ring.features & IORING_FEAT_REG_REG_RING);
	check_places();
	check_library();
	check_threads();
	check_workers();
	return check_done();
}
