/* time-cpu.c - the clocks that show how long a thread and a process have run: they go while it works, not while it
 * sleeps, never back; ended threads count for their process.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <unistd.h>

static u64 thread_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static u64 process_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* Until this thread has worked for NS. */
static void work(u64 ns)
{
	u64 end = thread_ns() + ns;

	while (thread_ns() < end)
		;
}

/* Sleeping is not working: much longer than what the machinery around it costs. */
static void check_sleep(void)
{
	u64 real = clock_ns(CLOCK_MONOTONIC), thread = thread_ns(), process = process_ns();

	for (int i = 0; i < 10; i++)
		sleep_ms(20);
	real = clock_ns(CLOCK_MONOTONIC) - real;
	CHECK(thread_ns() - thread < real / 2);
	CHECK(process_ns() - process < real / 2);
}

static u64 seen;

static void *worker(void *unused)
{
	work(3 * NS_PER_MS);
	store_release(&seen, thread_ns());
	return unused;
}

static void check_threads(void)
{
	u64 process = process_ns(), mine = thread_ns();
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, worker, NULL));
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK(load_acquire(&seen) >= 3 * NS_PER_MS);
	CHECK(process_ns() - process >= 9 * NS_PER_MS);
	CHECK(process_ns() >= thread_ns());
	CHECK(thread_ns() >= mine);
}

static u32 stop;

static void *spin(void *unused)
{
	while (!load_relaxed(&stop)) {
		for (volatile int i = 0; i < 2000; i++)
			;
		sched_yield(); /* where each call of the other one may be a wait (torture), no slice for each of them */
	}
	return unused;
}

/* While another thread starts, stops and works. */
static void check_forward(void)
{
	u64 last = process_ns(), now;
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, spin, NULL));
	for (int i = 0; i < 2000; i++) {
		now = process_ns();
		if (!CHECK(now >= last))
			check_note("by %llu ns", (unsigned long long)(last - now));
		last = now;
		if (i % 200 == 0) /* a turn of the other one, on a single hart */
			sched_yield();
	}
	store_relaxed(&stop, 1);
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void check_refused(void)
{
	struct timespec time = { 0, 1 };
	struct tms tms;

	CHECK_EQ(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL), -1);
	CHECK(times(&tms) != (clock_t)-1);
	CHECK_EQ(syscall(SYS_clock_getres, CLOCK_PROCESS_CPUTIME_ID, &time), 0);
	CHECK_ERRNO(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &time), EINVAL);
}

int main(void)
{
	check_sleep();
	check_threads();
	check_forward();
	check_refused();
	return check_done();
}
