/* ring-bad.c - requests that no operation can be made of: each is answered with one completion that says why, carries
 * its user data, and leaves the ring usable.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

static struct io_uring ring;

/* An SQE that is refused ends the batch: submit counts it, and what stands behind it is submitted by the next call. */
static s32 run_bad(const struct io_uring_sqe *bad)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	*sqe = *bad;
	return ring_run(&ring, sqe);
}

static void check_opcodes(void)
{
	for (int opcode = 200; opcode < 256; opcode++)
		CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = (u8)opcode }), -EINVAL);
}

static void check_flags(void)
{
	struct io_uring_sqe *sqe;

	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_NOP, .flags = 1 << 7 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_NOP, .personality = 77 }), -EINVAL);
	/* No table of registered files: no such file. */
	sqe = ring_sqe(&ring);
	io_uring_prep_read(sqe, 0, NULL, 0, 0);
	sqe->flags = IOSQE_FIXED_FILE;
	CHECK(ring_run(&ring, sqe) < 0);
	/* Buffer selection where the operation has none, or no buffers: refused, not ignored. */
	sqe = ring_sqe(&ring);
	io_uring_prep_nop(sqe);
	sqe->flags = IOSQE_BUFFER_SELECT;
	CHECK(ring_run(&ring, sqe) < 0);
}

static void check_reserved(void)
{
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_CLOSE, .fd = -1, .off = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_CLOSE, .fd = -1, .addr = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_CLOSE, .fd = -1, .rw_flags = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .buf_index = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_STATX, .buf_index = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_TIMEOUT, .len = 1, .buf_index = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_TIMEOUT_REMOVE, .len = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_ASYNC_CANCEL, .off = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_POLL_ADD, .buf_index = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_POLL_REMOVE, .buf_index = 1 }), -EINVAL);
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_FSYNC, .splice_fd_in = 1 }), -EINVAL);
}

/* Good, bad, good in one queue: every one gets its completion, if need be by a second submit. */
static void check_batch(void)
{
	unsigned seen = 0, submitted = 0;

	for (u64 i = 0; i < 3; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);

		io_uring_prep_nop(sqe);
		if (i == 1)
			sqe->opcode = 255;
		io_uring_sqe_set_data64(sqe, i);
	}
	for (int tries = 0; submitted < 3 && tries < 3; tries++)
		submitted += (unsigned)CHECK_OK(io_uring_submit(&ring));
	CHECK_EQ(submitted, 3);
	for (int i = 0; i < 3; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK_EQ(cqe.res, cqe.user_data == 1 ? -EINVAL : 0);
		seen |= 1u << cqe.user_data;
	}
	CHECK_EQ(seen, 7);
	CHECK(ring_quiet(&ring));
}

int main(void)
{
	ring_make(&ring, 8);
	check_opcodes();
	check_flags();
	check_reserved();
	check_batch();
	CHECK_EQ(run_bad(&(struct io_uring_sqe){ .opcode = IORING_OP_NOP }), 0);
	io_uring_queue_exit(&ring);
	return check_done();
}
