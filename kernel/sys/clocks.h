/* clocks.h - Linux's clocks. */
#pragma once

#include "kernel/sys/timespec.h"

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

/* The time of day, in nanoseconds since 1970. */
u64 clock_wall(void);

/* Nanoseconds that CLOCK shows now, the same for everybody; false: there is no such clock. */
bool clock_value(u64 clock, u64 *ns);
