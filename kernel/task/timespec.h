/* timespec.h - seconds and nanoseconds as user space writes them. */
#pragma once

#include "kernel/task/timer.h"
#include "lib/types.h"

struct abi_timespec {
	s64 seconds, nanoseconds;
};

/* False: negative or too many nanoseconds. Times beyond 292 years stay there. */
static inline bool timespec_to_ns(const struct abi_timespec *time, u64 *ns)
{
	if (time->seconds < 0 || time->nanoseconds < 0 || time->nanoseconds >= 1000000000)
		return false;
	*ns = time->seconds >= INT64_MAX / 1000000000 ? INT64_MAX
						      : (u64)time->seconds * 1000000000 + (u64)time->nanoseconds;
	return true;
}

static inline struct abi_timespec timespec_from_ns(u64 ns)
{
	return (struct abi_timespec){ (s64)(ns / 1000000000), (s64)(ns % 1000000000) };
}

/* The machine's time of day is not read: the epoch is the first of November 2026, moved by the time since start-up. */
#define REALTIME_BASE (1793491200ul * 1000000000)

/* A time of day as a deadline. */
static inline u64 realtime_deadline(u64 ns)
{
	return ns > REALTIME_BASE ? ns - REALTIME_BASE : 0;
}

/* NS nanoseconds from now, as a deadline; what is too far away is TIME_NEVER. */
static inline u64 deadline_after(u64 ns)
{
	u64 now = clock_now();

	return ns > TIME_NEVER - 1 - now ? TIME_NEVER : now + ns;
}

/* struct itimerspec; struct itimerval has microseconds in the second words. */
struct abi_times {
	struct abi_timespec interval, value;
};

static inline struct abi_times abi_times_from(u64 value, u64 interval)
{
	return (struct abi_times){ timespec_from_ns(interval), timespec_from_ns(value) };
}
