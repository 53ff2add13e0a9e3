/* green-demo.c - both kinds of multitasking: three threads count, one of them never yields.
 *
 *     green-demo
 *
 * First they are cooperative: the bad one counts to its end before the others get a turn. Then a timer's signal takes
 * turns for them; then the timer's own interrupt, in VS-mode, where the machine can do that.
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

static void run(const char *what, int (*preempt)(u32 slice_us), u32 slice_us)
{
	struct green *threads[THREADS];
	int numbers[THREADS];

	printf("%s\n", what);
	if (slice_us && preempt(slice_us)) {
		printf("  (there is no such timer here)\n");
		return;
	}
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		threads[i] = green_spawn(count, &numbers[i], 0);
	}
	for (int i = 0; i < THREADS; i++)
		if (threads[i])
			green_join(threads[i]);
	if (slice_us)
		preempt(0);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run("cooperative: b never yields, and the others wait for its end", green_preempt, 0);
	run("preemptive: b never yields, and a signal takes it off every 2 ms", green_preempt, 2000);
	run("the same by the thread's own timer, without the kernel", green_preempt_direct, 2000);
	return 0;
}
