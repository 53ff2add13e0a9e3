/* clock.h - times in nanoseconds, for tests that check lower bounds. (Upper bounds are nobody's promise.) */
#pragma once

#include "lib/types.h"

#include <time.h>

enum { NS_PER_S = 1000000000, NS_PER_MS = 1000000 };

static inline u64 timespec_ns(const struct timespec *time)
{
	return (u64)time->tv_sec * NS_PER_S + (u64)time->tv_nsec;
}

static inline u64 clock_ns(clockid_t clock)
{
	struct timespec now = { 0, 0 };

	clock_gettime(clock, &now);
	return timespec_ns(&now);
}

/* CLOCK's time in NS nanoseconds from now. */
static inline struct timespec clock_after(clockid_t clock, u64 ns)
{
	u64 at = clock_ns(clock) + ns;

	return (struct timespec){ .tv_sec = (time_t)(at / NS_PER_S), .tv_nsec = (long)(at % NS_PER_S) };
}

static inline void sleep_ms(unsigned ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * NS_PER_MS };

	nanosleep(&time, NULL);
}
