/* time-sleep.c - sleeping: never shorter than asked for, relative and absolute, by several threads at once in order
 * of time; and what is refused.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <pthread.h>

static void check_relative(void)
{
	static const long lengths[] = { 0, 1, 1000, 50000, NS_PER_MS, 5 * NS_PER_MS, 30 * NS_PER_MS };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct timespec time = { 0, lengths[i] };
		u64 begin = clock_ns(CLOCK_MONOTONIC);

		CHECK_EQ(nanosleep(&time, NULL), 0);
		if (!CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + (u64)lengths[i]))
			check_note("nanosleep of %ld ns", lengths[i]);
		begin = clock_ns(CLOCK_MONOTONIC);
		CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, 0, &time, NULL), 0);
		CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + (u64)lengths[i]);
	}
}

static void check_absolute(void)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME };

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		struct timespec at = clock_after(clocks[i], 10 * NS_PER_MS);

		CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &at, NULL), 0);
		CHECK(clock_ns(clocks[i]) >= timespec_ns(&at));
		CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &at, NULL), 0); /* past: at once */
		at.tv_sec = 0;
		CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &at, NULL), 0);
	}
}

static void check_refused(void)
{
	struct timespec negative = { -1, 0 }, too_many = { 0, NS_PER_S }, below = { 0, -1 }, zero = { 0, 0 };

	CHECK_ERRNO(nanosleep(&negative, NULL), EINVAL);
	CHECK_ERRNO(nanosleep(&too_many, NULL), EINVAL);
	CHECK_ERRNO(nanosleep(&below, NULL), EINVAL);
	CHECK_ERRNO(nanosleep((struct timespec *)-4096, NULL), EFAULT);
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &too_many, NULL), EINVAL);
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &negative, NULL), EINVAL);
	CHECK_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &zero, NULL), EINVAL);
	CHECK_EQ(clock_nanosleep(12345, 0, &zero, NULL), EINVAL);
}

/* Threads that sleep for different times, started longest first: each wakes no earlier than its time. */
enum { SLEEPERS = 8 };

static void *sleeper(void *argument)
{
	u64 ns = (u64)(uintptr_t)argument * 4 * NS_PER_MS, begin = clock_ns(CLOCK_MONOTONIC);
	struct timespec time = { 0, (long)ns };

	CHECK_EQ(nanosleep(&time, NULL), 0);
	CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + ns);
	return NULL;
}

static void check_many(void)
{
	pthread_t threads[SLEEPERS];

	for (uintptr_t i = 0; i < SLEEPERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, sleeper, (void *)(SLEEPERS - i)));
	for (int i = 0; i < SLEEPERS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
	check_relative();
	check_absolute();
	check_refused();
	check_many();
	return check_done();
}
