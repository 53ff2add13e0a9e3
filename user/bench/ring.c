/* ring.c - what a ring itself costs: operations that do nothing, and timeouts. */
#define _GNU_SOURCE
#include "user/bench/bench.h"
#include "user/bench/proc.h"
#include "user/lib/uring.h"

enum { ENTRIES = 256, CQ_ENTRIES = 2048, CANCELS = 500 };

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
	u64 seed = 12345;

	for (long i = 0; i < count; i++) {
		seed = seed * 6364136223846793005ul + 1442695040888963407ul;
		time[i % 128] = (struct __kernel_timespec){ .tv_sec = 10000 + (long long)((seed >> 33) % 100000),
							    .tv_nsec = (long long)((seed >> 20) % 1000000000) };
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

static void say(const char *what, long timers, long count, u64 start)
{
	u64 spent = now() - start;
	char name[64];

	snprintf(name, sizeof(name), "timer_%s_%ld", what, timers);
	bench_say(name, count, (double)spent / (double)count);
}

/* The kernel looks a timeout up by its user data: the oldest and the newest show whether it walks a list. */
static void bench_timers(long timers)
{
	struct memory before = memory_now();
	u64 start = now();

	arm_many(timers);
	say("arm", timers, timers, start);
	memory_say("timer", timers, before);
	start = now();
	cancel(timers - 1, -1);
	say("cancel_newest", timers, CANCELS, start);
	start = now();
	cancel(0, 1);
	say("cancel_oldest", timers, CANCELS, start);
	start = now();
	io_uring_queue_exit(&ring);
	say("ring_close", timers, 1, start);
}

int main(void)
{
	static const long timers[] = { 1000, 100000 };

	ring_make();
	bench_nop("uring_nop_qd1", 10000, 1);
	bench_nop("uring_nop_batch32", 32000, 32);
	bench_nop("uring_nop_batch128", 64000, 128);
	for (u32 i = 0; i < ARRAY_SIZE(timers); i++) {
		bench_timers(timers[i]);
		ring_make();
	}
	return 0;
}
