/* ring-batch.c - what is seen of operations that answer at once, many in one submission: an eventfd is told after
 * their completions are there, a waiter wakes when a batch brings enough, a queue that fills up within a batch loses
 * nothing and keeps the order, and a batch longer than a step is done to its end.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ENTRIES = 256, CQ_SMALL = 256, MANY = 4096 };

static struct io_uring ring;
static u64 next_data;

static void make(unsigned entries, unsigned cq_entries)
{
	struct io_uring_params params = { .flags = IORING_SETUP_CQSIZE, .cq_entries = cq_entries };
	int ret = io_uring_queue_init_params(entries, &ring, &params);

	if (ret == -ENOSYS || ret == -EPERM)
		exit(check_skip("no io_uring here"));
	REQUIRE_OK(ret);
	next_data = 0;
}

static void prepare(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);

		io_uring_prep_nop(sqe);
		io_uring_sqe_set_data64(sqe, next_data++);
	}
}

/* COUNT completions, from number FIRST on, in their order. */
static void collect(u64 first, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK_EQ(cqe.user_data, first + i);
		CHECK_EQ(cqe.res, 0);
	}
}

/* At least one signal for each submission, not more than completions. */
static void check_eventfd(void)
{
	static const unsigned batches[] = { 1, 2, 63, 64, 65, 200 };
	int event = eventfd(0, EFD_NONBLOCK);
	u64 first;
	eventfd_t value;

	make(ENTRIES, 2 * ENTRIES);
	REQUIRE_OK(event);
	REQUIRE_EQ(io_uring_register_eventfd(&ring, event), 0);
	for (size_t i = 0; i < ARRAY_SIZE(batches); i++) {
		first = next_data;
		prepare(batches[i]);
		REQUIRE_EQ(io_uring_submit(&ring), batches[i]);
		CHECK_EQ(io_uring_cq_ready(&ring), batches[i]);
		value = 0;
		CHECK_OK(eventfd_read(event, &value));
		CHECK(value >= 1 && value <= batches[i]);
		collect(first, batches[i]);
	}
	close(event);
	io_uring_queue_exit(&ring);
}

/* --- a thread waits for more than a batch brings, and for less than the next --- */

static unsigned wanted;

static void *waiter(void *unused)
{
	struct io_uring_cqe *cqe;

	(void)unused;
	REQUIRE_OK(io_uring_wait_cqe_nr(&ring, &cqe, wanted));
	CHECK(io_uring_cq_ready(&ring) >= wanted);
	return NULL;
}

static void check_waiter(unsigned first_batch, unsigned second_batch, unsigned count)
{
	pthread_t thread;

	make(ENTRIES, 2 * ENTRIES);
	wanted = count;
	REQUIRE_EQ(pthread_create(&thread, NULL, waiter, NULL), 0);
	prepare(first_batch);
	REQUIRE_EQ(io_uring_submit(&ring), first_batch);
	prepare(second_batch);
	REQUIRE_EQ(io_uring_submit(&ring), second_batch);
	REQUIRE_EQ(pthread_join(thread, NULL), 0);
	collect(0, first_batch + second_batch);
	io_uring_queue_exit(&ring);
}

/* The queue has room for a part of the second batch; a read that waits ends in between. */
static void check_overflow(void)
{
	int event = eventfd(0, 0);
	unsigned before = CQ_SMALL - 70;
	static u64 value;
	bool read_came = false;

	make(ENTRIES, CQ_SMALL);
	REQUIRE_OK(event);
	io_uring_prep_read(ring_sqe(&ring), event, &value, sizeof(value), 0);
	ring.sq.sqes[0].user_data = MANY;
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	prepare(before);
	REQUIRE_EQ(io_uring_submit(&ring), before);
	prepare(200);
	REQUIRE_EQ(io_uring_submit(&ring), 200);
	CHECK_EQ(io_uring_cq_ready(&ring), CQ_SMALL);
	CHECK(io_uring_cq_has_overflow(&ring));
	CHECK_OK(eventfd_write(event, 1));
	for (u64 i = 0; i < before + 200;) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		if (cqe.user_data == MANY)
			read_came = CHECK(!read_came);
		else
			CHECK_EQ(cqe.user_data, i++);
	}
	if (!read_came)
		CHECK_EQ(ring_reap(&ring).user_data, MANY);
	CHECK(!io_uring_cq_has_overflow(&ring));
	CHECK_EQ(load_relaxed(ring.cq.koverflow), 0);
	io_uring_queue_exit(&ring);
	close(event);
}

/* Longer than a step of the kernel may be. */
static void check_long(void)
{
	make(MANY, MANY);
	prepare(MANY);
	REQUIRE_EQ(io_uring_submit_and_wait(&ring, MANY), MANY);
	CHECK_EQ(io_uring_cq_ready(&ring), MANY);
	collect(0, MANY);
	CHECK(ring_quiet(&ring));
	io_uring_queue_exit(&ring);
}

/* What is refused, and what waits, among what answers at once. */
static void check_mixed(void)
{
	int event = eventfd(0, 0);
	static u64 value;

	make(ENTRIES, ENTRIES);
	REQUIRE_OK(event);
	prepare(3);
	io_uring_prep_read(ring_sqe(&ring), event, &value, sizeof(value), 0);
	ring.sq.sqes[3].user_data = MANY;
	prepare(3);
	io_uring_prep_nop(ring_sqe(&ring));
	ring.sq.sqes[7].opcode = 255;
	ring.sq.sqes[7].user_data = MANY + 1;
	REQUIRE_EQ(io_uring_submit(&ring), 8);
	collect(0, 6);
	CHECK_EQ(ring_reap(&ring).res, -EINVAL);
	CHECK(ring_quiet(&ring));
	CHECK_OK(eventfd_write(event, 5));
	CHECK_EQ(ring_reap(&ring).res, sizeof(value));
	CHECK_EQ(value, 5);
	io_uring_queue_exit(&ring);
	close(event);
}

int main(void)
{
	check_eventfd();
	check_waiter(100, 100, 150);
	check_waiter(100, 100, 200);
	check_waiter(1, 63, 64);
	check_overflow();
	check_long();
	check_mixed();
	return check_done();
}
