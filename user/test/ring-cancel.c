/* ring-cancel.c - ASYNC_CANCEL: requests that wait end with -ECANCELED, each exactly once, whoever wins the race.
 *
 * machines: all crowd
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct io_uring ring;
static int event;
static u64 values[8];

/* A read that waits for the eventfd. */
static void start_read(u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_read(sqe, event, &values[user_data % 8], 8, -1ull);
	io_uring_sqe_set_data64(sqe, user_data);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

static void cancel(u64 user_data, int flags)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_cancel64(sqe, user_data, flags);
	io_uring_sqe_set_data64(sqe, 1000);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

/* Collect COUNT completions; results by user data, 1000 is the cancel itself. */
static s32 results[16], cancel_result;

static void collect_one(void)
{
	struct io_uring_cqe cqe = ring_reap(&ring);

	if (cqe.user_data == 1000)
		cancel_result = cqe.res;
	else if (CHECK(cqe.user_data < 16))
		results[cqe.user_data] = cqe.res;
}

static void collect(unsigned count)
{
	while (count--)
		collect_one();
	CHECK(ring_quiet(&ring));
}

/* A request that has not come to its wait yet only takes note, and ends all the same. */
static bool was_stopped(void)
{
	return cancel_result == 0 || cancel_result == -EALREADY;
}

static void check_one(void)
{
	start_read(1);
	start_read(2);
	CHECK(ring_quiet(&ring));
	cancel(1, 0);
	collect(2);
	CHECK(was_stopped());
	CHECK_EQ(results[1], -ECANCELED);
	CHECK_OK(eventfd_write(event, 7)); /* the other one is unharmed */
	collect(1);
	CHECK_EQ(results[2], 8);
	CHECK_EQ(values[2], 7);
}

static void check_none(void)
{
	cancel(77, 0);
	collect(1);
	CHECK_EQ(cancel_result, -ENOENT);
	cancel(1, 0); /* completed long ago */
	collect(1);
	CHECK_EQ(cancel_result, -ENOENT);
	cancel(1000, IORING_ASYNC_CANCEL_ALL); /* its own number: it does not find itself */
	collect(1);
	CHECK(cancel_result == 0 || cancel_result == -EINVAL);
	cancel(1, 1 << 30);
	collect(1);
	CHECK_EQ(cancel_result, -EINVAL);
}

static void check_timeout(void)
{
	struct __kernel_timespec long_time = { .tv_sec = 1000 };
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_timeout(sqe, &long_time, 0, 0);
	io_uring_sqe_set_data64(sqe, 3);
	sqe = ring_sqe(&ring);
	io_uring_prep_poll_add(sqe, event, POLLIN);
	io_uring_sqe_set_data64(sqe, 4);
	REQUIRE_EQ(io_uring_submit(&ring), 2);
	cancel(3, 0);
	collect(2);
	CHECK(was_stopped());
	CHECK_EQ(results[3], -ECANCELED);
	cancel(4, 0);
	collect(2);
	CHECK(was_stopped());
	CHECK_EQ(results[4], -ECANCELED);
}

/* A timeout that counts completions takes longer to begin: a cancel finds it as a request or as a timeout, and never
 * between the two. */
static void check_timeout_begins(void)
{
	static struct __kernel_timespec long_time = { .tv_sec = 1000 };
	static const unsigned flags[] = { 0, IORING_ASYNC_CANCEL_ALL, IORING_ASYNC_CANCEL_ANY };
	struct io_uring_sqe *sqe;

	for (unsigned i = 0; i < 300; i++) {
		sqe = ring_sqe(&ring);
		io_uring_prep_timeout(sqe, &long_time, 1000, 0);
		io_uring_sqe_set_data64(sqe, 3);
		REQUIRE_EQ(io_uring_submit(&ring), 1);
		results[3] = 0;
		cancel_result = -EINTR; /* none yet */
		cancel(3, (int)flags[i % 3]);
		collect_one();
		if (cancel_result == -EINVAL) { /* an older kernel refuses the flag */
			cancel(3, 0);
			collect_one();
		}
		collect(1);
		CHECK_EQ(results[3], -ECANCELED);
		CHECK(was_stopped() || cancel_result == 1);
	}
}

/* Several with one request. A kernel may refuse the flag; then the reads are still there. */
static void check_many(void)
{
	for (int i = 0; i < 3; i++)
		start_read(5);
	CHECK(ring_quiet(&ring));
	cancel(5, IORING_ASYNC_CANCEL_ALL);
	for (int reads = 0, cancels = 0; reads < 3 || !cancels;) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		if (cqe.user_data == 1000) {
			cancels++;
			CHECK(cqe.res == 3 || cqe.res == -EINVAL);
			for (int i = 0; cqe.res == -EINVAL && i < 3; i++)
				CHECK_OK(eventfd_write(event, 1));
		} else {
			reads++;
			CHECK(cqe.user_data == 5 && (cqe.res == -ECANCELED || cqe.res == 8));
		}
	}
	CHECK(ring_quiet(&ring));
}

static void start_poll(int fd, u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	io_uring_sqe_set_data64(sqe, user_data);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

static void start_timeout(u64 user_data)
{
	static struct __kernel_timespec long_time = { .tv_sec = 1000 };
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_timeout(sqe, &long_time, 0, 0);
	io_uring_sqe_set_data64(sqe, user_data);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

static void cancel_fd(int fd, unsigned flags)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_cancel_fd(sqe, fd, flags);
	io_uring_sqe_set_data64(sqe, 1000);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

static void cancel_op(unsigned opcode, unsigned flags)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_cancel64(sqe, 0, (int)flags | IORING_ASYNC_CANCEL_OP);
	sqe->len = opcode;
	io_uring_sqe_set_data64(sqe, 1000);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

static void check_ended(u64 user_data)
{
	CHECK_EQ(results[user_data], -ECANCELED);
	results[user_data] = 1;
}

/* By descriptor: those of the file alone. */
static void check_fd(void)
{
	int other = (int)REQUIRE_OK(eventfd(0, 0));
	struct io_uring_sqe *sqe;
	struct io_uring second;

	/* another ring's are left alone */
	ring_make(&second, 4);
	sqe = ring_sqe(&second);
	io_uring_prep_poll_add(sqe, event, POLLIN);
	REQUIRE_EQ(io_uring_submit(&second), 1);
	memset(results, 0, sizeof(results));
	start_read(1);
	start_poll(event, 2);
	start_poll(other, 3);
	start_timeout(4);
	CHECK(ring_quiet(&ring));
	cancel_fd(event, 0);
	collect(2);
	CHECK(was_stopped());
	CHECK((results[1] == -ECANCELED) != (results[2] == -ECANCELED)); /* one of the two */
	cancel_fd(event, IORING_ASYNC_CANCEL_ALL);
	collect(2);
	CHECK_EQ(cancel_result, 1);
	check_ended(1);
	check_ended(2);
	CHECK(ring_quiet(&second));
	io_uring_queue_exit(&second);
	cancel_fd(event, 0);
	collect(1);
	CHECK_EQ(cancel_result, -ENOENT);
	cancel_fd(event, IORING_ASYNC_CANCEL_ALL);
	collect(1);
	CHECK_EQ(cancel_result, 0);
	cancel_fd(999, 0);
	collect(1);
	CHECK_EQ(cancel_result, -EBADF);
	cancel_fd(event, IORING_ASYNC_CANCEL_ANY);
	collect(1);
	CHECK_EQ(cancel_result, -EINVAL);
	cancel_fd(other, 0);
	collect(2);
	check_ended(3);
	cancel(4, 0);
	collect(2);
	check_ended(4);
	close(other);
}

/* By operation. An older kernel refuses it. */
static void check_op(void)
{
	unsigned left;

	memset(results, 0, sizeof(results));
	start_read(1);
	start_poll(event, 2);
	start_timeout(3);
	start_poll(event, 4);
	start_timeout(5);
	CHECK(ring_quiet(&ring));
	cancel_op(IORING_OP_OPENAT, 0);
	collect(1);
	if (cancel_result != -EINVAL) {
		CHECK_EQ(cancel_result, -ENOENT);
		cancel_op(IORING_OP_POLL_ADD, IORING_ASYNC_CANCEL_ALL);
		collect(3);
		CHECK_EQ(cancel_result, 2);
		check_ended(2);
		check_ended(4);
		cancel_op(IORING_OP_TIMEOUT, 0);
		collect(2);
		CHECK(was_stopped());
		CHECK((results[3] == -ECANCELED) != (results[5] == -ECANCELED));
	}
	left = cancel_result == -EINVAL ? 5 : 2;
	cancel(0, IORING_ASYNC_CANCEL_ANY);
	collect(left + 1);
	CHECK_EQ(cancel_result, left);
	for (u64 i = 1; i <= 5; i++)
		CHECK(results[i] == -ECANCELED || results[i] == 1);
}

/* Completion and cancel at the same time: one of them wins, and both say the same. */
static void check_race(void)
{
	for (int i = 0; i < 50; i++) {
		struct io_uring_sqe *sqe;
		u64 value;

		start_read(6);
		sqe = ring_sqe(&ring);
		io_uring_prep_cancel64(sqe, 6, 0);
		io_uring_sqe_set_data64(sqe, 1000);
		if (i % 2)
			CHECK_OK(eventfd_write(event, 1));
		REQUIRE_EQ(io_uring_submit(&ring), 1);
		if (i % 2 == 0)
			CHECK_OK(eventfd_write(event, 1));
		collect(2);
		if (results[6] == 8)
			CHECK(cancel_result == -ENOENT || cancel_result == -EALREADY);
		else
			CHECK(results[6] == -ECANCELED && (cancel_result == 0 || cancel_result == -EALREADY));
		if (results[6] != 8)
			CHECK_EQ(read(event, &value, 8), 8);
	}
}

int main(void)
{
	ring_make(&ring, 8);
	event = (int)REQUIRE_OK(eventfd(0, 0));
	check_one();
	check_none();
	check_timeout();
	check_timeout_begins();
	check_many();
	check_fd();
	check_op();
	check_race();
	io_uring_queue_exit(&ring);
	close(event);
	return check_done();
}
