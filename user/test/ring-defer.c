/* ring-defer.c - when completions are seen with DEFER_TASKRUN, and how the program is told that there are some.
 *
 * machines: !torture
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ENTRIES = 8, DEFER = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN };

static void made(struct io_uring *ring, u32 flags)
{
	REQUIRE_OK(io_uring_queue_init(ENTRIES, ring, flags));
}

/* A completion of a request that had to wait is there when the issuer enters for it, not before. */
static void check_deferred(u32 flags)
{
	int event = (int)REQUIRE_OK(eventfd(0, 0)), told = (int)REQUIRE_OK(eventfd(0, 0));
	struct io_uring_cqe *cqe;
	struct pollfd readable;
	int events[3];
	struct io_uring ring;
	u64 value = 0;

	made(&ring, flags);
	REQUIRE_OK(io_uring_register_eventfd(&ring, told));
	readable = (struct pollfd){ .fd = ring.ring_fd, .events = POLLIN };
	for (int round = 0; round < 3; round++) {
		io_uring_prep_read(ring_sqe(&ring), event, &value, 8, 0);
		REQUIRE_EQ(io_uring_submit(&ring), 1);
		CHECK_OK(eventfd_write(event, 7));
		/* the eventfd and poll tell of it at once */
		CHECK_OK(read(told, &value, 8));
		CHECK_EQ(poll(&readable, 1, -1), 1);
		CHECK_EQ(io_uring_cq_ready(&ring), 0);
		CHECK_EQ(load_relaxed(ring.sq.kflags), flags & IORING_SETUP_TASKRUN_FLAG ? IORING_SQ_TASKRUN : 0);
		CHECK_EQ(io_uring_enter((u32)ring.ring_fd, 0, 0, 0, NULL), 0);
		CHECK_EQ(io_uring_cq_ready(&ring), 0);
		if (round == 0)
			CHECK_EQ(io_uring_get_events(&ring), 0);
		else if (round == 1 && !(flags & IORING_SETUP_TASKRUN_FLAG))
			CHECK_EQ(io_uring_submit_and_get_events(&ring), 0);
		/* else the flag alone must tell the library */
		if (round < 2) {
			CHECK_EQ(io_uring_peek_cqe(&ring, &cqe), 0);
			CHECK_EQ(load_relaxed(ring.sq.kflags), 0);
		}
		CHECK_EQ(ring_reap(&ring).res, 8);
		CHECK_EQ(load_relaxed(ring.sq.kflags), 0);
	}
	/* more than one, and what is answered at once is there without a further word */
	for (int i = 0; i < 3; i++) {
		events[i] = (int)REQUIRE_OK(eventfd(0, 0));
		io_uring_prep_read(ring_sqe(&ring), events[i], &value, 8, 0);
	}
	REQUIRE_EQ(io_uring_submit(&ring), 3);
	for (int i = 0; i < 3; i++)
		CHECK_OK(eventfd_write(events[i], 1));
	CHECK_OK(read(told, &value, 8));
	CHECK_EQ(io_uring_cq_ready(&ring), 0);
	io_uring_prep_nop(ring_sqe(&ring));
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK(io_uring_cq_ready(&ring) >= 1);
	CHECK_EQ(io_uring_wait_cqe_nr(&ring, &cqe, 4), 0);
	CHECK_EQ(io_uring_cq_ready(&ring), 4);
	for (int i = 0; i < 3; i++)
		close(events[i]);
	/* closed with some that nobody asked for */
	io_uring_prep_read(ring_sqe(&ring), event, &value, 8, 0);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK_OK(eventfd_write(event, 1));
	io_uring_queue_exit(&ring);
	close(event);
	close(told);
}

/* A timeout that counts completions sees those that waited, whatever the issuer waits for. */
static void check_counted(u32 flags)
{
	struct __kernel_timespec never = { 1000000, 0 };
	int event = (int)REQUIRE_OK(eventfd(0, EFD_SEMAPHORE));
	struct io_uring ring;
	u64 value;

	made(&ring, flags);
	for (int i = 0; i < 50; i++) {
		io_uring_prep_timeout(ring_sqe(&ring), &never, 2, 0);
		io_uring_prep_read(ring_sqe(&ring), event, &value, 8, 0);
		io_uring_prep_read(ring_sqe(&ring), event, &value, 8, 0);
		REQUIRE_EQ(io_uring_submit(&ring), 3);
		CHECK_OK(eventfd_write(event, 2));
		REQUIRE_EQ(io_uring_submit_and_wait(&ring, 3), 0);
		for (int j = 0; j < 3; j++) {
			struct io_uring_cqe cqe = ring_reap(&ring);

			CHECK(cqe.res == 8 || cqe.res == 0);
		}
		CHECK(ring_quiet(&ring));
	}
	io_uring_queue_exit(&ring);
	close(event);
}

int main(void)
{
	struct io_uring ring;

	ring_make(&ring, 1); /* or skip */
	io_uring_queue_exit(&ring);
	check_deferred(DEFER);
	check_deferred(DEFER | IORING_SETUP_TASKRUN_FLAG);
	check_counted(0);
	check_counted(DEFER);
	return check_done();
}
