/* bench.h - how a bench measures and says what it measured.
 *
 *     struct bench b = BENCH("getppid", 50000);         50000 operations are one sample
 *
 *     while (bench_sample(&b))                          five times:
 *             for (long i = 0; i < b.count; i++)
 *                     system_call_0(SYS_getppid);
 *
 * prints `getppid: 50000 104.0 min=104.0 max=104.1 reps=5`: the median of the samples, in guest nanoseconds for each
 * operation. Under `-icount shift=0` that is one instruction, of user and kernel alike. A sample is the time
 * between two calls of bench_sample; bench_start and bench_stop cut preparation and cleaning up out of it.
 *
 * A bench that cannot do its work says why and ends with status 1. The programs use what Linux has, too (all but
 * chime.c), so that the same binary can be measured there.
 */
#pragma once

#include "lib/types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES = 5, SAMPLES_MOST = 16 };

struct bench {
	const char *name;
	long count; /* operations in a sample */
	int samples, taken;
	bool running; /* between start and stop */
	u64 start;
	double value[SAMPLES_MOST];
};

#define BENCH(NAME, COUNT)                                           \
	{                                                            \
		.name = (NAME), .count = (COUNT), .samples = SAMPLES \
	}

/* End the program, which has failed, unless RESULT is what a call answers that did its work; the result. */
#define NEED(call) bench_need((long)(call), #call, __FILE__, __LINE__)

static inline long bench_need(long result, const char *what, const char *file, int line)
{
	if (result >= 0)
		return result;
	printf("%s:%d: %s: %s\n", file, line, what, strerror(result == -1 ? errno : (int)-result));
	exit(1);
}

static inline u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (u64)time.tv_sec * 1000000000u + (u64)time.tv_nsec;
}

/* The same clock for the price of one instruction, in the 100 ns steps of QEMU's `virt`. Only differences count. */
static inline u64 stamp(void)
{
#if defined(__riscv)
	u64 ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks));
	return ticks * 100;
#else
	return now();
#endif
}

/* A system call and nothing else: no errno, no cancellation point. */
static inline long system_call_0(long number)
{
#if defined(__riscv)
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0");

	__asm__ volatile("ecall" : "=r"(a0) : "r"(a7) : "memory");
	return a0;
#else
	return syscall(number);
#endif
}

static inline void bench_start(struct bench *b)
{
	b->running = true;
	b->start = now();
}

/* A sample that the bench has measured itself, in nanoseconds for all operations. */
static inline void bench_add(struct bench *b, u64 ns)
{
	b->running = false;
	b->value[b->taken++] = (double)ns / (double)b->count;
}

static inline void bench_stop(struct bench *b)
{
	bench_add(b, now() - b->start);
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A figure that is no time, or that was measured once. */
static inline void bench_say(const char *name, long count, double each)
{
	printf("%s: %ld %.1f\n", name, count, each);
	fflush(stdout);
}

/* Begin the next sample; the last one ends here if it has not ended yet. False: all are taken, the line is printed. */
static inline bool bench_sample(struct bench *b)
{
	if (b->running)
		bench_stop(b);
	if (b->taken < b->samples) {
		bench_start(b);
		return true;
	}
	qsort(b->value, (size_t)b->taken, sizeof(double), bench_compare);
	printf("%s: %ld %.1f min=%.1f max=%.1f reps=%d\n", b->name, b->count, b->value[b->taken / 2], b->value[0],
	       b->value[b->taken - 1], b->taken);
	fflush(stdout);
	return false;
}
