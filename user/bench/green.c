/* green.c - user-level threads that hand the hart to each other, and what one costs. */
#include "user/bench/bench.h"
#include "user/lib/green.h"

static volatile bool stop;

static void partner(void *unused)
{
	(void)unused;
	while (!stop)
		green_yield();
}

static void nothing(void *unused)
{
	(void)unused;
}

int main(void)
{
	struct bench two = BENCH("green_switch", 40000), life = BENCH("green_spawn_join", 500);
	struct green *thread = green_spawn(partner, NULL, 0);

	while (bench_sample(&two)) /* each yield of ours is followed by one of the partner's */
		for (long i = 0; i < two.count / 2; i++)
			green_yield();
	stop = true;
	green_join(thread);
	while (bench_sample(&life))
		for (long i = 0; i < life.count; i++)
			green_join(green_spawn(nothing, NULL, 0));
	return 0;
}
