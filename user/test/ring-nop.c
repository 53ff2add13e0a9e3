/* ring-nop.c - the queues themselves, with requests that do nothing: one, a full queue, round and round, a part of
 * what is there, the index array; user data comes back bit for bit, each exactly once.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

enum { ENTRIES = 8 };

static struct io_uring ring;

static void prepare_nop(u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data64(sqe, user_data);
}

static void check_user_data(void)
{
	static const u64 values[] = { 0, 1, ~0ull, 1ull << 63, 0x123456789abcdef0 };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct io_uring_cqe cqe;

		prepare_nop(values[i]);
		REQUIRE_EQ(io_uring_submit_and_wait(&ring, 1), 1);
		cqe = ring_reap(&ring);
		CHECK_EQ(cqe.user_data, values[i]);
		CHECK_EQ(cqe.res, 0);
		CHECK_EQ(cqe.flags, 0);
	}
}

/* Far more rounds than entries, in batches of every size: the indices wrap many times. */
static void check_rounds(void)
{
	u64 sent = 0, received = 0;

	for (int round = 0; round < 200; round++) {
		unsigned batch = 1 + (unsigned)round % ENTRIES, head, seen = 0;
		struct io_uring_cqe *cqe;

		for (unsigned i = 0; i < batch; i++)
			prepare_nop(sent++);
		CHECK_EQ(io_uring_sq_space_left(&ring), ENTRIES - batch);
		REQUIRE_EQ(io_uring_submit_and_wait(&ring, batch), batch);
		CHECK_EQ(io_uring_cq_ready(&ring), batch);
		io_uring_for_each_cqe(&ring, head, cqe)
		{
			CHECK_EQ(cqe->user_data, received);
			received++;
			seen++;
		}
		io_uring_cq_advance(&ring, seen);
	}
	CHECK_EQ(sent, received);
	CHECK_EQ(*ring.sq.khead, *ring.sq.ktail);
}

static void check_full(void)
{
	for (u64 i = 0; i < ENTRIES; i++)
		prepare_nop(i);
	CHECK(io_uring_get_sqe(&ring) == NULL);
	CHECK_EQ(io_uring_sq_ready(&ring), ENTRIES);
	CHECK(ring_quiet(&ring)); /* not submitted: nothing happens */
	REQUIRE_EQ(io_uring_submit(&ring), ENTRIES);
	REQUIRE_EQ(io_uring_submit(&ring), 0);
	for (u64 i = 0; i < ENTRIES; i++)
		CHECK_EQ(ring_reap(&ring).user_data, i);
	CHECK(ring_quiet(&ring));
}

/* The count given to enter: less than there is takes the first ones, more takes what is there. */
static void check_counts(void)
{
	unsigned fd = (unsigned)ring.ring_fd;

	for (u64 i = 0; i < 5; i++)
		prepare_nop(i);
	store_release(ring.sq.ktail, ring.sq.sqe_tail);
	CHECK_EQ(io_uring_enter(fd, 0, 0, 0, NULL), 0);
	CHECK(ring_quiet(&ring));
	CHECK_EQ(io_uring_enter(fd, 2, 2, IORING_ENTER_GETEVENTS, NULL), 2);
	CHECK_EQ(io_uring_cq_ready(&ring), 2);
	CHECK_EQ(io_uring_sq_ready(&ring), 3);
	CHECK_EQ(io_uring_enter(fd, 100, 3, IORING_ENTER_GETEVENTS, NULL), 3);
	for (u64 i = 0; i < 5; i++)
		CHECK_EQ(ring_reap(&ring).user_data, i);
}

/* The array decides which SQE comes first. */
static void check_array(void)
{
	unsigned tail = ring.sq.sqe_tail, mask = ring.sq.ring_mask;
	u32 saved[4];

	for (u64 i = 0; i < 4; i++)
		prepare_nop(i);
	for (unsigned i = 0; i < 4; i++) {
		saved[i] = ring.sq.array[(tail + i) & mask];
		ring.sq.array[(tail + i) & mask] = (tail + 3 - i) & mask;
	}
	REQUIRE_EQ(io_uring_submit_and_wait(&ring, 4), 4);
	for (u64 i = 0; i < 4; i++)
		CHECK_EQ(ring_reap(&ring).user_data, 3 - i);
	for (unsigned i = 0; i < 4; i++)
		ring.sq.array[(tail + i) & mask] = saved[i];
}

int main(void)
{
	ring_make(&ring, ENTRIES);
	check_user_data();
	check_rounds();
	check_full();
	check_counts();
	check_array();
	io_uring_queue_exit(&ring);
	return check_done();
}
