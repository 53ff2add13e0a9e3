/* in-flight.c - how many reads must be in flight until asynchronous ones beat synchronous ones.
 *
 *     in-flight [--check]
 *
 * Blocks of 4 KiB, none of them in memory, are read from the disk, and from a RAM disk if there is one
 * (BOOT=ramdisk=4M,latency=20-80): one after the other by pread, and through a ring with 1, 2, 4 and 8 in flight. For
 * each: time for a block, and instructions of the machine without its sleep (with `-icount shift=0` on one hart). Told
 * are medians of rounds, since an emulator may oversleep. --check: fail unless on the RAM disk at most 4 in flight need
 * less time than pread, in one of a few tries: a busy host lets an emulator oversleep.
 */
#include "user/lib/measure.h"
#include "user/lib/need.h"
#include "user/lib/uring.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096, BLOCKS = 64, ROUNDS = 11, DEPTH_MOST = 8, ENOUGH = 4, TRIES = 3 };

static char buffers[DEPTH_MOST][BLOCK] __attribute__((aligned(BLOCK)));
static struct io_uring ring;

/* --- reading; DEPTH 0: by pread --- */

static void read_plain(int fd, u64 first)
{
	for (u64 i = first; i < first + BLOCKS; i++)
		NEED(pread(fd, buffers[0], BLOCK, (off_t)(i * BLOCK)) == BLOCK ? 0 : -EIO);
}

static void ask(int fd, u64 block, unsigned slot)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_read(sqe, fd, buffers[slot], BLOCK, block * BLOCK);
	io_uring_sqe_set_data64(sqe, slot);
}

static void read_ring(int fd, u64 first, unsigned depth)
{
	struct io_uring_cqe *cqe;
	u64 asked = 0, answered = 0;

	for (; asked < depth; asked++)
		ask(fd, first + asked, (unsigned)asked);
	while (answered < BLOCKS) {
		NEED(io_uring_submit_and_wait(&ring, 1));
		while (!io_uring_peek_cqe(&ring, &cqe)) {
			unsigned slot = (unsigned)io_uring_cqe_get_data64(cqe);

			NEED(cqe->res == BLOCK ? 0 : -EIO);
			io_uring_cqe_seen(&ring, cqe);
			answered++;
			if (asked < BLOCKS)
				ask(fd, first + asked++, slot);
		}
	}
}

/* --- measuring --- */

struct cost {
	u64 ns, instructions;
};

static struct cost measure_round(int fd, u64 first, unsigned depth)
{
	u64 asleep, began, ended, counter, counted;

	caches_drop();
	asleep = harts_slept();
	began = read_ticks();
	counter = read_instructions();
	if (depth)
		read_ring(fd, first, depth);
	else
		read_plain(fd, first);
	counted = read_instructions();
	ended = read_ticks();
	asleep = harts_slept() - asleep;
	return (struct cost){ (ended - began) * TICK_NS / BLOCKS, (counted - counter - asleep) / BLOCKS };
}

static struct cost measure(int fd, unsigned depth)
{
	u64 ns[ROUNDS], instructions[ROUNDS];
	struct cost cost;

	for (int i = 0; i < ROUNDS; i++) {
		cost = measure_round(fd, (u64)i * BLOCKS, depth);
		ns[i] = cost.ns;
		instructions[i] = cost.instructions;
	}
	qsort(ns, ROUNDS, sizeof(*ns), compare_u64);
	qsort(instructions, ROUNDS, sizeof(*instructions), compare_u64);
	return (struct cost){ ns[ROUNDS / 2], instructions[ROUNDS / 2] };
}

/* How many in flight are faster than pread; 0: none of those that were tried. */
static unsigned measure_source(const char *name, int fd)
{
	static const unsigned depths[] = { 1, 2, 4, 8 };
	struct cost plain = measure(fd, 0), cost;
	unsigned even = 0;

	printf("%-9s  pread        %7lu ns %7lu instructions\n", name, plain.ns, plain.instructions);
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		cost = measure(fd, depths[i]);
		printf("%-9s  %u in flight  %7lu ns %7lu instructions\n", name, depths[i], cost.ns, cost.instructions);
		if (!even && cost.ns < plain.ns)
			even = depths[i];
	}
	printf("%-9s  break-even: %u in flight\n", name, even);
	return even;
}

int main(int argc, char **argv)
{
	bool check = argc > 1 && !strcmp(argv[1], "--check");
	int ram = open("/dev/ram0", O_RDONLY), disk = (int)NEED(open("/dev/vda", O_RDONLY));
	unsigned even = 0;

	NEED(io_uring_queue_init(2 * DEPTH_MOST, &ring, 0));
	for (int tries = check ? TRIES : 1; ram >= 0 && tries && (!even || even > ENOUGH); tries--)
		even = measure_source("RAM disk", ram);
	measure_source("disk", disk);
	io_uring_queue_exit(&ring);
	if (check && (!even || even > ENOUGH))
		printf("in-flight: at most %d in flight should do\n", ENOUGH);
	return check && (!even || even > ENOUGH);
}
