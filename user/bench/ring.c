/* ring.c - what a ring itself costs: operations that do nothing, and timeouts. */
#define _GNU_SOURCE
#include "user/bench/bench.h"
#include "user/lib/uring.h"

enum { ENTRIES = 256, CQ_ENTRIES = 2048, TIMERS = 1000, CANCELS = 500 };

static struct io_uring ring;

static void ring_make(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_CQSIZE, .cq_entries = CQ_ENTRIES };

	NEED(io_uring_queue_init_params(ENTRIES, &ring, &params));
}

/* Submit what was prepared and take COUNT completions, all of which are to be RESULT. */
static void run(unsigned count, int result)
{
	struct io_uring_cqe *cqe;
	unsigned head, seen = 0;

	NEED(io_uring_submit_and_wait(&ring, count));
	io_uring_for_each_cqe(&ring, head, cqe)
	{
		NEED(cqe->res == result ? 0 : -EIO);
		seen++;
	}
	NEED(seen == count ? 0 : -EIO);
	io_uring_cq_advance(&ring, count);
}

static void bench_nop(const char *name, long count, unsigned batch)
{
	struct bench b = BENCH(name, count);

	while (bench_sample(&b)) {
		for (long i = 0; i < b.count; i += batch) {
			for (unsigned j = 0; j < batch; j++)
				io_uring_prep_nop(io_uring_get_sqe(&ring));
			run(batch, 0);
		}
	}
}

/* --- timeouts that stay pending --- */

static void arm(u64 data, const struct __kernel_timespec *time)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_timeout(sqe, time, 0, 0);
	io_uring_sqe_set_data64(sqe, data);
}

/* COUNT of them in batches; the last batch may be short. */
static void arm_many(long count)
{
	static struct __kernel_timespec time[128];

	for (long i = 0; i < count; i++) {
		time[i % 128] = (struct __kernel_timespec){ .tv_sec = 10000 + i * 7919 % 100000 };
		arm((u64)i, &time[i % 128]);
		if (i % 128 == 127 || i == count - 1)
			NEED(io_uring_submit(&ring));
	}
}

/* One by one: the request's own completion and that of its timeout. */
static void cancel(long first, long step)
{
	for (long i = 0; i < CANCELS; i++) {
		io_uring_prep_timeout_remove(io_uring_get_sqe(&ring), (u64)(first + i * step), 0);
		NEED(io_uring_submit_and_wait(&ring, 2));
		io_uring_cq_advance(&ring, 2);
	}
}

/* The kernel looks a timeout up by its user data: the oldest and the newest show whether it walks a list. */
static void bench_timers(void)
{
	u64 start = now();

	arm_many(TIMERS);
	bench_say("timer_arm_1000", TIMERS, (double)(now() - start) / TIMERS);
	start = now();
	cancel(TIMERS - 1, -1);
	bench_say("timer_cancel_newest_1000", CANCELS, (double)(now() - start) / CANCELS);
	start = now();
	cancel(0, 1);
	bench_say("timer_cancel_oldest_1000", CANCELS, (double)(now() - start) / CANCELS);
	arm_many(TIMERS);
	start = now();
	io_uring_queue_exit(&ring);
	bench_say("timer_ring_close_1000", 1, (double)(now() - start));
}

int main(void)
{
	ring_make();
	bench_nop("uring_nop_qd1", 10000, 1);
	bench_nop("uring_nop_batch32", 32000, 32);
	bench_nop("uring_nop_batch128", 64000, 128);
	bench_timers();
	return 0;
}
