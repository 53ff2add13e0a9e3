/* async-task.h - inside user/lib/async*: a task. */
#pragma once

#include "user/lib/async.h"

enum { ASYNC_ARENA = 1024 };

enum async_state {
	ASYNC_READY,  /* in async->ready */
	ASYNC_RING,   /* its request is in the ring */
	ASYNC_THREAD, /* for a thread of the pool */
	ASYNC_PARKED, /* for another task */
	ASYNC_DONE,
};

struct async_task {
	struct co_stack stack;
	struct async *async;
	struct list ready, all;
	enum async_state state;
	u32 level;
	bool cancelled, detached;
	bool shielded; /* the wait it is in is not to be cancelled */
	long value;    /* the answer for the leaf at its next step; at the end the result */
	async_entry *entry;
	void *argument;
	struct async_task *joiner;
	char arena[ASYNC_ARENA] __attribute__((aligned(16)));
};

static inline struct async_task *async_task_of(const struct co *co)
{
	return container_of(co->stack, struct async_task, stack);
}

/* User data of requests that are nobody's: of cancels, and of the pool's reads. Tasks are aligned, so no address is
 * like these. */
enum { ASYNC_NOBODY = 1, ASYNC_POOL = 2 };

/* Suspend CO, the leaf, until async_wake: CO_PENDING. */
static inline long async_park(struct co *co, enum async_state state)
{
	co->stack->leaf = co;
	async_task_of(co)->state = state;
	return CO_PENDING;
}

/* TASK runs again, and VALUE is its leaf's answer. */
void async_wake(struct async_task *task, long value);

/* An SQE even when the queue was full; NULL: the kernel takes none. */
struct io_uring_sqe *async_sqe_get(struct async *async);

/* async-blocking.c: a thread's work has ended; what is to be done for the pool. */
void async_pool_completed(struct async *async);
void async_pool_free(struct async_pool *pool);
