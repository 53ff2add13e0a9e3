/* pending.c - operations that wait in a ring: the time to arm one, the kernel's memory for each. */
#define _GNU_SOURCE
#include "user/bench/bench.h"
#include "user/bench/proc.h"
#include "user/lib/uring.h"

#include <poll.h>
#include <sys/eventfd.h>

enum { BATCH = 128, SETTLE_NS = 20000000 };

static struct io_uring ring;
static u64 buffer;

static void prepare_read(struct io_uring_sqe *sqe, int fd)
{
	io_uring_prep_read(sqe, fd, &buffer, sizeof(buffer), (u64)-1);
}

static void prepare_poll(struct io_uring_sqe *sqe, int fd)
{
	io_uring_prep_poll_add(sqe, fd, POLLIN);
}

static void settle(void)
{
	const struct timespec time = { .tv_nsec = SETTLE_NS };

	nanosleep(&time, NULL);
}

static void bench_pending(const char *kind, void (*prepare)(struct io_uring_sqe *sqe, int fd), long count)
{
	struct io_uring_params params = { .flags = IORING_SETUP_CQSIZE, .cq_entries = 16384 };
	int fd = (int)NEED(eventfd(0, 0));
	struct memory before;
	char name[64];
	u64 start, spent;

	NEED(io_uring_queue_init_params(256, &ring, &params));
	settle();
	before = memory_now();
	start = now();
	for (long i = 0; i < count; i++) {
		prepare(io_uring_get_sqe(&ring), fd);
		if (i % BATCH == BATCH - 1 || i == count - 1)
			NEED(io_uring_submit(&ring));
	}
	spent = now() - start;
	snprintf(name, sizeof(name), "pending_%s_arm_%ld", kind, count);
	bench_say(name, count, (double)spent / (double)count);
	snprintf(name, sizeof(name), "pending_%s", kind);
	memory_say(name, count, before);
	io_uring_queue_exit(&ring);
	close(fd);
	settle();
}

int main(void)
{
	static const long counts[] = { 1000, 10000 };

	for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
		bench_pending("read", prepare_read, counts[i]);
		bench_pending("poll", prepare_poll, counts[i]);
	}
	return 0;
}
