/* ring-timeout-begins.c - a timeout that is removed, cancelled, given another time, or counts a completion before it
 * has begun: its time lies in a page that must come from the disk, and who asks is behind it in the same submission.
 *
 *     SQ   TIMEOUT, time in a cold page ---- waits for the disk .......... begins, or does not
 *          remove it | cancel it | another time | NOP      at once: it finds what has not begun
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

enum { PAGE = 4096, ROUNDS = 4, WAYS = 4, THE_TIMEOUT = 1, WHO_ASKS = 2 };

/* Pages of the program's file that nobody has touched. Second runs find them in memory, and notice less. */
static const struct cold {
	struct __kernel_timespec time;
	char rest[PAGE - sizeof(struct __kernel_timespec)];
} cold[ROUNDS * WAYS] __attribute__((aligned(PAGE))) = { [0 ... ROUNDS * WAYS - 1] = { .time = { 1000000, 0 } } };

static struct __kernel_timespec soon = { .tv_nsec = 1000000 };

static void remove_it(struct io_uring_sqe *sqe)
{
	io_uring_prep_timeout_remove(sqe, THE_TIMEOUT, 0);
}

static void cancel_it(struct io_uring_sqe *sqe)
{
	io_uring_prep_cancel64(sqe, THE_TIMEOUT, 0);
}

static void update_it(struct io_uring_sqe *sqe)
{
	io_uring_prep_timeout_update(sqe, &soon, THE_TIMEOUT, 0);
}

static const struct way {
	const char *name;
	void (*prepare)(struct io_uring_sqe *sqe);
	s32 ends;
	unsigned completions; /* that end it */
} ways[WAYS] = {
	{ "removed", remove_it, -ECANCELED, 0 },
	{ "cancelled", cancel_it, -ECANCELED, 0 },
	{ "updated", update_it, -ETIME, 0 },
	{ "counting", io_uring_prep_nop, 0, 1 },
};

static void check_way(struct io_uring *ring, const struct way *way, const struct __kernel_timespec *time)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);
	s32 results[3] = { 1, 1, 1 };

	io_uring_prep_timeout(sqe, time, way->completions, 0);
	io_uring_sqe_set_data64(sqe, THE_TIMEOUT);
	sqe = ring_sqe(ring);
	way->prepare(sqe);
	io_uring_sqe_set_data64(sqe, WHO_ASKS);
	REQUIRE_EQ(io_uring_submit(ring), 2);
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = ring_reap(ring);

		results[cqe.user_data % ARRAY_SIZE(results)] = cqe.res;
		if (cqe.user_data == WHO_ASKS && !CHECK_EQ(cqe.res, 0)) {
			check_note("%s before it has begun", way->name);
			exit(check_done()); /* the timeout takes its time */
		}
	}
	if (!CHECK_EQ(results[THE_TIMEOUT], way->ends))
		check_note("%s", way->name);
}

int main(void)
{
	struct io_uring ring;

	ring_make(&ring, 4);
	for (int i = 0; i < ROUNDS * WAYS; i++)
		check_way(&ring, &ways[i % WAYS], &cold[i].time);
	CHECK(ring_quiet(&ring));
	io_uring_queue_exit(&ring);
	return check_done();
}
