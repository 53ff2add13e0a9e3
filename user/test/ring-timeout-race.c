/* ring-timeout-race.c - a timeout whose time is over on one hart while another hart takes it back, or completes the
 * last request that it counts: it ends once, in one of the two ways, and who takes it back is told which.
 *
 * machines: smp>=2 crowd
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/clock.h"
#include "user/test/random.h"
#include "user/test/ring.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

enum { ROUNDS = 250, LENGTH_NS = 40000, AROUND_NS = 30000, TIMEOUT = 1, OTHER = 2 };

static struct io_uring ring; /* of whose turn it is */
static u32 begun;
static int ended[2]; /* a byte for each round */
static u64 due;

static void pin(int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	(void)!sched_setaffinity(0, sizeof(set), &set); /* where that is not allowed, they mostly are apart anyway */
}

static void other_submits(bool counts)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	if (counts)
		io_uring_prep_nop(sqe);
	else
		io_uring_prep_timeout_remove(sqe, TIMEOUT, 0);
	io_uring_sqe_set_data64(sqe, OTHER);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

/* One completion of each, which fit together. */
static void check_ends(bool counts)
{
	s32 results[3] = { 0 };
	u32 seen = 0;

	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		REQUIRE(cqe.user_data == TIMEOUT || cqe.user_data == OTHER);
		seen |= 1u << cqe.user_data;
		results[cqe.user_data] = cqe.res;
	}
	CHECK_EQ(seen, 1u << TIMEOUT | 1u << OTHER);
	if (counts)
		CHECK(results[OTHER] == 0 && (results[TIMEOUT] == 0 || results[TIMEOUT] == -ETIME));
	else if (results[OTHER] == 0)
		CHECK_EQ(results[TIMEOUT], -ECANCELED);
	else
		CHECK(results[TIMEOUT] == -ETIME && (results[OTHER] == -ENOENT || results[OTHER] == -EALREADY));
}

static void *other_main(void *unused)
{
	pin(1);
	for (u32 round = 1; round <= ROUNDS; round++) {
		while (load_acquire(&begun) < round)
			cpu_relax();
		u64 when = due - AROUND_NS / 2 + random_below(AROUND_NS);

		while (clock_ns(CLOCK_MONOTONIC) < when)
			cpu_relax();
		other_submits(round % 2);
		check_ends(round % 2);
		REQUIRE_EQ(write(ended[1], "x", 1), 1);
	}
	return unused;
}

static void start(bool counts)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);
	struct __kernel_timespec time;

	due = clock_ns(CLOCK_MONOTONIC) + LENGTH_NS;
	time = (struct __kernel_timespec){ .tv_sec = (long long)(due / NS_PER_S),
					   .tv_nsec = (long long)(due % NS_PER_S) };
	io_uring_prep_timeout(sqe, &time, counts, IORING_TIMEOUT_ABS);
	io_uring_sqe_set_data64(sqe, TIMEOUT);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
}

int main(void)
{
	pthread_t other;
	char byte;

	random_init();
	REQUIRE_OK(pipe(ended));
	ring_make(&ring, 8);
	REQUIRE(!pthread_create(&other, NULL, other_main, NULL));
	pin(0);
	for (u32 round = 1; round <= ROUNDS; round++) {
		start(round % 2);
		store_release(&begun, round);
		CHECK_EQ(read(ended[0], &byte, 1), 1);
	}
	pthread_join(other, NULL);
	CHECK(io_uring_cq_ready(&ring) == 0);
	io_uring_queue_exit(&ring);
	return check_done();
}
