/* measure.h - what programs read that measure this machine: its clock, its counter, and what must be taken out of both.
 */
#pragma once

#include "lib/types.h"

enum { TICK_NS = 100 };

/* The clock, in ticks. */
static inline u64 read_ticks(void)
{
	u64 now;

	__asm__ volatile("rdtime %0" : "=r"(now)::"memory");
	return now;
}

/* The hart's counter, in instructions where counts_instructions(). */
static inline u64 read_instructions(void)
{
	u64 count;

	__asm__ volatile("rdinstret %0" : "=r"(count)::"memory");
	return count;
}

/* Does the counter count instructions? An emulator without -icount takes the host's ticks for it. */
bool counts_instructions(void);
/* Nanoseconds that all harts have slept so far. Of one hart, which is what -icount is for, it is also what the counter
 * went on meanwhile. */
u64 harts_slept(void);
/* What is in memory is forgotten: the next read of a disk is one. */
void caches_drop(void);

/* For qsort. */
int compare_u64(const void *a, const void *b);
