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
#include "user/lib/entries.h"
#include "user/lib/measure.h"
#include "user/lib/need.h"
#include "user/lib/read-ways.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CACHED_BLOCKS = 64, WARM = 64, TRIES = 3 };

static struct read_source sources[] = {
	{ .name = "cached", .path = "/bin/zero-entry", .blocks = CACHED_BLOCKS },
	{ .name = "disk", .path = "/dev/vda", .once = true },
};

static struct read_log log;
static bool histograms;

/* --- measuring --- */

static u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (u64)time.tv_sec * 1000000000 + (u64)time.tv_nsec;
}

struct result {
	u64 entries, rung, ns, instructions;
};

/* Read BLOCKS blocks, which are as many different ones as there are if they are to be so: add what that took. */
static void measure_some(const struct read_way *way, struct read_source *s, u64 blocks, unsigned depth,
			 struct result *result)
{
	u64 looking, entries, rung, began, counter, asleep;

	looking = (u64)NEED(kernel_entries());
	looking = (u64)NEED(kernel_entries()) - looking; /* what the look itself costs, and the clock's two */
	now();
	rung = read_chimes();
	asleep = harts_slept();
	entries = (u64)NEED(kernel_entries());
	began = now();
	counter = read_instructions();
	read_blocks(way, s, blocks, depth, &log);
	result->instructions += read_instructions() - counter;
	result->ns += now() - began;
	result->entries += (u64)NEED(kernel_entries()) - entries - looking - 2;
	result->instructions -= harts_slept() - asleep;
	result->rung += read_chimes() - rung;
}

static void warm_up(const struct read_way *way, struct read_source *s, unsigned depth)
{
	if (s->once) {
		caches_drop();
		s->next = 0;
	}
	read_blocks(way, s, WARM, depth, &log);
}

/* In rounds of as many as are forgotten at once. */
static struct result measure_all(const struct read_way *way, struct read_source *s, u64 blocks, unsigned depth)
{
	u64 round = s->once ? s->blocks - WARM : blocks, left, some;
	struct result result = { 0 };

	log.bytes = log.answered = 0;
	for (left = blocks; left; left -= some) {
		some = left < round ? left : round;
		warm_up(way, s, depth);
		log.bytes -= WARM * READ_BLOCK;
		log.answered = blocks - left;
		measure_some(way, s, some, depth, &result);
	}
	if (log.bytes != blocks * READ_BLOCK)
		need_failed("a short read", EIO);
	return result;
}

static int compare(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Classes of a quarter of a power of two, by their lower ends. */
static void print_histogram(const struct read_way *way, const struct read_source *s, unsigned depth, u64 blocks)
{
	u64 from = 0, end = 8;

	printf("histogram %s %u %s", s->name, depth, way->name);
	for (u64 i = 0, count; i < blocks; i += count) {
		while (log.latencies[i] >= end) {
			from = end;
			end += (1ul << (63 - __builtin_clzl(end))) / 4;
		}
		for (count = 0; i + count < blocks && log.latencies[i + count] < end;)
			count++;
		printf(" %lu:%lu", from * TICK_NS, count);
	}
	printf("\n");
}

static void print_result(const struct read_way *way, const struct read_source *s, unsigned depth, u64 blocks,
			 const struct result *r)
{
	char counted[24] = "-";

	if (counts_instructions())
		snprintf(counted, sizeof(counted), "%lu", r->instructions / blocks);
	qsort(log.latencies, blocks, sizeof(*log.latencies), compare);
	printf("%-7s %4u  %-14s %8lu %8lu %8s %8lu %8lu %8lu %9lu\n", s->name, depth, way->name, r->entries, r->rung,
	       counted, r->ns / blocks, (u64)log.latencies[blocks / 2] * TICK_NS,
	       (u64)log.latencies[blocks * 99 / 100] * TICK_NS, (u64)log.latencies[blocks - 1] * TICK_NS);
	if (histograms)
		print_histogram(way, s, depth, blocks);
}

/* Kernel entries of a way in the steady state; ~0: the machine cannot. */
static u64 measure(const struct read_way *way, struct read_source *s, u64 blocks, unsigned depth)
{
	struct result result = { .entries = ~0ul };

	if (read_way_begin(way)) {
		result = measure_all(way, s, blocks, depth);
		if (way->zero && !result.rung)
			need_failed("no interrupts", EIO);
		print_result(way, s, depth, blocks, &result);
	} else {
		printf("%-7s %4u  %-14s        -\n", s->name, depth, way->name);
	}
	read_way_end(way);
	return result.entries;
}

/* False: it should have been without kernel entries, and was not. */
static bool run_way(const struct read_way *way, struct read_source *s, u64 blocks, unsigned depth, int tries)
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
		need_failed("how many blocks?", EINVAL);
	log.latencies = malloc((blocks + WARM) * sizeof(*log.latencies));
	if (!log.latencies)
		need_failed("latencies", ENOMEM);
	memset(log.latencies, 1, (blocks + WARM) * sizeof(*log.latencies)); /* no page fault while we measure */
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		read_source_open(&sources[i]);
	printf("%lu blocks; nanoseconds\n", blocks);
	printf("source  flying way             entries   chimes   instr.       ns   median      99%%       all\n");
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		for (size_t d = 0; d < ARRAY_SIZE(depths); d++)
			for (size_t w = 0; w < READ_WAYS; w++)
				good &= run_way(&read_ways[w], &sources[i], blocks, depths[d], check ? TRIES : 1);
	free(log.latencies);
	return check && !good;
}
