/* zero-entry.c - reads that need no kernel entry at all, beside the same reads by other ways.
 *
 *     zero-entry [--check] [--histogram] [BLOCKS]          (100 000, if it is not said)
 *
 *     program, VS-mode, hart A                  kernel, hart B
 *       SQE, tail; does the poller sleep?
 *       a store to the doorbell   ---------->     its interrupt file wakes the poller, which takes the SQEs
 *       spins                                     op_rw ... the disk ... CQE
 *       handler: a chime          <----------     the ring's "eventfd" posts: a store to A's interrupt file
 *
 * Blocks of 4 KiB are read from a file that is in the page cache, and from the disk (what is in memory is forgotten
 * whenever all of its blocks have been read), with 1, 4 and 32 in flight. For each way: kernel entries of this process
 * in the steady state, without the timer's at the ends of time slices; interrupts taken; for each block, instructions
 * of the machine (where its counter counts them: `-icount shift=0`) and nanoseconds; and from a block's submission to
 * its answer, which half, 99 % and all of the blocks did not exceed. --histogram: lines `histogram SOURCE DEPTH WAY
 * NS:COUNT ...` with the latencies, for scripts/draw_latency.py. --check: fail unless the last way needs no kernel
 * entry, with interrupts for completions, in one of a few tries: a vector that finds its interrupt file empty, as races
 * of QEMU let happen, asks the kernel for the line (docs/user-interrupts.md).
 */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/lib/entries.h"
#include "user/lib/uintr.h"
#include "user/lib/uring.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, DEPTH_MOST = 32, CACHED_BLOCKS = 64, WARM = 64, VECTOR = 1, IDLE_MS = 1, TRIES = 3 };
enum { TICK_NS = 100, COUNTED_LOOPS = 1000 };

static char buffers[DEPTH_MOST][BLOCK] __attribute__((aligned(BLOCK)));
static struct io_uring ring;
static u64 chimes;	      /* written by the handler */
static u64 sum;		      /* of the results: all of them are BLOCK */
static u64 begun[DEPTH_MOST]; /* when the block of each slot was submitted, in ticks */
static u32 *latencies;	      /* of the blocks of a measurement, in ticks */
static u64 answered;	      /* so many of them */
static bool histograms;

static void die(const char *what, int err)
{
	fprintf(stderr, "zero-entry: %s: %s\n", what, strerror(err));
	exit(1);
}

static long need(long result, const char *what)
{
	if (result < 0)
		die(what, result == -1 ? errno : (int)-result);
	return result;
}

#define NEED(call) need((call), #call)

/* --- what is read --- */

static struct source {
	const char *name, *path;
	u64 blocks; /* so many different ones */
	bool once;  /* none again before all have been forgotten: it would be in the page cache */
	u64 next;
	int fd;
} sources[] = {
	{ .name = "cached", .path = "/bin/zero-entry", .blocks = CACHED_BLOCKS },
	{ .name = "disk", .path = "/dev/vda", .once = true },
};

static void sources_open(void)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		struct source *s = &sources[i];
		off_t bytes;

		s->fd = (int)NEED(open(s->path, O_RDONLY));
		bytes = NEED(lseek(s->fd, 0, SEEK_END));
		if (s->once || s->blocks > (u64)bytes / BLOCK)
			s->blocks = (u64)bytes / BLOCK;
		for (u64 block = 0; !s->once && block < s->blocks; block++)
			NEED(pread(s->fd, buffers[0], BLOCK, (off_t)(block * BLOCK)));
	}
}

static u64 next_offset(struct source *s)
{
	return s->next++ % s->blocks * BLOCK;
}

/* --- the ways --- */

struct way {
	const char *name;
	unsigned setup;	    /* IORING_SETUP_*; a ring is made unless read is set */
	bool plain;	    /* read() */
	int (*tell)(void);  /* what the ring signals: a descriptor; NULL: nothing */
	void (*wait)(void); /* until a completion may be there */
	void (*end)(void);
	bool zero; /* with a doorbell; no kernel entry is what is wanted */
};

static int event;

static int tell_event(void)
{
	event = (int)NEED(eventfd(0, 0));
	return event;
}

static void wait_event(void)
{
	u64 count;

	NEED(read(event, &count, sizeof(count)));
}

static void end_event(void)
{
	close(event);
}

static void wait_enter(void)
{
	struct io_uring_cqe *cqe;

	NEED(io_uring_wait_cqe(&ring, &cqe));
}

static void chime(u64 vectors)
{
	(void)vectors;
	store_relaxed(&chimes, load_relaxed(&chimes) + 1);
}

static int tell_upcall(void)
{
	NEED(uintr_register_handler(chime, 0));
	return (int)NEED(uintr_create_fd(VECTOR));
}

static void wait_upcall(void)
{
	uintr_clui();
	if (!io_uring_cq_ready(&ring))
		uintr_wait();
	uintr_stui();
}

static int tell_direct(void)
{
	NEED(uintr_register_handler(chime, UINTR_DIRECT));
	return (int)NEED(uintr_create_fd(VECTOR));
}

/* Not a look at the CQ: the interrupt is what ends this. */
static void wait_direct(void)
{
	u64 before = load_relaxed(&chimes);

	if (io_uring_cq_ready(&ring))
		return;
	while (load_relaxed(&chimes) == before)
		cpu_relax();
}

static void end_handler(void)
{
	uintr_unregister_handler();
}

static const struct way ways[] = {
	{ .name = "read()", .plain = true },
	{ .name = "enter", .wait = wait_enter },
	{ .name = "enter+eventfd", .tell = tell_event, .wait = wait_event, .end = end_event },
	{ .name = "enter+upcall", .tell = tell_upcall, .wait = wait_upcall, .end = end_handler },
	{ .name = "zero",
	  .setup = IORING_SETUP_SQPOLL,
	  .tell = tell_direct,
	  .wait = wait_direct,
	  .end = end_handler,
	  .zero = true },
};

/* Devices interrupt the first hart. We take the last one; the poller and its file are on another. Again for each way: a
 * thread that gives up its handler may move. */
static void move_away(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	NEED(sched_setaffinity(0, sizeof(set), &set));
}

/* False: the machine cannot. */
static bool way_begin(const struct way *way)
{
	struct io_uring_params params = { .flags = way->setup, .sq_thread_idle = IDLE_MS };
	bool can = true;

	move_away();
	if (way->plain)
		return true;
	NEED(io_uring_queue_init_params(2 * DEPTH_MOST, &ring, &params));
	if (way->tell)
		NEED(io_uring_register_eventfd(&ring, way->tell()));
	if (way->zero)
		can = uintr_is_direct() && !io_uring_register_doorbell(&ring);
	return can;
}

static void way_end(const struct way *way)
{
	if (way->plain)
		return;
	if (way->end)
		way->end();
	io_uring_queue_exit(&ring);
}

/* --- reading --- */

static inline u64 ticks(void)
{
	u64 now;

	__asm__ volatile("rdtime %0" : "=r"(now)::"memory");
	return now;
}

static inline void answer(unsigned slot, u64 bytes)
{
	latencies[answered++] = (u32)(ticks() - begun[slot]);
	sum += bytes;
}

static void submit_read(struct source *s, unsigned slot)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&ring)))
		cpu_relax();
	io_uring_prep_read(sqe, s->fd, buffers[slot], BLOCK, next_offset(s));
	sqe->user_data = slot;
	begun[slot] = ticks();
}

static void read_blocks(const struct way *way, struct source *s, u64 blocks, unsigned depth)
{
	u64 started = 0, ended = 0;
	struct io_uring_cqe *cqe;

	for (; way->plain && ended < blocks; ended++) {
		begun[0] = ticks();
		answer(0, (u64)NEED(pread(s->fd, buffers[0], BLOCK, (off_t)next_offset(s))));
	}
	if (way->plain)
		return;
	for (; started < depth && started < blocks; started++)
		submit_read(s, (unsigned)started);
	NEED(io_uring_submit(&ring));
	while (ended < blocks) {
		way->wait();
		/* one look at the head of the queue, and one submission for all that has come */
		while ((cqe = io_uring_cqe_at(&ring, load_relaxed(ring.cq.khead)))) {
			unsigned slot = (unsigned)cqe->user_data;

			answer(slot, (u64)NEED(cqe->res));
			io_uring_cqe_seen(&ring, cqe);
			ended++;
			if (started++ < blocks)
				submit_read(s, slot);
		}
		if (ended < blocks)
			NEED(io_uring_submit(&ring));
	}
}

/* --- measuring --- */

static u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (u64)time.tv_sec * 1000000000 + (u64)time.tv_nsec;
}

static inline u64 instructions(void)
{
	u64 count;

	__asm__ volatile("rdinstret %0" : "=r"(count)::"memory");
	return count;
}

static __attribute__((noinline)) u64 count_loop(void)
{
	u64 left = COUNTED_LOOPS, before = instructions();

	__asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(left));
	return instructions() - before;
}

/* How long the harts have slept. Of one hart, which is what -icount is for, it is also what the counter went on. */
static u64 slept(void)
{
	char text[2048] = "", *at = text;
	int fd = (int)NEED(open("/proc/executors", O_RDONLY));
	u64 ns = 0;

	NEED(read(fd, text, sizeof(text) - 1));
	close(fd);
	while ((at = strstr(at, "idle_ns ")))
		ns += strtoul(at += strlen("idle_ns "), NULL, 10);
	return ns;
}

/* Does the counter count instructions? An emulator without -icount takes the host's ticks for it. */
static bool counts_instructions(void)
{
	for (int i = 0; i < 5; i++)
		if (count_loop() - 2 * COUNTED_LOOPS > 4)
			return false;
	return true;
}

/* What is in memory is forgotten. */
static void caches_drop(void)
{
	int fd = (int)NEED(open("/proc/chime-drop-caches", O_WRONLY));

	NEED(write(fd, "3", 1));
	close(fd);
}

struct result {
	u64 entries, rung, ns, instructions;
};

/* Read BLOCKS blocks, which are as many different ones as there are if they are to be so: add what that took. */
static void measure_some(const struct way *way, struct source *s, u64 blocks, unsigned depth, struct result *result)
{
	u64 looking, entries, rung, began, counter, asleep;

	looking = (u64)NEED(kernel_entries());
	looking = (u64)NEED(kernel_entries()) - looking; /* what the look itself costs, and the clock's two */
	now();
	rung = load_relaxed(&chimes);
	asleep = slept();
	entries = (u64)NEED(kernel_entries());
	began = now();
	counter = instructions();
	read_blocks(way, s, blocks, depth);
	result->instructions += instructions() - counter;
	result->ns += now() - began;
	result->entries += (u64)NEED(kernel_entries()) - entries - looking - 2;
	result->instructions -= slept() - asleep;
	result->rung += load_relaxed(&chimes) - rung;
}

static void warm_up(const struct way *way, struct source *s, unsigned depth)
{
	if (s->once) {
		caches_drop();
		s->next = 0;
	}
	read_blocks(way, s, WARM, depth);
}

/* In rounds of as many as are forgotten at once. */
static struct result measure_all(const struct way *way, struct source *s, u64 blocks, unsigned depth)
{
	u64 round = s->once ? s->blocks - WARM : blocks, left, some;
	struct result result = { 0 };

	sum = 0;
	for (left = blocks; left; left -= some) {
		some = left < round ? left : round;
		answered = blocks - left;
		warm_up(way, s, depth);
		sum -= WARM * BLOCK;
		answered = blocks - left;
		measure_some(way, s, some, depth, &result);
	}
	if (sum != blocks * BLOCK)
		die("a short read", EIO);
	return result;
}

static int compare(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Classes of a quarter of a power of two, by their lower ends. */
static void print_histogram(const struct way *way, const struct source *s, unsigned depth, u64 blocks)
{
	u64 from = 0, end = 8;

	printf("histogram %s %u %s", s->name, depth, way->name);
	for (u64 i = 0, count; i < blocks; i += count) {
		while (latencies[i] >= end) {
			from = end;
			end += (1ul << (63 - __builtin_clzl(end))) / 4;
		}
		for (count = 0; i + count < blocks && latencies[i + count] < end;)
			count++;
		printf(" %lu:%lu", from * TICK_NS, count);
	}
	printf("\n");
}

static void print_result(const struct way *way, const struct source *s, unsigned depth, u64 blocks,
			 const struct result *r)
{
	char counted[24] = "-";

	if (counts_instructions())
		snprintf(counted, sizeof(counted), "%lu", r->instructions / blocks);
	qsort(latencies, blocks, sizeof(*latencies), compare);
	printf("%-7s %4u  %-14s %8lu %8lu %8s %8lu %8lu %8lu %9lu\n", s->name, depth, way->name, r->entries, r->rung,
	       counted, r->ns / blocks, (u64)latencies[blocks / 2] * TICK_NS,
	       (u64)latencies[blocks * 99 / 100] * TICK_NS, (u64)latencies[blocks - 1] * TICK_NS);
	if (histograms)
		print_histogram(way, s, depth, blocks);
}

/* Kernel entries of a way in the steady state; ~0: the machine cannot. */
static u64 measure(const struct way *way, struct source *s, u64 blocks, unsigned depth)
{
	struct result result = { .entries = ~0ul };

	if (way_begin(way)) {
		result = measure_all(way, s, blocks, depth);
		if (way->zero && !result.rung)
			die("no interrupts", EIO);
		print_result(way, s, depth, blocks, &result);
	} else {
		printf("%-7s %4u  %-14s        -\n", s->name, depth, way->name);
	}
	way_end(way);
	return result.entries;
}

/* False: it should have been without kernel entries, and was not. */
static bool run_way(const struct way *way, struct source *s, u64 blocks, unsigned depth, int tries)
{
	u64 entries = measure(way, s, blocks, depth);

	if (!way->zero)
		return true;
	for (; entries && tries > 1; tries--)
		entries = measure(way, s, blocks, depth);
	return !entries;
}

int main(int argc, char **argv)
{
	static const unsigned depths[] = { 1, 4, 32 };
	bool check = false, good = true;
	u64 blocks = 100000;

	for (int i = 1; i < argc; i++) {
		check |= !strcmp(argv[i], "--check");
		histograms |= !strcmp(argv[i], "--histogram");
		blocks = argv[i][0] == '-' ? blocks : strtoul(argv[i], NULL, 10);
	}
	if (!blocks)
		die("how many blocks?", EINVAL);
	latencies = malloc((blocks + WARM) * sizeof(*latencies));
	if (!latencies)
		die("latencies", ENOMEM);
	memset(latencies, 1, (blocks + WARM) * sizeof(*latencies)); /* no page fault while we measure */
	sources_open();
	printf("%lu blocks; nanoseconds\n", blocks);
	printf("source  flying way             entries   chimes   instr.       ns   median      99%%       all\n");
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		for (size_t d = 0; d < sizeof(depths) / sizeof(*depths); d++)
			for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++)
				good &= run_way(&ways[w], &sources[i], blocks, depths[d], check ? TRIES : 1);
	free(latencies);
	return check && !good;
}
