/* ring-setup.c - making rings: every parameter at its limits, what is told back, the mappings, and what the
 * descriptor is.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_ENTRIES = 32768, PAGE = 4096 };

static const struct row {
	unsigned entries;
	u32 flags, cq_entries;
	int error; /* or 0 and: */
	u32 sq, cq;
} rows[] = {
	{ 0, 0, 0, -EINVAL, 0, 0 },
	{ 1, 0, 0, 0, 1, 2 },
	{ 2, 0, 0, 0, 2, 4 },
	{ 3, 0, 0, 0, 4, 8 },
	{ 100, 0, 0, 0, 128, 256 },
	{ 256, 0, 0, 0, 256, 512 },
	{ 1u << 20, 0, 0, -EINVAL, 0, 0 },
	{ 0xffffffff, 0, 0, -EINVAL, 0, 0 },
	{ 8, 0, 77, 0, 8, 16 }, /* cq_entries counts only with the flag */
	{ 8, IORING_SETUP_CQSIZE, 0, -EINVAL, 0, 0 },
	{ 8, IORING_SETUP_CQSIZE, 4, -EINVAL, 0, 0 },
	{ 8, IORING_SETUP_CQSIZE, 7, 0, 8, 8 }, /* rounded up, then compared */
	{ 8, IORING_SETUP_CQSIZE, 8, 0, 8, 8 },
	{ 8, IORING_SETUP_CQSIZE, 100, 0, 8, 128 },
	{ 8, IORING_SETUP_CQSIZE, 1u << 25, -EINVAL, 0, 0 },
	{ 8, IORING_SETUP_CLAMP, 0, 0, 8, 16 },
	{ 0, IORING_SETUP_CLAMP, 0, -EINVAL, 0, 0 },
	{ 8, 1u << 31, 0, -EINVAL, 0, 0 },
	{ 8, IORING_SETUP_SQ_AFF, 0, -EINVAL, 0, 0 }, /* without SQPOLL */
	{ 8, IORING_SETUP_TASKRUN_FLAG, 0, -EINVAL, 0, 0 },
	{ 8, IORING_SETUP_REGISTERED_FD_ONLY, 0, -EINVAL, 0, 0 },
};

static void check_rows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct io_uring_params params = { .flags = row->flags, .cq_entries = row->cq_entries };
		int fd = io_uring_setup(row->entries, &params);
		bool good = row->error ? fd == row->error
				       : fd >= 0 && params.sq_entries == row->sq && params.cq_entries == row->cq;

		if (!CHECK(good))
			check_note("%u entries, flags %#x, cq_entries %u: answers %d, sq %u, cq %u", row->entries,
				   row->flags, row->cq_entries, fd, params.sq_entries, params.cq_entries);
		if (fd >= 0)
			CHECK_EQ(close(fd), 0);
	}
}

/* Too many are cut to the greatest number there is. */
static void check_clamp(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE, .cq_entries = 1u << 30 };
	int fd = io_uring_setup(1u << 20, &params);

	CHECK_OK(fd);
	CHECK(params.sq_entries >= 128 && params.sq_entries <= MOST_ENTRIES &&
	      !(params.sq_entries & (params.sq_entries - 1)));
	CHECK(params.cq_entries >= params.sq_entries && params.cq_entries <= 2 * MOST_ENTRIES);
	close(fd);
}

static void check_reserved(void)
{
	for (int i = 0; i < 3; i++) {
		struct io_uring_params params = { 0 };

		params.resv[i] = 1;
		CHECK_EQ(io_uring_setup(8, &params), -EINVAL);
	}
	CHECK_EQ(io_uring_setup(8, NULL), -EFAULT);
}

static void check_words(void)
{
	struct io_uring ring;

	ring_make(&ring, 8);
	CHECK(ring.features & IORING_FEAT_SINGLE_MMAP);
	CHECK(ring.features & IORING_FEAT_NODROP);
	CHECK(ring.features & IORING_FEAT_EXT_ARG);
	CHECK_EQ(ring.sq.ring_entries, 8);
	CHECK_EQ(ring.sq.ring_mask, 7);
	CHECK_EQ(ring.cq.ring_entries, 16);
	CHECK_EQ(ring.cq.ring_mask, 15);
	CHECK_EQ(*ring.sq.khead | *ring.sq.ktail | *ring.sq.kflags | *ring.sq.kdropped, 0);
	CHECK_EQ(*ring.cq.khead | *ring.cq.ktail | *ring.cq.kflags | *ring.cq.koverflow, 0);
	CHECK_EQ(fcntl(ring.ring_fd, F_GETFD), FD_CLOEXEC);
	io_uring_queue_exit(&ring);
}

static void check_mappings(void)
{
	struct io_uring ring;
	u32 *again;
	void *at;

	ring_make(&ring, 8);
	again = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ring.ring_fd, IORING_OFF_CQ_RING);
	REQUIRE(again != MAP_FAILED);
	*ring.cq.kflags = IORING_CQ_EVENTFD_DISABLED; /* the same memory as the first mapping */
	CHECK_EQ(again[((char *)ring.cq.kflags - (char *)ring.cq.ring_ptr) / 4], IORING_CQ_EVENTFD_DISABLED);
	CHECK_OK(munmap(again, PAGE));

	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ring.ring_fd, 0x18000000);
	CHECK(at == MAP_FAILED);
	at = mmap(NULL, 1 << 20, PROT_READ, MAP_SHARED, ring.ring_fd, IORING_OFF_SQES);
	if (at != MAP_FAILED) /* longer than there is: may be refused, or fault behind the end */
		CHECK_OK(munmap(at, 1 << 20));

	/* Mappings live longer than the descriptor. */
	CHECK_EQ(close(ring.ring_fd), 0);
	ring.ring_fd = -1;
	ring.sq.sqes[7].user_data = 5;
	CHECK_EQ(ring.sq.sqes[7].user_data, 5);
	CHECK_EQ(*ring.cq.ktail, 0);
	io_uring_queue_exit(&ring);
}

static void check_calls(void)
{
	struct io_uring ring;
	char byte;
	int fd = (int)REQUIRE_OK(open("/dev/null", O_RDWR));

	ring_make(&ring, 1);
	CHECK_EQ(io_uring_enter(999, 0, 0, 0, NULL), -EBADF);
	CHECK_EQ(io_uring_enter((unsigned)fd, 0, 0, 0, NULL), -EOPNOTSUPP);
	CHECK_EQ(io_uring_enter((unsigned)ring.ring_fd, 0, 0, 1u << 30, NULL), -EINVAL);
	CHECK_EQ(io_uring_enter((unsigned)ring.ring_fd, 0, 0, 0, NULL), 0);
	CHECK_EQ(io_uring_register(999, IORING_REGISTER_PROBE, NULL, 0), -EBADF);
	CHECK_EQ(io_uring_register((unsigned)fd, IORING_REGISTER_PROBE, NULL, 0), -EOPNOTSUPP);
	CHECK_EQ(io_uring_register((unsigned)ring.ring_fd, 9999, NULL, 0), -EINVAL);
	CHECK_ERRNO(read(ring.ring_fd, &byte, 1), EINVAL);
	CHECK_ERRNO(write(ring.ring_fd, &byte, 1), EINVAL);
	io_uring_queue_exit(&ring);
	close(fd);
}

int main(void)
{
	struct io_uring ring;

	ring_make(&ring, 1); /* or skip */
	io_uring_queue_exit(&ring);
	check_rows();
	check_clamp();
	check_reserved();
	check_words();
	check_mappings();
	check_calls();
	return check_done();
}
