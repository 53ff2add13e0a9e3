/* ramdisk.c - the RAM disk of the boot option: its size, zeroes, never faster than it says, and the requests that fail
 * by plan; also with many in flight through a ring.
 *
 * machines: smp=2
 * boot: ramdisk=4M,latency=20-400,seed=7,fail=16
 * oracle: none
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/clock.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <unistd.h>

enum { BYTES = 4 << 20, PIECE = 4096, PIECES = BYTES / PIECE, DEPTH = 32, ONE_BY_ONE = 64, TRIES = 8 };
enum { LATENCY_NS = 20000 };

static struct io_uring ring;
static u8 buffers[DEPTH][PIECE];
static long failed, good;

static void judge(long result, const u8 *data)
{
	if (result == -EIO) {
		failed++;
		return;
	}
	if (!CHECK_EQ(result, PIECE))
		return;
	good++;
	for (int i = 0; i < PIECE; i++)
		if (!CHECK_EQ(data[i], 0))
			return;
}

/* From the end, so that nothing has been read ahead: each takes its time. */
static void check_latency(int fd)
{
	for (long i = 1; i <= ONE_BY_ONE; i++) {
		u64 begin = clock_ns(CLOCK_MONOTONIC);
		long ret = pread(fd, buffers[0], PIECE, BYTES - i * PIECE);

		CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + LATENCY_NS);
		judge(ret < 0 ? -errno : ret, buffers[0]);
	}
}

static void start(int fd, u64 slot, long piece)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	memset(buffers[slot], 0xff, PIECE);
	io_uring_prep_read(sqe, fd, buffers[slot], PIECE, (u64)piece * PIECE);
	io_uring_sqe_set_data64(sqe, slot);
}

/* All the rest, DEPTH at a time, back to front. */
static void check_depth(int fd)
{
	for (long piece = PIECES - ONE_BY_ONE; piece > 0; piece -= DEPTH) {
		for (u64 slot = 0; slot < DEPTH; slot++)
			start(fd, slot, piece - 1 - (long)slot);
		REQUIRE_EQ(io_uring_submit_and_wait(&ring, DEPTH), DEPTH);
		for (u64 i = 0; i < DEPTH; i++) {
			struct io_uring_cqe cqe = ring_reap(&ring);

			REQUIRE(cqe.user_data < DEPTH);
			judge(cqe.res, buffers[cqe.user_data]);
		}
	}
}

/* What failed was not kept: read again, everything is there in the end. */
static void check_again(int fd)
{
	for (long piece = 0; piece < PIECES; piece++) {
		long ret = -1;

		for (int try = 0; ret < 0 && try < TRIES; try++)
			ret = pread(fd, buffers[0], PIECE, piece * PIECE);
		if (!CHECK_EQ(ret, PIECE))
			return;
	}
}

int main(void)
{
	int fd = (int)REQUIRE_OK(open("/dev/ram0", O_RDONLY));

	ring_make(&ring, DEPTH);
	CHECK_EQ(lseek(fd, 0, SEEK_END), BYTES);
	check_latency(fd);
	check_depth(fd);
	CHECK_EQ(failed + good, PIECES);
	CHECK(failed > 0 && failed < PIECES / 2);
	check_again(fd);
	CHECK(open("/dev/ram1", O_RDONLY) == -1 && errno == ENOENT);
	io_uring_queue_exit(&ring);
	close(fd);
	return check_done();
}
