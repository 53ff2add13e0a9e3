/* green.c - the scheduler of user-level threads: a circle of ready ones, first come first served. */
#define _GNU_SOURCE
#include "user/lib/green.h"

#include "lib/list.h"
#include "user/lib/uintr.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

struct green {
	struct list link; /* ready, or sleeping */
	void *stack;	  /* its stack pointer while it does not run */
	void (*run)(void *argument);
	void *argument;
	void *memory; /* NULL: the thread that main runs on */
	size_t bytes;
	u64 wake_at;
	bool done;
	struct green *joiner;
};

void green_switch(void **save_to, void *stack);

static struct list ready = LIST_INIT(ready), sleeping = LIST_INIT(sleeping);
static struct green first, *current = &first;
static volatile u32 held; /* the handler looks at it: 0: a switch may be forced */
static volatile u64 forced;
static u64 direct_slice; /* ticks; 0: no interrupts */

/* Between a change here and the handler there is only the compiler to be told: it is the same thread. */
#define barrier() __asm__ volatile("" ::: "memory")

void green_hold(void)
{
	held++;
	barrier();
}

void green_release(void)
{
	barrier();
	held--;
}

u64 green_forced(void)
{
	return forced;
}

static u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

/* Whose time has come is ready; how long until the next one's has, 0: there is none. */
static u64 wake_sleepers(void)
{
	struct list *node = sleeping.next, *next;
	struct green *thread;
	u64 now, left = 0;

	if (list_is_empty(&sleeping))
		return 0;
	now = now_ns();
	for (; node != &sleeping; node = next) {
		next = node->next;
		thread = list_entry(node, struct green, link);
		if (thread->wake_at <= now) {
			list_remove(node);
			list_push_back(&ready, node);
		} else if (!left || thread->wake_at - now < left) {
			left = thread->wake_at - now;
		}
	}
	return left;
}

/* Whoever was switched from may have been in the handler of an interrupt, masked; who goes on is held still. */
static void interrupts_open(void)
{
	if (direct_slice)
		uintr_stui();
}

/* Held: go on with the next that is ready, who may be ourselves. */
static void reschedule(void)
{
	struct green *before = current;
	struct timespec rest;
	u64 left = wake_sleepers();

	while (list_is_empty(&ready)) {
		if (!left)
			abort(); /* all wait for each other */
		rest = (struct timespec){ (time_t)(left / 1000000000), (long)(left % 1000000000) };
		nanosleep(&rest, NULL);
		left = wake_sleepers();
	}
	current = list_entry(list_pop_front(&ready), struct green, link);
	if (current == before)
		return;
	green_switch(&before->stack, current->stack);
	interrupts_open();
}

void green_yield(void)
{
	green_hold();
	list_push_back(&ready, &current->link);
	reschedule();
	green_release();
}

void green_sleep(u64 ns)
{
	green_hold();
	current->wake_at = now_ns() + ns;
	list_push_back(&sleeping, &current->link);
	reschedule();
	green_release();
}

void green_join(struct green *thread)
{
	green_hold();
	if (!thread->done) {
		thread->joiner = current;
		reschedule();
	}
	munmap(thread->memory, thread->bytes);
	green_release();
}

/* Where a new thread begins: switched to by somebody who held. */
static void begin(void)
{
	interrupts_open();
	green_release();
	current->run(current->argument);
	green_hold();
	current->done = true;
	if (current->joiner)
		list_push_back(&ready, &current->joiner->link);
	reschedule(); /* never comes back */
}

struct green *green_spawn(void (*run)(void *argument), void *argument, size_t bytes)
{
	struct green *thread;
	char *memory;
	u64 *frame;

	bytes = (bytes ? bytes : GREEN_STACK) + 4096; /* and a guard page below */
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	if (mprotect(memory, 4096, PROT_NONE)) {
		munmap(memory, bytes);
		return NULL;
	}
	thread = (struct green *)(memory + bytes - ALIGN_UP(sizeof(*thread), 16));
	*thread = (struct green){ .run = run, .argument = argument, .memory = memory, .bytes = bytes };
	/* as if it had called green_switch: fresh memory is zero, so only the return address is missing */
	frame = (u64 *)((char *)thread - 208);
	frame[0] = (u64)begin;
	thread->stack = frame;
	green_hold();
	list_push_back(&ready, &thread->link);
	green_release();
	return thread;
}

static void handler(int signal)
{
	int err = errno; /* the interrupted thread's, and errno is one for all of them */

	(void)signal;
	if (held)
		return;
	wake_sleepers();
	if (!list_is_empty(&ready)) {
		forced++;
		green_yield();
	}
	errno = err;
}

int green_preempt(u32 slice_us)
{
	/* not masked while the handler runs: it may end in another thread */
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_NODEFER | SA_RESTART };
	struct itimerval slice = { { slice_us / 1000000, slice_us % 1000000 },
				   { slice_us / 1000000, slice_us % 1000000 } };

	if (slice_us && sigaction(SIGALRM, &action, NULL))
		return -errno;
	return setitimer(ITIMER_REAL, &slice, NULL) ? -errno : 0;
}

/* --- by the timer's interrupt --- */

static u64 ticks(void)
{
	u64 time = 0;

#if defined(__riscv)
	__asm__ volatile("csrr %0, time" : "=r"(time));
#endif
	return time;
}

/* On the stack of the thread that it interrupts, so that it can be left there until the thread's next turn. */
static void interrupted(u64 vectors)
{
	int err = errno;

	(void)vectors;
	uintr_set_timer(ticks() + direct_slice, 0);
	if (held)
		return;
	green_hold();
	wake_sleepers();
	if (!list_is_empty(&ready)) {
		forced++;
		list_push_back(&ready, &current->link);
		reschedule();
		uintr_clui(); /* until the way back is done: no second frame on this one */
	}
	green_release();
	errno = err;
}

/* An interrupt that came now would set the timer again, to this very moment, and so would the next: for ever. */
static int preempt_direct_end(void)
{
	if (!direct_slice)
		return -EINVAL;
	uintr_clui();
	direct_slice = 0;
	return uintr_unregister_handler();
}

int green_preempt_direct(u32 slice_us)
{
	enum { TICKS_PER_US = 10 }; /* of the virt machine */
	int err;

	if (!slice_us)
		return preempt_direct_end();
	err = uintr_register_handler(interrupted, UINTR_DIRECT);
	if (!err && !uintr_is_direct()) {
		uintr_unregister_handler();
		err = -EOPNOTSUPP;
	}
	if (err)
		return err;
	uintr_use_interrupted_stack();
	direct_slice = slice_us * TICKS_PER_US;
	return uintr_set_timer(ticks() + direct_slice, 0);
}
