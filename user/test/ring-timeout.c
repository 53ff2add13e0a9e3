/* ring-timeout.c - TIMEOUT, TIMEOUT_REMOVE and the update of one: relative, absolute, ended by a count of
 * completions; never too early; in the order of time.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/clock.h"
#include "user/test/ring.h"

#include <unistd.h>

static struct io_uring ring;

static struct __kernel_timespec ms(unsigned count)
{
	return (struct __kernel_timespec){ .tv_sec = count / 1000, .tv_nsec = (long long)(count % 1000) * NS_PER_MS };
}

/* Submit a timeout of COUNT ms; it stays pending. */
static void start(unsigned length, unsigned completions, u64 user_data)
{
	struct __kernel_timespec time = ms(length); /* read at submission */
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_timeout(sqe, &time, completions, 0);
	io_uring_sqe_set_data64(sqe, user_data);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

static s32 run(const struct __kernel_timespec *time, unsigned flags)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_timeout(sqe, time, 0, flags);
	return ring_run(&ring, sqe);
}

static s32 remove_timeout(u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_timeout_remove(sqe, user_data, 0);
	return ring_run(&ring, sqe);
}

static void check_relative(void)
{
	static const unsigned lengths[] = { 0, 1, 5, 20 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct __kernel_timespec time = ms(lengths[i]);
		u64 begin = clock_ns(CLOCK_MONOTONIC);

		CHECK_EQ(run(&time, 0), -ETIME);
		CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + lengths[i] * (u64)NS_PER_MS);
	}
}

static void check_absolute(void)
{
	static const struct {
		clockid_t clock;
		unsigned flags;
	} clocks[] = {
		{ CLOCK_MONOTONIC, IORING_TIMEOUT_ABS },
		{ CLOCK_BOOTTIME, IORING_TIMEOUT_ABS | IORING_TIMEOUT_BOOTTIME },
		{ CLOCK_REALTIME, IORING_TIMEOUT_ABS | IORING_TIMEOUT_REALTIME },
	};

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		struct timespec at = clock_after(clocks[i].clock, 10 * NS_PER_MS);
		struct __kernel_timespec time = { .tv_sec = at.tv_sec, .tv_nsec = at.tv_nsec };

		CHECK_EQ(run(&time, clocks[i].flags), -ETIME);
		CHECK(clock_ns(clocks[i].clock) >= timespec_ns(&at));
		CHECK_EQ(run(&time, clocks[i].flags), -ETIME); /* past: at once */
	}
}

static void nop(u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data64(sqe, user_data);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

/* Ends with 0 when as many other requests have completed. */
static void check_count(void)
{
	bool ended = false;

	start(1000 * 1000, 2, 100);
	nop(1);
	CHECK_EQ(ring_reap(&ring).user_data, 1);
	CHECK(ring_quiet(&ring));
	nop(2);
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK(cqe.user_data == 2 || cqe.user_data == 100);
		CHECK_EQ(cqe.res, 0);
		ended |= cqe.user_data == 100;
	}
	CHECK(ended);
	start(5, 3, 101); /* the time is over before the count */
	nop(3);
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring); /* on a busy machine in any order */

		CHECK_EQ(cqe.res, cqe.user_data == 101 ? -ETIME : 0);
	}
}

/* Other timeouts are no such requests, whether time ends them or the count. */
static void check_count_of_timeouts(void)
{
	struct io_uring_cqe cqe;
	u64 sum = 0;

	start(40, 1, 102);
	start(20, 1, 103);
	for (int i = 0; i < 2; i++) { /* on a busy machine in any order */
		cqe = ring_reap(&ring);
		sum += cqe.user_data;
		CHECK_EQ(cqe.res, -ETIME);
	}
	CHECK_EQ(sum, 102 + 103);
	start(1000 * 1000, 1, 104);
	start(1000 * 1000, 2, 105);
	nop(1);
	for (int i = 0; i < 2; i++) {
		cqe = ring_reap(&ring);
		CHECK(cqe.user_data == 1 || cqe.user_data == 104);
		CHECK_EQ(cqe.res, 0);
	}
	CHECK(ring_quiet(&ring));
	nop(1);
	for (int i = 0; i < 2; i++)
		CHECK_EQ(ring_reap(&ring).res, 0);
}

static int wait_for(unsigned completions, unsigned most)
{
	struct __kernel_timespec limit = ms(most);
	struct io_uring_getevents_arg argument = { .ts = (u64)&limit };

	return io_uring_enter2((unsigned)ring.ring_fd, 0, completions, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
			       &argument, sizeof(argument));
}

/* Who waits for several completions gets the timeout's alone, when that is over. One that was over before ends no wait:
 * on a busy machine it takes a longer one. */
static void check_wait_for_more(void)
{
	int ret = -ETIME;

	for (unsigned length = 20; ret == -ETIME && length < 5000; length *= 2) {
		start(length, 0, 106);
		ret = wait_for(4, 2 * length);
		CHECK_EQ(ring_reap(&ring).user_data, 106);
	}
	CHECK_EQ(ret, 0);
	start(1000 * 1000, 1, 107);
	nop(1);
	CHECK_EQ(io_uring_enter((unsigned)ring.ring_fd, 0, 2, IORING_ENTER_GETEVENTS, NULL), 0);
	CHECK_EQ(ring_reap(&ring).res, 0);
	CHECK_EQ(ring_reap(&ring).res, 0);
}

static void check_remove(void)
{
	struct io_uring_cqe cqe;
	struct io_uring_sqe *sqe;

	start(1000 * 1000, 0, 200);
	sqe = ring_sqe(&ring);
	io_uring_prep_timeout_remove(sqe, 200, 0);
	io_uring_sqe_set_data64(sqe, 201);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	for (int i = 0; i < 2; i++) {
		cqe = ring_reap(&ring);
		CHECK_EQ(cqe.res, cqe.user_data == 200 ? -ECANCELED : 0);
	}
	CHECK_EQ(remove_timeout(200), -ENOENT);
	CHECK_EQ(remove_timeout(9999), -ENOENT);
}

/* Remove the one with USER_DATA, of which some are pending; the two completions, in any order. */
static void check_removed(u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_timeout_remove(sqe, user_data, 0);
	io_uring_sqe_set_data64(sqe, 1000);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK(cqe.user_data == user_data || cqe.user_data == 1000);
		CHECK_EQ(cqe.res, cqe.user_data == 1000 ? 0 : -ECANCELED);
	}
}

/* Each is found among many, whatever the order; two with the same user data are two. */
static void check_remove_many(void)
{
	enum { MANY = 101 };

	for (u64 i = 0; i < MANY; i++)
		start(1000 * 1000, 0, i * 37 % MANY);
	start(1000 * 1000, 0, 50);
	for (u64 i = 0; i < MANY; i++)
		check_removed(i * 64 % MANY);
	check_removed(50);
	CHECK_EQ(remove_timeout(50), -ENOENT);
	CHECK(ring_quiet(&ring));
}

/* The same for one that has only just been submitted: it is found, whether it has begun or not. */
static void check_at_once(void)
{
	struct __kernel_timespec soon = ms(1);
	struct io_uring_sqe *sqe;

	for (u64 i = 0; i < 200; i++) {
		start(1000 * 1000, 1000 * (i % 2), 400);
		if (i % 4 < 2) {
			check_removed(400);
			continue;
		}
		sqe = ring_sqe(&ring);
		io_uring_prep_timeout_update(sqe, &soon, 400, 0);
		io_uring_sqe_set_data64(sqe, 401);
		REQUIRE_EQ(io_uring_submit(&ring), 1);
		for (int k = 0; k < 2; k++) {
			struct io_uring_cqe cqe = ring_reap(&ring);

			CHECK_EQ(cqe.res, cqe.user_data == 400 ? -ETIME : 0);
		}
	}
}

static void check_update(void)
{
	struct __kernel_timespec soon = ms(5);
	u64 begin = clock_ns(CLOCK_MONOTONIC);
	struct io_uring_sqe *sqe;

	start(1000 * 1000, 0, 300);
	sqe = ring_sqe(&ring);
	io_uring_prep_timeout_update(sqe, &soon, 300, 0);
	CHECK_EQ(ring_run(&ring, sqe), 0);
	CHECK_EQ(ring_reap(&ring).res, -ETIME);
	CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + 5 * NS_PER_MS);
	sqe = ring_sqe(&ring);
	io_uring_prep_timeout_update(sqe, &soon, 300, 0);
	CHECK_EQ(ring_run(&ring, sqe), -ENOENT);
}

static void check_refused(void)
{
	struct __kernel_timespec too_many = { .tv_nsec = NS_PER_S }, negative = { .tv_sec = -1 }, fine = ms(1);
	struct io_uring_sqe *sqe;
	s32 ret;

	ret = run(&too_many, 0);
	CHECK(ret == -EINVAL || ret == -ETIME); /* Linux takes it for one second */
	CHECK_EQ(run(&negative, 0), -EINVAL);
	CHECK_EQ(run((void *)-4096, 0), -EFAULT);
	CHECK_EQ(run(NULL, 0), -EFAULT);
	CHECK_EQ(run(&fine, 1u << 31), -EINVAL);
	CHECK_EQ(run(&fine, IORING_TIMEOUT_BOOTTIME | IORING_TIMEOUT_REALTIME), -EINVAL);
	sqe = ring_sqe(&ring);
	io_uring_prep_timeout(sqe, &fine, 0, 0);
	sqe->len = 2;
	CHECK_EQ(ring_run(&ring, sqe), -EINVAL);
}

/* Many, started in mixed order, complete in the order of their times, if all were started before the first ended and
 * one CPU looks at the clock. */
static void check_order(void)
{
	enum { TIMEOUTS = 16 };
	struct timespec base = clock_after(CLOCK_MONOTONIC, 50 * NS_PER_MS);
	bool in_time;

	for (u64 i = 0; i < TIMEOUTS; i++) {
		u64 place = i * 7 % TIMEOUTS, at = timespec_ns(&base) + place * NS_PER_MS;
		struct __kernel_timespec time = { .tv_sec = (long long)(at / NS_PER_S),
						  .tv_nsec = (long long)(at % NS_PER_S) };
		struct io_uring_sqe *sqe = ring_sqe(&ring);

		io_uring_prep_timeout(sqe, &time, 0, IORING_TIMEOUT_ABS);
		io_uring_sqe_set_data64(sqe, place);
		REQUIRE_EQ(io_uring_submit(&ring), 1);
	}
	in_time = clock_ns(CLOCK_MONOTONIC) < timespec_ns(&base) && sysconf(_SC_NPROCESSORS_ONLN) == 1;
	for (u64 i = 0; i < TIMEOUTS; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK(cqe.user_data == i || !in_time);
		CHECK_EQ(cqe.res, -ETIME);
	}
}

int main(void)
{
	ring_make(&ring, 16);
	check_relative();
	check_absolute();
	check_count();
	check_count_of_timeouts();
	check_wait_for_more();
	check_remove();
	check_remove_many();
	check_at_once();
	check_update();
	check_refused();
	check_order();
	io_uring_queue_exit(&ring);
	return check_done();
}
