/* ring-fair.c - among the rings of one poller each has its turn, with a few entries, before one has a second.
 *
 * machines: !torture
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <unistd.h>

enum { MANY = 1024, TURN = 8, TIMES = 10 };

static void made(struct io_uring *ring, unsigned entries, u32 flags, int to)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL | flags, .wq_fd = (u32)to, .sq_thread_idle = 1 };
	int ret = io_uring_queue_init_params(entries, ring, &params);

	if (ret == -ENOSYS || ret == -EPERM)
		exit(check_skip("no io_uring here"));
	REQUIRE_OK(ret);
}

/* BUSY is full, OTHER has an entry that was there before: it writes into a pipe how many of BUSY's have been taken by
 * then, which is a word of BUSY's shared memory. Whose turn is first differs. */
static void check_turn(struct io_uring *busy, struct io_uring *other, const int ends[2])
{
	u32 before = load_relaxed(busy->sq.khead), then;

	io_uring_prep_write(ring_sqe(other), ends[1], busy->sq.khead, sizeof(then), 0);
	for (u64 n = 0; n < MANY; n++)
		io_uring_prep_nop(ring_sqe(busy));
	store_release(other->sq.ktail, other->sq.sqe_tail);
	REQUIRE_OK(io_uring_submit(busy));
	REQUIRE_OK(io_uring_submit(other));
	REQUIRE_EQ(ring_reap(other).res, sizeof(then));
	REQUIRE_EQ(read(ends[0], &then, sizeof(then)), sizeof(then));
	if (!CHECK(then - before <= TURN))
		check_note("%u before it", then - before);
	for (u64 n = 0; n < MANY; n++)
		CHECK_EQ(ring_reap(busy).res, 0);
}

int main(void)
{
	struct io_uring rings[3];
	int ends[2];

	REQUIRE_OK(pipe(ends));
	made(&rings[0], MANY, 0, 0);
	for (int i = 1; i < 3; i++)
		made(&rings[i], MANY, IORING_SETUP_ATTACH_WQ, rings[i - 1].ring_fd);
	for (int i = 0; i < TIMES; i++)
		for (int j = 0; j < 3; j++)
			check_turn(&rings[j], &rings[(j + 1 + i % 2) % 3], ends);
	for (int i = 0; i < 3; i++)
		io_uring_queue_exit(&rings[i]);
	return check_done();
}
