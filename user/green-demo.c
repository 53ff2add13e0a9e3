/* green-demo.c - both kinds of multitasking: three threads count, one of them never yields.
 *
 *     green-demo
 *
 * First they are cooperative: the bad one counts to its end before the others get a turn. Then a timer's signal takes
 * turns for them.
 */
#include "user/lib/green.h"

#include <stdio.h>

enum { THREADS = 3, STEPS = 4, BAD = 1 };

static void work(void)
{
	for (volatile int i = 0; i < 5000000; i++)
		;
}

static void count(void *argument)
{
	int me = *(int *)argument;

	for (int i = 1; i <= STEPS; i++) {
		work();
		green_hold(); /* a switch inside printf would leave its lock taken */
		printf("  %*s%c%d\n", me * 8, "", 'a' + me, i);
		green_release();
		if (me != BAD)
			green_yield();
	}
}

static void run(const char *what, unsigned slice_us)
{
	struct green *threads[THREADS];
	int numbers[THREADS];

	printf("%s\n", what);
	if (green_preempt(slice_us))
		printf("  (there is no timer)\n");
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		threads[i] = green_spawn(count, &numbers[i], 0);
	}
	for (int i = 0; i < THREADS; i++)
		if (threads[i])
			green_join(threads[i]);
	green_preempt(0);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run("cooperative: b never yields, and the others wait for its end", 0);
	run("preemptive: b never yields, and is taken off every 2 ms", 2000);
	return 0;
}
