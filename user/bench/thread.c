/* thread.c - threads that hand the hart to each other, and their beginning and end. */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/bench/bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>

static pthread_t start(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	NEED(-pthread_create(&thread, NULL, run, argument));
	return thread;
}

/* --- yielding --- */

static u32 partner_stops;

static void *yield_partner(void *argument)
{
	while (!load_relaxed(&partner_stops))
		sched_yield();
	return argument;
}

static void bench_yield(void)
{
	struct bench alone = BENCH("yield_alone", 20000), two = BENCH("yield_switch_thread", 40000);
	pthread_t partner;

	while (bench_sample(&alone))
		for (long i = 0; i < alone.count; i++)
			sched_yield();
	partner = start(yield_partner, NULL);
	while (bench_sample(&two)) /* each yield of ours is followed by one of the partner's: half the count */
		for (long i = 0; i < two.count / 2; i++)
			sched_yield();
	store_relaxed(&partner_stops, 1u);
	pthread_join(partner, NULL);
}

/* --- futex --- */

static u32 turn;
static long rounds;

static long futex(u32 *word, int op, u32 value)
{
	return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* Wait until it is MINE's turn, then pass it on. */
static void futex_pass(u32 mine)
{
	while (load_acquire(&turn) != mine)
		futex(&turn, FUTEX_WAIT, 1 - mine);
	store_release(&turn, 1 - mine);
	futex(&turn, FUTEX_WAKE, 1);
}

static void *futex_partner(void *argument)
{
	for (long i = 0; i < rounds; i++)
		futex_pass(1);
	return argument;
}

static void bench_futex(void)
{
	struct bench nobody = BENCH("futex_wake_nobody", 20000), pair = BENCH("futex_pingpong_thread", 5000);
	pthread_t partner;

	while (bench_sample(&nobody))
		for (long i = 0; i < nobody.count; i++)
			futex(&turn, FUTEX_WAKE, 1);
	rounds = pair.count * pair.samples;
	partner = start(futex_partner, NULL);
	while (bench_sample(&pair))
		for (long i = 0; i < pair.count; i++)
			futex_pass(0);
	pthread_join(partner, NULL);
}

/* --- eventfd --- */

static int there, back;

static void pass(int fd)
{
	u64 one = 1;

	NEED(write(fd, &one, sizeof(one)));
}

static void await(int fd)
{
	u64 value;

	NEED(read(fd, &value, sizeof(value)));
}

static void *eventfd_partner(void *argument)
{
	for (long i = 0; i < rounds; i++) {
		await(there);
		pass(back);
	}
	return argument;
}

static void bench_eventfd(void)
{
	struct bench b = BENCH("eventfd_pingpong_thread", 5000);
	pthread_t partner;

	there = (int)NEED(eventfd(0, 0));
	back = (int)NEED(eventfd(0, 0));
	rounds = b.count * b.samples;
	partner = start(eventfd_partner, NULL);
	while (bench_sample(&b)) {
		for (long i = 0; i < b.count; i++) {
			pass(there);
			await(back);
		}
	}
	pthread_join(partner, NULL);
	close(there);
	close(back);
}

/* --- life --- */

static void *nothing(void *argument)
{
	return argument;
}

static void bench_create(void)
{
	struct bench b = BENCH("pthread_create_join", 500);

	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			pthread_join(start(nothing, NULL), NULL);
}

int main(void)
{
	bench_yield();
	bench_futex();
	bench_eventfd();
	bench_create();
	return 0;
}
