/* ring-scarce.c - when memory becomes scarce a ring begins nothing more that waits; what has begun completes,
 * cancelling works, what needs no memory works, and so do other programs.
 *
 * machines: smp=2
 * boot: memory=40M
 * oracle: none
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"
#include "user/test/child.h"
#include "user/test/ring.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

enum { PAGE = 4096, ENTRIES = 64, LEFT_KILOBYTES = 10 * 1024, STEP_PAGES = 64, FEWEST = 1000, MOST = 200 * 1000 };

static struct io_uring ring;

/* Take memory until little is left, so that the ring has not so far to go. */
static void fill(void)
{
	while (proc_number("/proc/meminfo", "MemFree:") > LEFT_KILOBYTES) {
		char *at = mmap(NULL, STEP_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		REQUIRE(at != MAP_FAILED);
		for (long i = 0; i < STEP_PAGES; i++)
			at[i * PAGE] = 1;
	}
}

static void prepare_poll(int fd, u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	io_uring_sqe_set_data64(sqe, user_data);
}

/* Start polls until the ring says no: how many there are. The one that was not begun stays in the queue. */
static long poll_all(int fd)
{
	for (long i = 0; i < MOST; i++) {
		int ret;

		prepare_poll(fd, (u64)i);
		ret = io_uring_submit(&ring);
		if (ret != 1) {
			CHECK_EQ(ret, -EAGAIN);
			return i;
		}
	}
	return MOST;
}

/* Others have what they need: a process, and memory for it. */
static void check_others(void)
{
	int child = (int)REQUIRE_OK(fork()), status;

	if (!child) {
		volatile char *at = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (long i = 0; i < 8; i++)
			at[i * PAGE] = 1;
		_exit(7);
	}
	REQUIRE_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 7 << 8);
}

/* The SQE that was refused is still first in the queue: make it something else. */
static struct io_uring_sqe *refused_sqe(void)
{
	return &ring.sq.sqes[*ring.sq.khead & ring.sq.ring_mask];
}

static void check_what_frees(void)
{
	struct io_uring_cqe cqe;

	io_uring_prep_nop(refused_sqe());
	io_uring_sqe_set_data64(refused_sqe(), MOST);
	REQUIRE_EQ(io_uring_enter((unsigned)ring.ring_fd, 1, 0, 0, NULL), 1);
	CHECK_EQ(ring_reap(&ring).user_data, MOST);
	io_uring_prep_poll_remove(ring_sqe(&ring), 0);
	io_uring_sqe_set_data64(refused_sqe(), MOST);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	for (int i = 0; i < 2; i++) {
		cqe = ring_reap(&ring);
		CHECK(cqe.user_data == 0 || cqe.user_data == MOST);
		CHECK_EQ(cqe.res, cqe.user_data == 0 ? -ECANCELED : 0);
	}
}

int main(void)
{
	int event = (int)REQUIRE_OK(eventfd(0, 0));
	long count;

	ring_make(&ring, ENTRIES);
	fill();
	count = poll_all(event);
	CHECK(count >= FEWEST && count < MOST);
	check_others();
	check_what_frees();
	CHECK_OK(eventfd_write(event, 1));
	for (long i = 1; i < count; i++)
		CHECK_EQ(ring_reap(&ring).res, POLLIN);
	CHECK(ring_quiet(&ring));
	prepare_poll(event, 1); /* there is room again */
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK_EQ(ring_reap(&ring).res, POLLIN);
	io_uring_queue_exit(&ring);
	return check_done();
}
