/* green.h - user-level threads with stacks: many on one thread of the kernel, which knows nothing of them.
 *
 *     green_spawn(a); green_spawn(b);
 *     a:  ... green_yield() ----switch---> b:  ... green_yield() ----switch---> a: ...
 *
 * Cooperative: a thread runs until it yields, sleeps, joins or ends; one that never does stalls all others.
 * Preemptive (after green_preempt): a timer's signal arrives between any two instructions, and its handler switches;
 * or (green_preempt_direct) it is the timer's own interrupt, and the kernel has no part in it. So whatever may not be
 * left half done stands between green_hold and green_release: the C library's functions with a state of their own
 * (malloc, stdio) first of all.
 *
 * All calls are made by one and the same kernel thread. errno and the floating-point rounding mode are one for all.
 */
#pragma once

#include "lib/types.h"

struct green;

enum { GREEN_STACK = 16384 };

/* A new thread that runs RUN(ARGUMENT), on a stack of BYTES (0: GREEN_STACK). It is ready, not running. NULL: no
 * memory. */
struct green *green_spawn(void (*run)(void *argument), void *argument, size_t bytes);
/* Let the others go first. */
void green_yield(void);
/* Wait for the end of THREAD, once; after that it is gone. */
void green_join(struct green *thread);
/* Let others run for NS nanoseconds at least. */
void green_sleep(u64 ns);

/* From now on nobody runs for longer than SLICE_US while others are ready (SIGALRM, setitimer); 0: never mind. 0 or a
 * negative errno. */
int green_preempt(u32 slice_us);
/* The same by the kernel thread's own timer, in VS-mode (user/lib/uintr.h), which knows no system call and no signal.
 * -EOPNOTSUPP or another errno: the machine cannot, or the kernel thread has a handler already. */
int green_preempt_direct(u32 slice_us);
/* No switch by force in between; they nest. Not over a call above that lets others run. */
void green_hold(void);
void green_release(void);

/* Switches that were forced. */
u64 green_forced(void);
