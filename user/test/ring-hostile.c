/* ring-hostile.c - a program that writes nonsense into the memory it shares with the kernel: tails, heads, masks,
 * indices, SQEs that change while they are read. The kernel may refuse, drop or do what it read; it must neither
 * crash nor hang, nor submit more than the queue holds, and a fresh ring must work after each of it.
 *
 * Seed: environment CHIME_SEED, printed.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/data.h"
#include "user/test/random.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ENTRIES = 16, ROUNDS = 300 };

static struct io_uring ring;
static int fd;
static u8 buffer[DATA_BYTES]; /* as large as the file: whatever length is read, it stays in here */

static void fill_with_nops(void)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		io_uring_prep_nop(&ring.sq.sqes[i]);
		ring.sq.sqes[i].user_data = i;
	}
}

static int enter(unsigned to_submit)
{
	return io_uring_enter((unsigned)ring.ring_fd, to_submit, 0, IORING_ENTER_GETEVENTS, NULL);
}

/* Both heads are the kernel's or our own again, and nothing is pending: how many completions that were. */
static unsigned settle(void)
{
	unsigned count = 0;

	ring.sq.sqe_tail = load_relaxed(ring.sq.khead);
	store_release(ring.sq.ktail, ring.sq.sqe_tail);
	for (struct io_uring_cqe *cqe; !io_uring_peek_cqe(&ring, &cqe); count++)
		io_uring_cqe_seen(&ring, cqe);
	return count;
}

static void check_fresh(void)
{
	struct io_uring fresh;
	struct io_uring_sqe *sqe;

	ring_make(&fresh, 2);
	sqe = ring_sqe(&fresh);
	io_uring_prep_read(sqe, fd, buffer, 100, 5);
	CHECK_EQ(ring_run(&fresh, sqe), 100);
	CHECK_EQ(data_differs(SEED_DATA, buffer, 100, 5), -1);
	io_uring_queue_exit(&fresh);
}

/* A tail that is too far away, before and behind the head. */
static void check_tail(void)
{
	static const u32 distances[] = { ENTRIES + 1, 1000, 0x7fffffff, 0x80000000, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(distances); i++) {
		int ret;

		fill_with_nops();
		store_release(ring.sq.ktail, load_relaxed(ring.sq.khead) + distances[i]);
		ret = enter(0xffffffff);
		CHECK(ret < 0 || ret <= ENTRIES);
		CHECK(settle() <= ENTRIES);
		check_fresh();
	}
}

/* The submission head belongs to the kernel, which must not believe what we write there. */
static void check_sq_head(void)
{
	u32 head = load_relaxed(ring.sq.khead);

	fill_with_nops();
	store_relaxed(ring.sq.khead, head + 12345);
	store_release(ring.sq.ktail, head + 2);
	REQUIRE_EQ(enter(2), 2);
	CHECK_EQ(load_relaxed(ring.sq.khead), head + 2);
	CHECK_EQ(settle(), 2);
}

static void check_indices(void)
{
	u32 tail = load_relaxed(ring.sq.ktail), dropped = load_relaxed(ring.sq.kdropped);
	static const u32 indices[] = { ENTRIES, 0x7fffffff, 0xffffffff };
	unsigned completed;
	int ret;

	fill_with_nops();
	for (unsigned i = 0; i < 3; i++)
		ring.sq.array[(tail + i) & ring.sq.ring_mask] = indices[i];
	store_release(ring.sq.ktail, tail + 4); /* the fourth is a good one */
	for (int tries = 0; tries < 5 && load_relaxed(ring.sq.khead) != tail + 4; tries++) {
		ret = enter(4);
		CHECK(ret >= -EINVAL && ret <= 4);
	}
	CHECK_EQ(load_relaxed(ring.sq.kdropped) - dropped, 3);
	completed = settle();
	CHECK_EQ(completed, 1);
	for (unsigned i = 0; i < ENTRIES; i++)
		ring.sq.array[i] = i;
}

/* Words that are only told to us: the kernel has its own copies. */
static void check_told_words(void)
{
	struct io_uring_params params = { 0 };
	struct io_uring_sqe *sqe;
	u32 *words = ring.sq.ring_ptr;
	int other = io_uring_setup(ENTRIES, &params);

	CHECK_OK(other);
	close(other);
	words[params.sq_off.ring_mask / 4] = 0xffffffff;
	words[params.sq_off.ring_entries / 4] = 0xffffffff;
	words[params.cq_off.ring_mask / 4] = 0x00ffffff;
	words[params.cq_off.ring_entries / 4] = 0;
	for (int i = 0; i < 3 * ENTRIES; i++) {
		sqe = ring_sqe(&ring);
		io_uring_prep_nop(sqe);
		CHECK_EQ(ring_run(&ring, sqe), 0);
	}
}

/* A completion head that lies: completions may wait, but none is written where it must not be. */
static void check_cq_head(void)
{
	static const u32 lies[] = { 1, 5, 1000, 0x7fffffff, 0x80000000, 0xfffffff0 };

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		u32 head = load_relaxed(ring.cq.khead);

		store_relaxed(ring.cq.khead, head + lies[i]);
		fill_with_nops();
		store_release(ring.sq.ktail, load_relaxed(ring.sq.khead) + ENTRIES);
		enter(ENTRIES);
		enter(0);
		store_relaxed(ring.cq.khead, load_acquire(ring.cq.ktail)); /* honest again */
		enter(0);
		settle();
		check_fresh();
	}
	ring.sq.sqe_tail = load_relaxed(ring.sq.khead);
	CHECK_EQ(ring_run(&ring, ({
			 struct io_uring_sqe *sqe = ring_sqe(&ring);
			 io_uring_prep_nop(sqe);
			 sqe;
		 })),
		 0);
}

static u32 stop;

/* Write requests that are harmless whatever mixture of two of them is read: they read a file or do nothing. */
static void *scribble(void *unused)
{
	static const u8 opcodes[] = { IORING_OP_NOP, IORING_OP_READ, IORING_OP_READV, IORING_OP_POLL_REMOVE, 99, 255 };
	static const u8 flags[] = { 0, IOSQE_FIXED_FILE, IOSQE_ASYNC, 1 << 7 };

	while (!load_relaxed(&stop)) {
		struct io_uring_sqe *sqe = &ring.sq.sqes[random_below(ENTRIES)];
		u64 addresses[] = { (uintptr_t)buffer, 0, -4096ull, 1ull << 62 };

		*(volatile u8 *)&sqe->opcode = opcodes[random_below(ARRAY_SIZE(opcodes))];
		*(volatile u8 *)&sqe->flags = flags[random_below(ARRAY_SIZE(flags))];
		*(volatile s32 *)&sqe->fd = random_below(2) ? fd : (s32)random_below(3) - 2;
		*(volatile u64 *)&sqe->addr = addresses[random_below(ARRAY_SIZE(addresses))];
		*(volatile u32 *)&sqe->len = (u32)random_below(8) ? (u32)random_below(64) : (u32)random_next();
		*(volatile u64 *)&sqe->off = random_below(2) ? random_next() : random_below(DATA_BYTES);
		*(volatile u32 *)&ring.sq.array[random_below(ENTRIES)] = (u32)random_below(ENTRIES + 2);
	}
	return unused;
}

static void check_scribbled(void)
{
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, scribble, NULL));
	for (int round = 0; round < ROUNDS; round++) {
		unsigned count = 1 + (unsigned)round % ENTRIES;

		store_release(ring.sq.ktail, load_relaxed(ring.sq.khead) + count);
		enter(count);
		for (struct io_uring_cqe *cqe; !io_uring_peek_cqe(&ring, &cqe);)
			io_uring_cqe_seen(&ring, cqe);
	}
	store_relaxed(&stop, 1);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	check_fresh();
}

/* The program takes its mappings away; the kernel has its own. */
static void check_unmapped(void)
{
	fill_with_nops();
	for (unsigned i = 0; i < ENTRIES; i++)
		ring.sq.array[i] = i;
	store_release(ring.sq.ktail, load_relaxed(ring.sq.khead) + ENTRIES);
	CHECK_OK(munmap(ring.sq.sqes, ring.sq.sqes_sz));
	CHECK_OK(munmap(ring.sq.ring_ptr, ring.sq.ring_sz));
	REQUIRE_EQ(enter(ENTRIES), ENTRIES);
	CHECK_EQ(close(ring.ring_fd), 0);
	check_fresh();
}

int main(void)
{
	random_init();
	ring_make(&ring, ENTRIES);
	fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	check_tail();
	check_sq_head();
	check_indices();
	check_told_words();
	check_cq_head();
	check_scribbled();
	check_unmapped();
	close(fd);
	return check_done();
}
