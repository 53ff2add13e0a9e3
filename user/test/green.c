/* green.c - user-level threads: turns taken in order, sleeping, joining, floating-point registers of their own; one
 * that does not yield stalls the others, until a timer takes it off, by
 * a signal, and by an interrupt where the machine can do that.
 *
 * oracle: user
 */
#include "user/lib/green.h"
#include "user/lib/measure.h"
#include "user/test/check.h"
#include "user/test/clock.h"

enum { THREADS = 4, ROUNDS = 50 };

static char order[THREADS * ROUNDS + 1];
static int turns;

static void take_turns(void *argument)
{
	double mine = 1.5 * (double)(*(char *)argument);

	for (int i = 0; i < ROUNDS; i++) {
		order[turns++] = *(char *)argument;
		mine += 1;
		green_yield();
	}
	CHECK(mine == 1.5 * (double)(*(char *)argument) + ROUNDS);
}

static void check_turns(void)
{
	static char names[] = "abcd";
	struct green *threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		REQUIRE((threads[i] = green_spawn(take_turns, &names[i], 0)) != NULL);
	for (int i = 0; i < THREADS; i++)
		green_join(threads[i]);
	for (int i = 0; i < THREADS * ROUNDS; i++)
		CHECK_EQ(order[i], names[i % THREADS]);
}

static void sleeper(void *argument)
{
	green_sleep(*(u64 *)argument * NS_PER_MS);
	order[turns++] = (char)('0' + *(u64 *)argument);
}

static void check_sleep(void)
{
	static u64 times[] = { 9, 1, 5 };
	struct green *threads[3];
	u64 begin = clock_ns(CLOCK_MONOTONIC);

	turns = 0;
	for (int i = 0; i < 3; i++)
		REQUIRE((threads[i] = green_spawn(sleeper, &times[i], 0)) != NULL);
	for (int i = 0; i < 3; i++)
		green_join(threads[i]);
	CHECK_EQ(turns, 3);
	CHECK(clock_ns(CLOCK_MONOTONIC) - begin >= 9 * NS_PER_MS);
}

static volatile u64 good, good_seen;
static volatile bool stop;

static void count(void *unused)
{
	(void)unused;
	while (!stop) {
		good++;
		green_yield();
	}
}

/* Never yields. */
static void hog(void *unused)
{
	u64 before = good;

	(void)unused;
	for (volatile int i = 0; i < 300000; i++)
		;
	good_seen = good - before;
	stop = true;
}

/* Does not yield either, and cannot end before others have run. */
static void wait_for_others(void *unused)
{
	u64 before = good;

	(void)unused;
	while (good < before + 5)
		;
	stop = true;
}

static void run_with_counter(void (*other)(void *))
{
	struct green *a, *b;

	stop = false;
	REQUIRE((a = green_spawn(count, NULL, 0)) != NULL);
	REQUIRE((b = green_spawn(other, NULL, 0)) != NULL);
	green_join(b);
	green_join(a);
}

/* Keeps numbers in registers while it is taken off, again and again. */
static void sum_up(void *argument)
{
	double x = 0;
	u64 n = 1;

	for (int i = 1; i <= 100000; i++) {
		x += i * 0.25;
		n = n * 5 + (u64)i;
	}
	CHECK(x == 100000.0 * 100001.0 / 8);
	*(u64 *)argument = n;
}

/* Switched off at the very moment when an interrupt comes: the last one must not set the timer again. */
static void check_direct_ends(void)
{
	enum { SLICE_US = 50, TICKS = 10 * SLICE_US, TRIES = 1000 };
	u64 begin;

	for (int i = 0; i < TRIES; i++) {
		REQUIRE_OK(green_preempt_direct(SLICE_US));
		begin = read_ticks();
		while (read_ticks() - begin < TICKS - 2)
			;
		for (volatile int n = i % 250; n > 0; n--)
			;
		CHECK_OK(green_preempt_direct(0));
	}
}

/* The same without signals, and without the kernel. */
static void check_direct(void)
{
	u64 before = green_forced(), sums[THREADS];
	struct green *threads[THREADS];

	if (green_preempt_direct(500))
		return; /* the machine cannot */
	for (int i = 0; i < 3; i++)
		run_with_counter(wait_for_others);
	CHECK(green_forced() >= before + 3);
	before = green_forced();
	for (int i = 0; i < THREADS; i++)
		REQUIRE((threads[i] = green_spawn(sum_up, &sums[i], 0)) != NULL);
	for (int i = 0; i < THREADS; i++)
		green_join(threads[i]);
	CHECK(green_forced() > before);
	for (int i = 1; i < THREADS; i++)
		CHECK_EQ(sums[i], sums[0]);
	check_sleep();
	CHECK_OK(green_preempt_direct(0));
	CHECK_EQ(green_preempt_direct(0), -EINVAL);
	check_direct_ends();
}

int main(void)
{
	check_turns();
	check_sleep();
	run_with_counter(hog);
	CHECK_EQ(good_seen, 0);
	CHECK_EQ(green_forced(), 0);
	REQUIRE_OK(green_preempt(2000));
	for (int i = 0; i < 3; i++)
		run_with_counter(wait_for_others);
	CHECK(green_forced() >= 3);
	CHECK_OK(green_preempt(0));
	check_direct();
	return check_done();
}
