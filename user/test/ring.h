/* ring.h - short hands for the tests of rings: make one, run one request, collect completions. */
#pragma once

#include "user/lib/uring.h"
#include "user/test/check.h"

/* A ring that works, or the end of the program: skipped where the system has none or forbids it. */
static inline void ring_make(struct io_uring *ring, unsigned entries)
{
	int ret = io_uring_queue_init(entries, ring, 0);

	if (ret == -ENOSYS || ret == -EPERM)
		exit(check_skip("no io_uring here"));
	REQUIRE_OK(ret);
}

static inline struct io_uring_sqe *ring_sqe(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	REQUIRE(sqe != NULL);
	return sqe;
}

/* Wait for the next completion and take it. */
static inline struct io_uring_cqe ring_reap(struct io_uring *ring)
{
	struct io_uring_cqe *cqe, copy;

	REQUIRE_OK(io_uring_wait_cqe(ring, &cqe));
	copy = *cqe;
	io_uring_cqe_seen(ring, cqe);
	return copy;
}

/* Submit the one request that was prepared. With a poller the answer is what lies in the SQ, and Linux may tell of an
 * SQE as taken after its completion. */
static inline void ring_submit_one(struct io_uring *ring)
{
	int submitted = io_uring_submit(ring);

	REQUIRE(submitted == 1 || (submitted > 1 && (ring->flags & IORING_SETUP_SQPOLL)));
}

/* Submit the one request that was prepared and wait for it: its result. */
static inline s32 ring_run(struct io_uring *ring, struct io_uring_sqe *sqe)
{
	static __thread u64 tag = 0xfeed000000000000; /* a ring of its own for each thread that calls this */
	struct io_uring_cqe cqe;

	sqe->user_data = ++tag;
	ring_submit_one(ring);
	cqe = ring_reap(ring);
	CHECK_EQ(cqe.user_data, tag);
	CHECK_EQ(cqe.flags & ~(u32)IORING_CQE_F_SOCK_NONEMPTY, 0);
	return cqe.res;
}

/* No completion is there. */
static inline bool ring_quiet(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;

	return io_uring_peek_cqe(ring, &cqe) == -EAGAIN;
}
