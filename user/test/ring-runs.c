/* ring-runs.c - many SQEs at once, on the ring itself and not: every completion comes once, with its result; also when
 * cancels give two completions each and the CQ is too small for them.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <fcntl.h>
#include <unistd.h>

enum { ENTRIES = 64, CQ_SMALL = 64, TIMEOUTS = 60, TARGET = 1000 };

static struct io_uring ring;

static void make(unsigned cq_entries)
{
	struct io_uring_params params = { .flags = IORING_SETUP_CQSIZE, .cq_entries = cq_entries };
	int ret = io_uring_queue_init_params(ENTRIES, &ring, &params);

	if (ret == -ENOSYS || ret == -EPERM)
		exit(check_skip("no io_uring here"));
	REQUIRE_OK(ret);
}

/* COUNT timeouts in one submission, whose times lie in two pages; user data TARGET on. */
static void arm(unsigned count)
{
	static struct __kernel_timespec times[512] __attribute__((aligned(4096)));
	struct io_uring_sqe *sqe;

	for (unsigned i = 0; i < count; i++) {
		struct __kernel_timespec *time = &times[256 - count / 2 + i];

		*time = (struct __kernel_timespec){ .tv_sec = 1000 + i };
		sqe = ring_sqe(&ring);
		io_uring_prep_timeout(sqe, time, 0, 0);
		io_uring_sqe_set_data64(sqe, TARGET + i);
	}
	REQUIRE_EQ(io_uring_submit(&ring), (int)count);
	CHECK(ring_quiet(&ring));
}

static bool is_read(unsigned i, unsigned round)
{
	return i % (round + 3) == 2;
}

static s32 expected(unsigned i, unsigned round)
{
	return is_read(i, round) ? 1 : i % 5 == 4 ? -ENOENT : 0;
}

static void prepare_mixed(unsigned round, int zero)
{
	static char bytes[ENTRIES];

	for (unsigned i = 0; i < ENTRIES; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);

		if (is_read(i, round))
			io_uring_prep_read(sqe, zero, &bytes[i], 1, 0);
		else if (i % 5 == 4)
			io_uring_prep_timeout_remove(sqe, 77, 0);
		else
			io_uring_prep_nop(sqe);
		io_uring_sqe_set_data64(sqe, i);
	}
}

/* NOPs, reads, and removals of what is not there. A read may wait; the others complete in the order of submission. */
static void check_mixed(void)
{
	int zero = open("/dev/zero", O_RDONLY);

	REQUIRE_OK(zero);
	for (unsigned round = 0; round < 4; round++) {
		unsigned seen[ENTRIES] = { 0 };
		u64 last = 0;

		prepare_mixed(round, zero);
		REQUIRE_EQ(io_uring_submit(&ring), ENTRIES);
		for (unsigned i = 0; i < ENTRIES; i++) {
			struct io_uring_cqe cqe = ring_reap(&ring);

			REQUIRE(cqe.user_data < ENTRIES);
			CHECK_EQ(cqe.res, expected((unsigned)cqe.user_data, round));
			CHECK_EQ(seen[cqe.user_data]++, 0);
			if (is_read((unsigned)cqe.user_data, round))
				continue;
			CHECK(cqe.user_data >= last);
			last = cqe.user_data;
		}
		CHECK(ring_quiet(&ring));
	}
	close(zero);
}

static void prepare_removal(unsigned i)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_timeout_remove(sqe, TARGET + i, 0);
	io_uring_sqe_set_data64(sqe, i);
}

/* Each cancel has two completions, and the CQ has room for half of them. A timeout whose time could not be read at once
 * may not have begun: then it is cancelled once more. */
static void check_cancels(void)
{
	unsigned own[TIMEOUTS] = { 0 }, ended[TIMEOUTS] = { 0 };

	arm(TIMEOUTS);
	for (unsigned i = 0; i < TIMEOUTS; i++)
		prepare_removal(i);
	REQUIRE_EQ(io_uring_submit(&ring), TIMEOUTS);
	for (unsigned left = 2 * TIMEOUTS; left;) {
		struct io_uring_cqe cqe = ring_reap(&ring);
		u64 i = cqe.user_data % TARGET;

		REQUIRE(i < TIMEOUTS);
		if (cqe.res == -ENOENT) {
			prepare_removal((unsigned)i);
			REQUIRE_EQ(io_uring_submit(&ring), 1);
			continue;
		}
		CHECK_EQ(cqe.res, cqe.user_data < TARGET ? 0 : -ECANCELED);
		(*(cqe.user_data < TARGET ? &own : &ended))[i]++;
		left--;
	}
	for (unsigned i = 0; i < TIMEOUTS; i++)
		CHECK(own[i] == 1 && ended[i] == 1);
	CHECK(ring_quiet(&ring));
}

/* More NOPs than the CQ has room for: none is lost, none is written over. */
static void check_overflow(void)
{
	struct io_uring_sqe *sqe;

	for (unsigned i = 0; i < 3 * ENTRIES; i++) {
		sqe = ring_sqe(&ring);
		io_uring_prep_nop(sqe);
		io_uring_sqe_set_data64(sqe, i);
		if (i % 48 == 47)
			REQUIRE_EQ(io_uring_submit(&ring), 48);
	}
	for (unsigned i = 0; i < 3 * ENTRIES; i++)
		CHECK_EQ(ring_reap(&ring).user_data, i);
}

int main(void)
{
	make(CQ_SMALL);
	check_mixed();
	check_cancels();
	check_overflow();
	check_cancels();
	io_uring_queue_exit(&ring);
	return check_done();
}
