/* ring-poll.c - POLL_ADD and POLL_REMOVE on eventfds and on rings; the ring's own descriptor can be polled.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct io_uring ring;

static void start_poll(int fd, unsigned mask, u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_poll_add(sqe, fd, mask);
	io_uring_sqe_set_data64(sqe, user_data);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

static void nop(struct io_uring *on)
{
	io_uring_prep_nop(ring_sqe(on));
	REQUIRE_EQ(io_uring_submit(on), 1);
}

static void check_eventfd(void)
{
	int event = (int)REQUIRE_OK(eventfd(0, EFD_NONBLOCK));
	struct io_uring_cqe cqe;
	eventfd_t value;

	start_poll(event, POLLIN | POLLOUT, 1); /* one of them is true at once */
	cqe = ring_reap(&ring);
	CHECK_EQ(cqe.user_data, 1);
	CHECK_EQ(cqe.res, POLLOUT);
	CHECK_EQ(cqe.flags & IORING_CQE_F_MORE, 0);

	start_poll(event, POLLIN, 2);
	CHECK(ring_quiet(&ring));
	CHECK_OK(eventfd_write(event, 1));
	cqe = ring_reap(&ring);
	CHECK_EQ(cqe.user_data, 2);
	CHECK_EQ(cqe.res, POLLIN);
	CHECK_OK(eventfd_write(event, 1)); /* it polled once only */
	CHECK(ring_quiet(&ring));
	start_poll(event, POLLIN, 3);
	CHECK_EQ(ring_reap(&ring).res, POLLIN);
	CHECK_OK(eventfd_read(event, &value));
	CHECK_EQ(value, 2); /* nothing was taken */
	close(event);
}

/* Several requests wait for one file: all complete. */
static void check_several(void)
{
	int event = (int)REQUIRE_OK(eventfd(0, EFD_NONBLOCK));
	unsigned seen = 0;

	for (u64 i = 0; i < 5; i++)
		start_poll(event, POLLIN, i);
	CHECK_OK(eventfd_write(event, 1));
	for (int i = 0; i < 5; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK_EQ(cqe.res, POLLIN);
		seen |= 1u << cqe.user_data;
	}
	CHECK_EQ(seen, 0x1f);
	close(event);
}

static void check_remove(void)
{
	int event = (int)REQUIRE_OK(eventfd(0, EFD_NONBLOCK));
	struct io_uring_sqe *sqe;

	start_poll(event, POLLIN, 10);
	sqe = ring_sqe(&ring);
	io_uring_prep_poll_remove(sqe, 10);
	io_uring_sqe_set_data64(sqe, 11);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK_EQ(cqe.res, cqe.user_data == 10 ? -ECANCELED : 0);
	}
	sqe = ring_sqe(&ring);
	io_uring_prep_poll_remove(sqe, 10);
	CHECK_EQ(ring_run(&ring, sqe), -ENOENT);
	CHECK_OK(eventfd_write(event, 1));
	CHECK(ring_quiet(&ring));
	close(event);
}

/* The descriptor of a ring is readable while a completion is in its queue. */
static void check_ring_fd(void)
{
	struct io_uring other;
	struct pollfd poll_fd;

	ring_make(&other, 2);
	poll_fd = (struct pollfd){ .fd = other.ring_fd, .events = POLLIN | POLLOUT };
	CHECK_EQ(poll(&poll_fd, 1, 0), 1);
	CHECK_EQ(poll_fd.revents, POLLOUT); /* room in the submission queue */
	poll_fd.events = POLLIN;
	CHECK_EQ(poll(&poll_fd, 1, 0), 0);
	start_poll(other.ring_fd, POLLIN, 20);
	CHECK(ring_quiet(&ring));
	nop(&other);
	CHECK_EQ(poll(&poll_fd, 1, -1), 1);
	CHECK_EQ(poll_fd.revents, POLLIN);
	CHECK_EQ(ring_reap(&ring).res, POLLIN);
	CHECK_EQ(ring_reap(&other).res, 0);
	CHECK_EQ(poll(&poll_fd, 1, 0), 0);
	io_uring_queue_exit(&other);
}

static void check_refused(void)
{
	struct io_uring_sqe *sqe;

	start_poll(999, POLLIN, 30);
	CHECK_EQ(ring_reap(&ring).res, -EBADF);
	sqe = ring_sqe(&ring);
	io_uring_prep_poll_add(sqe, 0, POLLIN);
	sqe->addr = 1;
	CHECK_EQ(ring_run(&ring, sqe), -EINVAL);
	sqe = ring_sqe(&ring);
	io_uring_prep_poll_add(sqe, 0, POLLIN);
	sqe->len = 1u << 20; /* unknown flags */
	CHECK_EQ(ring_run(&ring, sqe), -EINVAL);
}

/* A file of the disk is always ready. */
static void check_file(void)
{
	int fd = (int)REQUIRE_OK(open("/dev/zero", O_RDONLY));

	start_poll(fd, POLLIN, 40);
	CHECK(ring_reap(&ring).res & POLLIN);
	close(fd);
}

int main(void)
{
	ring_make(&ring, 8);
	check_eventfd();
	check_several();
	check_remove();
	check_ring_fd();
	check_refused();
	check_file();
	io_uring_queue_exit(&ring);
	return check_done();
}
