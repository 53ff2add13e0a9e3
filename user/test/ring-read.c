/* ring-read.c - READ and READV: from positions, from the file's own position, short at the end, refused.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/data.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

static struct io_uring ring;
static int fd;
static u8 buffer[128 << 10];

static s32 ring_read(int file, void *to, unsigned bytes, u64 offset)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_read(sqe, file, to, bytes, offset);
	return ring_run(&ring, sqe);
}

static s32 ring_readv(int file, const struct iovec *vectors, unsigned count, u64 offset)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_readv(sqe, file, vectors, count, offset);
	return ring_run(&ring, sqe);
}

static void check_positions(void)
{
	static const u64 offsets[] = { 0, 1, 4095, 4096, 50000, 700000, DATA_BYTES - 4096 };
	static const unsigned sizes[] = { 1, 100, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
			CHECK_EQ(ring_read(fd, buffer, sizes[k], offsets[i]), sizes[k]);
			CHECK_EQ(data_differs(SEED_DATA, buffer, sizes[k], offsets[i]), -1);
		}
	CHECK_EQ(ring_read(fd, buffer, sizeof(buffer), 300001), sizeof(buffer));
	CHECK_EQ(data_differs(SEED_DATA, buffer, sizeof(buffer), 300001), -1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

static void check_end(void)
{
	CHECK_EQ(ring_read(fd, buffer, 4096, DATA_BYTES - 10), 10);
	CHECK_EQ(data_differs(SEED_DATA, buffer, 10, DATA_BYTES - 10), -1);
	CHECK_EQ(ring_read(fd, buffer, 4096, DATA_BYTES), 0);
	CHECK_EQ(ring_read(fd, buffer, 4096, 1ull << 40), 0);
	CHECK_EQ(ring_read(fd, buffer, 0, 0), 0);
}

/* Offset -1: like read(2). */
static void check_own_position(void)
{
	CHECK_EQ(lseek(fd, 1000, SEEK_SET), 1000);
	CHECK_EQ(ring_read(fd, buffer, 500, -1ull), 500);
	CHECK_EQ(ring_read(fd, buffer + 500, 500, -1ull), 500);
	CHECK_EQ(data_differs(SEED_DATA, buffer, 1000, 1000), -1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 2000);
}

static void check_vectors(void)
{
	struct iovec vectors[] = { { buffer, 10 }, { NULL, 0 }, { buffer + 100, 5000 } };

	CHECK_EQ(ring_readv(fd, vectors, 3, 123), 5010);
	CHECK_EQ(data_differs(SEED_DATA, buffer, 10, 123), -1);
	CHECK_EQ(data_differs(SEED_DATA, buffer + 100, 5000, 133), -1);
	CHECK_EQ(ring_readv(fd, vectors, 3, DATA_BYTES - 12), 12);
	CHECK_EQ(ring_readv(fd, vectors, 0, 0), 0);
	CHECK_EQ(ring_readv(fd, vectors, 1025, 0), -EINVAL);
	CHECK_EQ(ring_readv(fd, (void *)-4096, 1, 0), -EFAULT);
	vectors[2].iov_len = -1ul;
	CHECK_EQ(ring_readv(fd, vectors, 3, 0), -EINVAL);
	vectors[2] = (struct iovec){ (void *)-4096, 10 };
	CHECK_EQ(ring_readv(fd, vectors + 2, 1, 0), -EFAULT);
}

static void check_refused(void)
{
	char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int directory = (int)REQUIRE_OK(open(data_dir(), O_RDONLY)),
	    writer = (int)REQUIRE_OK(open("/dev/null", O_WRONLY));
	struct io_uring_sqe *sqe;

	REQUIRE(page != MAP_FAILED);
	CHECK_OK(munmap(page + 4096, 4096));
	CHECK_EQ(ring_read(999, buffer, 10, 0), -EBADF);
	CHECK_EQ(ring_read(-1, buffer, 10, 0), -EBADF);
	CHECK_EQ(ring_read(writer, buffer, 10, 0), -EBADF);
	CHECK_EQ(ring_read(directory, buffer, 10, 0), -EISDIR);
	CHECK_EQ(ring_read(fd, page, 10, 0), -EFAULT);
	CHECK_EQ(ring_read(fd, page + 4096, 10, 0), -EFAULT);
	CHECK_EQ(ring_read(fd, NULL, 10, 0), -EFAULT);
	CHECK_EQ(ring_read(fd, (void *)-4096, 10, 0), -EFAULT);
	CHECK_EQ(ring_read(fd, buffer, 10, -2ull), -EINVAL);
	sqe = ring_sqe(&ring);
	io_uring_prep_read(sqe, fd, buffer, 10, 0);
	sqe->rw_flags = 1u << 30;
	CHECK(ring_run(&ring, sqe) < 0);
	munmap(page, 4096);
	close(directory);
	close(writer);
}

/* A read that must wait for somebody: it completes later, and the ring goes on meanwhile. */
static void check_waiting(void)
{
	int event = (int)REQUIRE_OK(eventfd(0, 0));
	struct io_uring_sqe *sqe = ring_sqe(&ring);
	struct io_uring_cqe cqe;
	u64 value = 0;

	io_uring_prep_read(sqe, event, &value, 8, -1ull);
	io_uring_sqe_set_data64(sqe, 1);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK(ring_quiet(&ring));
	CHECK_EQ(ring_read(fd, buffer, 10, 0), 10);
	CHECK_OK(eventfd_write(event, 42));
	cqe = ring_reap(&ring);
	CHECK_EQ(cqe.user_data, 1);
	CHECK_EQ(cqe.res, 8);
	CHECK_EQ(value, 42);
	close(event);
}

int main(void)
{
	ring_make(&ring, 8);
	fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	check_positions();
	check_end();
	check_own_position();
	check_vectors();
	check_refused();
	check_waiting();
	io_uring_queue_exit(&ring);
	return check_done();
}
