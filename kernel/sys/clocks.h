/* clocks.h - Linux's clocks. */
#pragma once

#include "kernel/task/timespec.h"

enum {
	CLOCK_REALTIME,
	CLOCK_MONOTONIC,
	CLOCK_PROCESS_CPUTIME,
	CLOCK_THREAD_CPUTIME,
	CLOCK_MONOTONIC_RAW,
	CLOCK_REALTIME_COARSE,
	CLOCK_MONOTONIC_COARSE,
	CLOCK_BOOTTIME
};

/* The clock of a process or thread by its number: ~number << 3 | CPU_CLOCK_THREAD | kind; number 0 is the caller. */
enum { CPU_CLOCK_KIND = 3, CPU_CLOCK_PROFILE = 0, CPU_CLOCK_USER = 1, CPU_CLOCK_RUN = 2, CPU_CLOCK_THREAD = 4 };

static inline bool cpu_clock_is(u32 clock)
{
	return (s32)clock < 0 && (clock & CPU_CLOCK_KIND) != 3;
}

static inline u32 cpu_clock_id(u32 clock)
{
	return ~(u32)((s32)clock >> 3);
}

/* What such a clock shows. A thread must be of the process of CALLER. False: there is none. */
struct thread;
bool cpu_clock_value(struct thread *caller, u32 clock, u64 *ns);

/* The time of day, in nanoseconds since 1970. */
u64 clock_wall(void);

/* Nanoseconds that CLOCK shows now, the same for everybody; false: there is no such clock. */
bool clock_value(u64 clock, u64 *ns);
