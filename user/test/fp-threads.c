/* fp-threads.c - more threads than harts compute in floating point, each with its own rounding mode, and are taken
 * off and put back on in the middle: every result and every rounding mode must be the one of an undisturbed run.
 *
 * machines: all crowd
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 8, ROUNDS = 6, STEPS = 4000 };

/* riscv: dynamic rounding mode, 0 nearest, 1 to zero, 2 down, 3 up */
static void rounding_set(unsigned mode)
{
	__asm__ volatile("fsrm %0" ::"r"(mode));
}

static unsigned rounding_get(void)
{
	unsigned mode;

	__asm__ volatile("frrm %0" : "=r"(mode));
	return mode;
}

/* A chaotic sequence: one wrong bit changes everything after a few steps. YIELD every so many steps; 0: never. */
static __attribute__((noinline)) double compute(unsigned which, int yield)
{
	double a = 0.1 + which * 0.05, b = 0.7 - which * 0.05, c = 3.6 + which * 0.04;

	for (int i = 1; i <= STEPS; i++) {
		a = c * a * (1 - a);
		b = c * b * (1 - b) + a * 1e-9;
		if (yield && i % yield == 0)
			sched_yield();
	}
	return a + b;
}

static double expected[THREADS];

static void *thread_main(void *argument)
{
	unsigned which = (unsigned)(uintptr_t)argument;

	rounding_set(which % 4);
	for (int round = 0; round < ROUNDS; round++) {
		double result = compute(which, round % 2 ? 500 : 0);

		CHECK(!memcmp(&result, &expected[which], sizeof(result)));
		CHECK_EQ(rounding_get(), which % 4);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		rounding_set(i % 4);
		expected[i] = compute(i, 0);
	}
	rounding_set(0);
	CHECK(memcmp(&expected[0], &expected[4], sizeof(double)));
	for (unsigned i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, thread_main, (void *)(uintptr_t)i));
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK_EQ(rounding_get(), 0);
	return check_done();
}
