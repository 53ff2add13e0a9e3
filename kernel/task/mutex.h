/* mutex.h - a mutex that a coroutine may hold across awaits.
 *
 * First come, first served: unlock hands the mutex to the longest waiter, so a busy mutex cannot starve anyone. Waiting
 * for it is WAIT_DISK: it ends because its holder is never allowed to wait for ever.
 */
#pragma once

#include "kernel/task/wait.h"

struct co_mutex {
	struct spinlock lock; /* guards the fields below */
	struct task *holder;
	struct wait_queue queue;
};

void mutex_init(struct co_mutex *mutex);

/* Suspends until the caller's task holds the mutex: 0. */
long mutex_lock(struct co *caller, struct co_mutex *mutex);
/* Never suspends; CO is a frame of the holder. */
void mutex_unlock(struct co *co, struct co_mutex *mutex);
