/* sched-shares.c - what nice values do: threads that never stop share a hart by their weights, and who wakes up does
 * not wait for those that are nicer. By the threads' own clocks, where time is counted in instructions.
 *
 * machines: icount
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

enum { WORKERS_MAX = 4 };

struct worker {
	int policy, nice;
	u64 ns; /* that it has had */
};

static struct worker workers[WORKERS_MAX];
static pthread_barrier_t begin;
static u64 from, until; /* what each has had between these times of the clock counts; then it stops */

static void take_place(const struct worker *worker)
{
	struct sched_param none = { 0 };

	CHECK_OK(sched_setscheduler(0, worker->policy, &none));
	CHECK_OK(setpriority(PRIO_PROCESS, 0, worker->nice));
}

static void work(u32 rounds)
{
	for (volatile u32 i = 0; i < rounds; i++)
		;
}

static void *work_on(void *argument)
{
	struct worker *worker = argument;
	u64 before;

	take_place(worker);
	pthread_barrier_wait(&begin);
	while (clock_ns(CLOCK_MONOTONIC) < from)
		work(5000);
	before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	while (clock_ns(CLOCK_MONOTONIC) < until)
		work(5000);
	worker->ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - before;
	return NULL;
}

static void set_times(u32 ms)
{
	from = clock_ns(CLOCK_MONOTONIC) + 20 * NS_PER_MS;
	until = from + (u64)ms * NS_PER_MS;
}

/* Let COUNT workers work for MS. */
static void run(u32 count, u32 ms)
{
	pthread_t threads[WORKERS_MAX];

	pthread_barrier_init(&begin, NULL, count + 1);
	for (u32 i = 0; i < count; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, work_on, &workers[i]));
	set_times(ms);
	pthread_barrier_wait(&begin);
	for (u32 i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/* Worker A had WANTED times what worker B had, within a fifth. */
static void check_ratio(u32 a, u32 b, double wanted)
{
	double ratio = (double)workers[a].ns / (double)workers[b].ns;

	if (!CHECK(ratio > wanted * 0.8 && ratio < wanted * 1.2))
		check_note("nice %d to nice %d: %.2f, not %.2f", workers[a].nice, workers[b].nice, ratio, wanted);
	printf("nice %d to nice %d: %.2f (%.2f)\n", workers[a].nice, workers[b].nice, ratio, wanted);
}

static void check_pair(int nice_a, int nice_b, u32 ms, double wanted)
{
	workers[0] = (struct worker){ .nice = nice_a };
	workers[1] = (struct worker){ .nice = nice_b };
	run(2, ms);
	check_ratio(0, 1, wanted);
}

static void check_several(void)
{
	workers[0] = workers[1] = (struct worker){ .nice = 0 };
	workers[2] = (struct worker){ .nice = 5, .policy = SCHED_BATCH };
	run(3, 300);
	check_ratio(0, 1, 1);
	check_ratio(1, 2, 1024.0 / 335);
}

/* Who has the policy for it has next to nothing while others work, but something. */
static void check_idle(void)
{
	workers[0] = (struct worker){ .nice = 0 };
	workers[1] = (struct worker){ .policy = SCHED_IDLE, .nice = -20 };
	run(2, 800);
	if (!CHECK(workers[1].ns && workers[1].ns < workers[0].ns / 100))
		check_note("it had %lu us beside %lu", workers[1].ns / 1000, workers[0].ns / 1000);
}

/* --- who wakes up --- */

static u64 latest;

static void *sleep_often(void *unused)
{
	struct worker self = { .nice = 0 };
	u64 at;

	take_place(&self);
	pthread_barrier_wait(&begin);
	while ((at = clock_ns(CLOCK_MONOTONIC) + NS_PER_MS) < until) {
		sleep_ms(1);
		latest = max(latest, clock_ns(CLOCK_MONOTONIC) - at);
		work(20000);
	}
	return unused;
}

/* It finds the hart busy with threads of NICE and WORSE: how much later than it wanted does it go on, at most? */
static u64 latest_beside(int nice, int worse)
{
	pthread_t sleeper, busy[2];

	latest = 0;
	workers[0] = (struct worker){ .nice = nice };
	workers[1] = (struct worker){ .nice = worse };
	pthread_barrier_init(&begin, NULL, 4);
	REQUIRE(!pthread_create(&sleeper, NULL, sleep_often, NULL));
	for (u32 i = 0; i < 2; i++)
		REQUIRE(!pthread_create(&busy[i], NULL, work_on, &workers[i]));
	set_times(100);
	pthread_barrier_wait(&begin);
	pthread_join(sleeper, NULL);
	for (u32 i = 0; i < 2; i++)
		pthread_join(busy[i], NULL);
	return latest;
}

/* The least turn may pass over it, where each of its steps waits (torture) more than once; an equal one is not
 * interrupted. */
static void check_latest(void)
{
	u64 beside_nice = latest_beside(5, 10), beside_equal = latest_beside(0, 10);

	printf("late by %lu us beside nice 5 and 10, %lu us beside nice 0\n", beside_nice / 1000, beside_equal / 1000);
	CHECK(beside_nice < 5 * NS_PER_MS);
	CHECK(beside_equal > 5 * NS_PER_MS);
}

int main(void)
{
	check_pair(0, 5, 300, 1024.0 / 335);
	check_pair(0, 10, 300, 1024.0 / 110);
	check_pair(0, 19, 800, 1024.0 / 15);
	check_pair(-5, 0, 300, 3121.0 / 1024);
	check_pair(5, 10, 300, 335.0 / 110);
	check_several();
	check_idle();
	check_latest();
	return check_done();
}
