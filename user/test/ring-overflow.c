/* ring-overflow.c - more completions than the queue has room for: none is lost, none comes twice,
 * IORING_SQ_CQ_OVERFLOW says that some are waiting, and entering the kernel brings them.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ENTRIES = 4, CQ_ENTRIES = 8, MANY = 50 };

static struct io_uring ring;
static unsigned seen[MANY];

static bool in_order; /* they come as they were submitted */

static unsigned reap_all(void)
{
	static u64 last;
	struct io_uring_cqe *cqe;
	unsigned count = 0;

	while (!io_uring_peek_cqe(&ring, &cqe)) {
		CHECK(!in_order || cqe->user_data == 0 || cqe->user_data == last + 1);
		last = cqe->user_data;
		if (CHECK(cqe->user_data < MANY))
			seen[cqe->user_data]++;
		io_uring_cqe_seen(&ring, cqe);
		count++;
	}
	return count;
}

static void check_all_once(void)
{
	for (int i = 0; i < MANY; i++)
		CHECK_EQ(seen[i], 1);
	memset(seen, 0, sizeof(seen));
}

/* Complete at once, nobody takes them. */
static void check_nops(void)
{
	unsigned reaped = 0;

	in_order = true;
	for (u64 i = 0; i < MANY; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);
		int ret;

		io_uring_prep_nop(sqe);
		io_uring_sqe_set_data64(sqe, i);
		while ((ret = io_uring_submit(&ring)) == -EBUSY) /* allowed: take some first */
			reaped += reap_all();
		CHECK_EQ(ret, 1);
	}
	CHECK(io_uring_cq_has_overflow(&ring));
	CHECK_EQ(io_uring_cq_ready(&ring), CQ_ENTRIES);
	CHECK_EQ(load_relaxed(ring.cq.koverflow), 0); /* counts lost ones: never */
	reaped += reap_all();
	CHECK_EQ(reaped, MANY);
	CHECK(!io_uring_cq_has_overflow(&ring));
	check_all_once();
	in_order = false;
}

#if defined(__riscv)
/* Submit COUNT, for which there is room in the queue. */
static int submit_nops(struct io_uring *to, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		io_uring_prep_nop(ring_sqe(to));
	return io_uring_submit(to);
}

/* Chime keeps a number of them, then it refuses more until some have been taken. */
static void check_bounded(void)
{
	enum { BATCH = 128, MOST = 65536 + 4 * BATCH };
	struct io_uring large;
	struct io_uring_cqe *cqe;
	long submitted = 0, reaped = 0;
	int ret;

	ring_make(&large, BATCH);
	while ((ret = submit_nops(&large, BATCH)) == BATCH && submitted < 2 * MOST)
		submitted += ret;
	CHECK_EQ(ret, -EBUSY);
	CHECK(submitted <= MOST);
	for (; !io_uring_peek_cqe(&large, &cqe); reaped++)
		io_uring_cqe_seen(&large, cqe);
	CHECK_EQ(reaped, submitted);
	io_uring_queue_exit(&large);
}

#else
static void check_bounded(void)
{
}
#endif

/* One event for each: on another hart, while we take some and look whether there are more. */
static void *trickle(void *event)
{
	for (int i = 0; i < MANY; i++) {
		CHECK_OK(eventfd_write(*(int *)event, 1));
		if (i >= CQ_ENTRIES)
			sched_yield(); /* the read that waited for it ends on this hart */
	}
	return NULL;
}

/* Complete later, by one event all together, or one by one by those of another thread. */
static void check_late(bool together)
{
	int event = (int)REQUIRE_OK(eventfd(0, EFD_SEMAPHORE));
	static u64 values[MANY];
	pthread_t thread;
	struct io_uring_cqe *cqe;
	unsigned reaped = 0;

	for (u64 i = 0; i < MANY; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);

		io_uring_prep_read(sqe, event, &values[i], 8, -1ull);
		io_uring_sqe_set_data64(sqe, i);
		REQUIRE_EQ(io_uring_submit(&ring), 1);
	}
	if (together)
		CHECK_OK(eventfd_write(event, MANY));
	else
		REQUIRE(!pthread_create(&thread, NULL, trickle, &event));
	while (reaped < MANY) {
		REQUIRE_OK(io_uring_wait_cqe(&ring, &cqe));
		CHECK_EQ(cqe->res, 8);
		reaped += reap_all();
	}
	CHECK(ring_quiet(&ring));
	CHECK(!io_uring_cq_has_overflow(&ring));
	check_all_once();
	if (!together)
		pthread_join(thread, NULL);
	close(event);
}

int main(void)
{
	ring_make(&ring, ENTRIES);
	CHECK_EQ(ring.cq.ring_entries, CQ_ENTRIES);
	check_nops();
	check_late(true);
	for (int round = 0; round < 30; round++)
		check_late(false);
	check_nops();
	check_bounded();
	io_uring_queue_exit(&ring);
	return check_done();
}
