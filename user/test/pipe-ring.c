/* pipe-ring.c - pipes through a ring: reads and writes that wait, their cancel, polls, and an end that closes.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { CAPACITY = 65536 };

static struct io_uring ring;
static char bytes[2 * CAPACITY];
static int p[2];

static void submit(struct io_uring_sqe *sqe, u64 user_data)
{
	io_uring_sqe_set_data64(sqe, user_data);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

static void start_read(void *to, unsigned n, u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_read(sqe, p[0], to, n, (u64)-1);
	submit(sqe, user_data);
}

static void start_write(const void *from, unsigned n, u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_write(sqe, p[1], from, n, (u64)-1);
	submit(sqe, user_data);
}

static void check_end(u64 user_data, s32 result)
{
	struct io_uring_cqe cqe = ring_reap(&ring);

	CHECK_EQ(cqe.user_data, user_data);
	CHECK_EQ(cqe.res, result);
}

static void check_waits(void)
{
	char text[8] = "";

	REQUIRE_OK(pipe(p));
	start_read(text, sizeof(text), 1);
	CHECK(ring_quiet(&ring));
	REQUIRE_EQ(write(p[1], "abc", 3), 3);
	check_end(1, 3);
	CHECK(!memcmp(text, "abc", 3));

	start_write("xyz", 3, 2);
	check_end(2, 3);
	start_read(text, 8, 3);
	check_end(3, 3);
	CHECK(!memcmp(text, "xyz", 3));

	REQUIRE_EQ(write(p[1], bytes, CAPACITY), CAPACITY);
	start_write(bytes, 10, 4);
	CHECK(ring_quiet(&ring));
	REQUIRE_EQ(read(p[0], bytes, CAPACITY), CAPACITY);
	check_end(4, 10);
	REQUIRE_EQ(read(p[0], bytes, 100), 10);

	start_read(text, 8, 5);
	close(p[1]);
	check_end(5, 0);
	close(p[0]);
}

static void check_cancel(void)
{
	struct io_uring_sqe *sqe;
	char text[8];

	REQUIRE_OK(pipe(p));
	start_read(text, sizeof(text), 1);
	sqe = ring_sqe(&ring);
	io_uring_prep_cancel64(sqe, 1, 0);
	submit(sqe, 2);
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		if (cqe.user_data == 2)
			CHECK(cqe.res == 0 || cqe.res == -EALREADY);
		else
			CHECK(cqe.res == -ECANCELED || cqe.res == -EINTR);
	}
	REQUIRE_EQ(write(p[1], "kept", 4), 4); /* the cancelled read takes nothing */
	REQUIRE_EQ(read(p[0], text, 8), 4);
	close(p[0]);
	close(p[1]);
}

static void check_poll(void)
{
	struct io_uring_sqe *sqe;

	REQUIRE_OK(pipe(p));
	sqe = ring_sqe(&ring);
	io_uring_prep_poll_add(sqe, p[0], POLLIN);
	submit(sqe, 1);
	CHECK(ring_quiet(&ring));
	REQUIRE_EQ(write(p[1], "x", 1), 1);
	check_end(1, POLLIN);
	REQUIRE_EQ(read(p[0], bytes, 1), 1);

	sqe = ring_sqe(&ring);
	io_uring_prep_poll_add(sqe, p[0], POLLIN);
	submit(sqe, 2);
	CHECK(ring_quiet(&ring));
	close(p[1]);
	check_end(2, POLLHUP);
	close(p[0]);

	REQUIRE_OK(pipe(p));
	REQUIRE_EQ(write(p[1], bytes, CAPACITY), CAPACITY);
	sqe = ring_sqe(&ring);
	io_uring_prep_poll_add(sqe, p[1], POLLOUT);
	submit(sqe, 3);
	CHECK(ring_quiet(&ring));
	REQUIRE_EQ(read(p[0], bytes, CAPACITY), CAPACITY);
	check_end(3, POLLOUT);
	close(p[0]);
	close(p[1]);
}

/* A ring that closes takes its waiting requests with it. */
static void check_close(void)
{
	char text[8] = "";

	REQUIRE_OK(pipe(p));
	for (u64 i = 0; i < 4; i++)
		start_read(text, sizeof(text), i);
	io_uring_queue_exit(&ring);
	REQUIRE_EQ(write(p[1], "abc", 3), 3);
	close(p[0]);
	close(p[1]);
	CHECK(!text[0] || !memcmp(text, "abc", 3));
}

int main(void)
{
	ring_make(&ring, 8);
	check_waits();
	check_cancel();
	check_poll();
	check_close();
	return check_done();
}
