/* disk.c - reads that miss the cache, through a ring, from the disk itself.
 *
 * Waiting costs no instructions: `busy` figures are elapsed time less that in which the hart slept. The kernel tells
 * that in steps of 10 ms, which are 1.7 us for each read of a sample; at depth 32 and more the hart does not sleep.
 */
#define _GNU_SOURCE
#include "user/bench/bench.h"
#include "user/bench/proc.h"
#include "user/lib/uring.h"

enum { PAGE = 4096, DEPTH_MOST = 128, READS = 6000, STRIDE = 7919 /* prime */ };

#define DISK "/dev/vda"

static struct io_uring ring;
static char buffers[DEPTH_MOST][PAGE] __attribute__((aligned(PAGE)));
static u64 pages;

/* Far from the page before, and none twice in a sample. */
static u64 next_page(void)
{
	static u64 page;

	page = (page + STRIDE) % pages;
	return page;
}

/* Forget what the samples before have read. */
static void caches_drop(void)
{
	int fd = open("/proc/chime-drop-caches", O_WRONLY);

	if (fd < 0)
		fd = (int)NEED(open("/proc/sys/vm/drop_caches", O_WRONLY));
	NEED(write(fd, "3\n", 2));
	close(fd);
}

/* Nanoseconds that the harts have slept: the second number of /proc/uptime, in hundredths of a second. */
static u64 slept(void)
{
	char text[64] = "";
	double up = 0, idle = 0;
	int fd = (int)NEED(open("/proc/uptime", O_RDONLY));

	NEED(read(fd, text, sizeof(text) - 1));
	close(fd);
	NEED(sscanf(text, "%lf %lf", &up, &idle) == 2 ? 0 : -EIO);
	return (u64)(idle * 1e9);
}

/* DEPTH reads are kept in flight until COUNT are done. */
static void read_many(int fd, long count, unsigned depth)
{
	long started = 0, done = 0;
	struct io_uring_cqe *cqe;
	unsigned head, seen;

	while (done < count) {
		for (; started < count && started - done < depth; started++)
			io_uring_prep_read(io_uring_get_sqe(&ring), fd, buffers[started % depth], PAGE,
					   next_page() * PAGE);
		NEED(io_uring_submit_and_wait(&ring, 1));
		seen = 0;
		io_uring_for_each_cqe(&ring, head, cqe)
		{
			NEED(cqe->res == PAGE ? 0 : cqe->res < 0 ? cqe->res : -EIO);
			seen++;
		}
		io_uring_cq_advance(&ring, seen);
		done += seen;
	}
}

static void bench_depth(const char *name, int fd, unsigned depth)
{
	struct bench b = BENCH(name, READS);
	u64 start, asleep;

	while (bench_sample(&b)) {
		caches_drop();
		asleep = slept();
		start = now();
		read_many(fd, b.count, depth);
		start = now() - start;
		asleep = slept() - asleep;
		bench_add(&b, start > asleep ? start - asleep : 0);
	}
}

int main(void)
{
	int fd = (int)NEED(open(DISK, O_RDONLY));

	pages = (u64)NEED(lseek(fd, 0, SEEK_END)) / PAGE;
	memset(buffers, 1, sizeof(buffers));
	NEED(io_uring_queue_init(256, &ring, 0));
	bench_depth("uring_disk4k_busy_qd1", fd, 1);
	bench_depth("uring_disk4k_busy_qd32", fd, 32);
	bench_depth("uring_disk4k_busy_qd128", fd, 128);
	bench_say("disk_in_flight_max", 1, (double)proc_number("/proc/block", "in_flight_max "));
	io_uring_queue_exit(&ring);
	close(fd);
	return 0;
}
