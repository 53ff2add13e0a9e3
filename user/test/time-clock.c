/* time-clock.c - clocks: which there are, that they go forward, how they agree, and what is refused.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static const clockid_t clocks[] = {
	CLOCK_REALTIME,	       CLOCK_MONOTONIC,	       CLOCK_MONOTONIC_RAW,
	CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
};

/* By the system call: the C library may read the clock without one. */
static long get(clockid_t clock, struct timespec *time)
{
	return syscall(SYS_clock_gettime, clock, time);
}

static void check_forward(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		struct timespec time, resolution;
		u64 last = 0;

		for (int k = 0; k < 50; k++) {
			if (!CHECK_EQ(get(clocks[i], &time), 0))
				check_note("clock %d", (int)clocks[i]);
			CHECK(time.tv_nsec >= 0 && time.tv_nsec < NS_PER_S);
			CHECK(timespec_ns(&time) >= last);
			last = timespec_ns(&time);
		}
		CHECK_EQ(syscall(SYS_clock_getres, clocks[i], &resolution), 0);
		CHECK(resolution.tv_sec == 0 && resolution.tv_nsec > 0);
	}
}

static void check_agree(void)
{
	struct timeval day;
	u64 before = clock_ns(CLOCK_REALTIME), middle, begin = clock_ns(CLOCK_MONOTONIC);

	CHECK_EQ(gettimeofday(&day, NULL), 0);
	middle = (u64)day.tv_sec * NS_PER_S + (u64)day.tv_usec * 1000;
	CHECK(middle + 1000 > before);
	CHECK(clock_ns(CLOCK_REALTIME) >= middle);
	CHECK((u64)time(NULL) + 1 >= before / NS_PER_S);
	sleep_ms(3);
	CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + 3 * NS_PER_MS);
	CHECK(clock_ns(CLOCK_REALTIME) >= before + 3 * NS_PER_MS);
}

static void check_processor_time(void)
{
	static volatile unsigned sum;
	u64 process = clock_ns(CLOCK_PROCESS_CPUTIME_ID), thread = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	for (unsigned i = 0; i < 100000; i++)
		sum = sum + i;
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) > process);
	CHECK(clock_ns(CLOCK_THREAD_CPUTIME_ID) > thread);
}

static void check_refused(void)
{
	struct timespec time;

	CHECK_ERRNO(get(12345, &time), EINVAL);
	CHECK_ERRNO(get(CLOCK_MONOTONIC, (struct timespec *)-4096), EFAULT);
	CHECK_ERRNO(get(CLOCK_MONOTONIC, NULL), EFAULT);
	CHECK_EQ(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NULL), 0);
	CHECK_ERRNO(syscall(SYS_clock_getres, 12345, NULL), EINVAL);
}

int main(void)
{
	check_forward();
	check_agree();
	check_processor_time();
	check_refused();
	return check_done();
}
