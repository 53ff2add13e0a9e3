/* blocked.c - a thousand threads that wait in read: the kernel's memory for each. */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/bench/bench.h"
#include "user/bench/proc.h"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>

enum { THREADS = 1000, STACK_BYTES = 5 * 4096 };

static int gate;
static u32 arrived;

static void *wait_at_gate(void *argument)
{
	u64 value;

	atomic_add(&arrived, 1u);
	NEED(read(gate, &value, sizeof(value)));
	return argument;
}

static void threads_start(pthread_t *threads, long count)
{
	pthread_attr_t attributes;

	store_relaxed(&arrived, 0u);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	for (long i = 0; i < count; i++)
		NEED(-pthread_create(&threads[i], &attributes, wait_at_gate, NULL));
	while (load_acquire(&arrived) < count)
		sched_yield();
	for (int i = 0; i < 50; i++) /* the last one is on its way into read */
		sched_yield();
}

/* Let COUNT threads go. A semaphore: each read takes one. */
static void threads_end(pthread_t *threads, long count)
{
	u64 value = (u64)count;

	NEED(write(gate, &value, sizeof(value)));
	for (long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	static pthread_t threads[THREADS];
	struct memory before;
	u64 start;

	gate = (int)NEED(eventfd(0, EFD_SEMAPHORE));
	threads_start(threads, 1); /* what the first thread of a process needs is not counted */
	threads_end(threads, 1);
	before = memory_now();
	start = now();
	threads_start(threads, THREADS);
	bench_say("blocked_thread_create_1000", THREADS, (double)(now() - start) / THREADS);
	/* not the pages: most are the threads' own stacks */
	bench_say("blocked_thread_mem_1000", THREADS, (double)(memory_now().slab - before.slab) / THREADS);
	threads_end(threads, THREADS);
	return 0;
}
