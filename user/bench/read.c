/* read.c - reads of a file that is in memory, through the system call and through a ring, on tmpfs and on ext2. */
#define _GNU_SOURCE
#include "user/bench/bench.h"
#include "user/lib/uring.h"

#include <fcntl.h>

enum { PAGE = 4096, FILE_BYTES = 1 << 20, BATCH_MOST = 128 };

#define EXT2_FILE  "/test-data/data"
#define TMPFS_FILE "/tmp/bench-data"

static struct io_uring ring;
static char buffers[BATCH_MOST][PAGE] __attribute__((aligned(PAGE)));

static off_t page_at(long i)
{
	return i * PAGE % FILE_BYTES;
}

static void bench_pread(const char *name, int fd, size_t bytes)
{
	struct bench b = BENCH(name, 5000);

	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			NEED(pread(fd, buffers[0], bytes, page_at(i)) == (ssize_t)bytes ? 0 : -EIO);
}

static void batch_run(int fd, long first, unsigned batch)
{
	struct io_uring_cqe *cqe;
	unsigned head, good = 0;

	for (unsigned j = 0; j < batch; j++)
		io_uring_prep_read(io_uring_get_sqe(&ring), fd, buffers[j], PAGE, (u64)page_at(first + j));
	NEED(io_uring_submit_and_wait(&ring, batch));
	io_uring_for_each_cqe(&ring, head, cqe) good += cqe->res == PAGE;
	NEED(good == batch ? 0 : -EIO);
	io_uring_cq_advance(&ring, batch);
}

static void bench_ring(const char *name, int fd, unsigned batch)
{
	struct bench b = BENCH(name, 5000 - 5000 % batch);

	while (bench_sample(&b))
		for (long i = 0; i < b.count; i += batch)
			batch_run(fd, i, batch);
}

/* Every page of the file is in memory afterwards. */
static int file_open(const char *path, int flags)
{
	int fd = (int)NEED(open(path, flags, 0600));

	for (long i = 0; i < FILE_BYTES / PAGE; i++) {
		if (flags & O_CREAT)
			NEED(pwrite(fd, buffers[1], PAGE, page_at(i)));
		NEED(pread(fd, buffers[0], PAGE, page_at(i)) == PAGE ? 0 : -EIO);
	}
	return fd;
}

static void bench_file(const char *const names[5], int fd)
{
	bench_pread(names[0], fd, 1);
	bench_pread(names[1], fd, PAGE);
	bench_ring(names[2], fd, 1);
	bench_ring(names[3], fd, 32);
	bench_ring(names[4], fd, 128);
	close(fd);
}

#define NAMES(fs)                                                                             \
	{                                                                                     \
		"pread1b_cached_" fs, "pread4k_cached_" fs, "uring_read4k_cached_" fs "_qd1", \
			"uring_read4k_cached_" fs "_qd32", "uring_read4k_cached_" fs "_qd128" \
	}

int main(void)
{
	static const char *const tmpfs[5] = NAMES("tmpfs"), *const ext2[5] = NAMES("ext2");

	memset(buffers, 1, sizeof(buffers));
	NEED(io_uring_queue_init(256, &ring, 0));
	bench_file(tmpfs, file_open(TMPFS_FILE, O_RDWR | O_CREAT));
	unlink(TMPFS_FILE);
	bench_file(ext2, file_open(EXT2_FILE, O_RDONLY));
	io_uring_queue_exit(&ring);
	return 0;
}
