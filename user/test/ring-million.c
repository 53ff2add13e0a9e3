/* ring-million.c - a million timeouts are pending at once; some fire, in order; some are taken back; the rest goes with
 * the ring. The machine has 512 MiB, so one may cost no more than some 300 bytes.
 *
 * machines: !torture
 * oracle: none
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/clock.h"
#include "user/test/proc-text.h"
#include "user/test/ring.h"

#include <sched.h>
#include <unistd.h>

enum { MILLION = 1000000, SOON = 1000, TAKEN = 1000, BATCH = 250 };

static struct io_uring ring;

static void arm(u64 time, u64 user_data)
{
	static struct __kernel_timespec times[BATCH];
	struct io_uring_sqe *sqe = ring_sqe(&ring);
	u32 i = user_data % BATCH;

	times[i] = (struct __kernel_timespec){ (long long)(time / NS_PER_S), (long long)(time % NS_PER_S) };
	io_uring_prep_timeout(sqe, &times[i], 0, IORING_TIMEOUT_ABS);
	io_uring_sqe_set_data64(sqe, user_data);
	if (i == BATCH - 1)
		REQUIRE_EQ(io_uring_submit(&ring), BATCH);
}

/* Not in this life, at any time. */
static void arm_far(void)
{
	u64 seed = 1, now = clock_ns(CLOCK_MONOTONIC);

	for (u32 i = 0; i < MILLION; i++) {
		seed = seed * 6364136223846793005ul + 1442695040888963407ul;
		arm(now + (1000 + (seed >> 40)) * NS_PER_S + seed % NS_PER_S, i);
	}
}

/* Those that were armed last come first. */
static void check_soon(void)
{
	u64 base = clock_ns(CLOCK_MONOTONIC) + 50000000;
	bool in_time;

	for (u32 i = 0; i < SOON; i++)
		arm(base + (SOON - i) * 10000ul, MILLION + i);
	in_time = clock_ns(CLOCK_MONOTONIC) < base;
	for (u32 i = SOON; i-- > 0;) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		REQUIRE_EQ(cqe.res, -ETIME);
		REQUIRE(cqe.user_data == MILLION + i || (!in_time && cqe.user_data >= MILLION));
	}
	CHECK(clock_ns(CLOCK_MONOTONIC) >= base + SOON * 10000ul);
}

static void check_taken_back(void)
{
	for (u32 i = 0; i < TAKEN; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);
		u64 user_data = i * (u64)(MILLION / TAKEN) + 7;
		s32 results = 0;

		io_uring_prep_timeout_remove(sqe, user_data, 0);
		io_uring_sqe_set_data64(sqe, MILLION);
		REQUIRE_EQ(io_uring_submit(&ring), 1);
		for (int j = 0; j < 2; j++) {
			struct io_uring_cqe cqe = ring_reap(&ring);

			CHECK(cqe.user_data == MILLION || cqe.user_data == user_data);
			results += cqe.res;
		}
		REQUIRE_EQ(results, -ECANCELED);
	}
}

int main(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_CQSIZE, .cq_entries = 4096 };
	long before = proc_number("/proc/meminfo", "SlabBytes: "), each;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	REQUIRE_OK(sched_setaffinity(0, sizeof(one), &one)); /* the order is that of one hart's timers */
	REQUIRE_EQ(io_uring_queue_init_params(BATCH, &ring, &params), 0);
	arm_far();
	CHECK(ring_quiet(&ring));
	each = (proc_number("/proc/meminfo", "SlabBytes: ") - before) / MILLION;
	CHECK(each >= 64 && each <= 320); /* they are all there */
	check_soon();
	check_taken_back();
	CHECK(ring_quiet(&ring));
	io_uring_queue_exit(&ring);
	/* the kernel frees them a few at a time */
	while (proc_number("/proc/meminfo", "SlabBytes: ") - before > MILLION)
		usleep(10000);
	return check_done();
}
