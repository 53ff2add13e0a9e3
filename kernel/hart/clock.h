/* clock.h - the hart's time counter and comparator, as nanoseconds. */
#pragma once

#include "lib/types.h"

#define TIME_NEVER UINT64_MAX

/* Nanoseconds since the machine started; never goes back. */
#if defined(HOST)
u64 clock_now(void); /* a unit test's own */
enum { clock_tick_ns = 1 };
static inline u64 clock_ticks(void)
{
	return clock_now();
}
#else
#include "kernel/hart/csr.h"

extern u64 clock_tick_ns; /* nanoseconds of one step of the time counter */

static inline u64 clock_now(void)
{
	return csr_read(time) * clock_tick_ns;
}

/* The time counter itself: clock_now() in steps of clock_tick_ns. */
static inline u64 clock_ticks(void)
{
	return csr_read(time);
}
#endif

/* What clock_now() was when the hart's time counter stood at TICKS. */
u64 clock_from_ticks(u64 ticks);

/* Ask for an interrupt at DEADLINE on this hart (TIME_NEVER: for none): Sstc or SBI, chosen at start-up. */
extern void (*clock_program)(u64 deadline);

/* Find the clock's frequency and its comparator in the device tree: boot hart. */
void clock_init(void);
/* Each hart: interrupt enabled, and due at once, so that the first look at the timers programs the comparator. */
void clock_hart_init(void);
