/* async.h - an executor and a reactor for programs: coroutines of lib/co whose waits are requests in a ring.
 *
 *     async_block_on ---> executor: a ready task runs to its next await                         ready: [t3 | t1]
 *                              |  nothing is ready
 *                              v
 *                         reactor: submit what the tasks have asked for, wait for completions (or for their chime)
 *                              |  a CQE names its task and carries its answer
 *                              +--> ready
 *
 * The two colours of functions, and the two bridges between them:
 *
 *     plain code     -- async_block_on -------->  coroutine       runs the executor until that coroutine has ended
 *     plain code     <- async_spawn_blocking ---  coroutine       runs a function that blocks in a thread of its own
 *
 * Contract
 *  - A struct async and its tasks belong to one thread. Only async_spawn_blocking uses others, for the functions it is
 *    given.
 *  - An async function has the calling coroutine first, and answers a value or CO_PENDING (lib/co.h). Values are as the
 *    kernel's: a negative errno is an error.
 *  - A task waits for one thing at a time. What an await was given (buffers, paths) stays valid until it has answered.
 *  - A cancelled task's waits answer -ECANCELED, those to come as well, but for the ones that clean up (async_close,
 *    async_join, async_spawn_blocking). So it ends by itself, and what it holds is given back by its own code.
 *  - Every task that was spawned is joined, or detached.
 *  - A task has a level, SHARE_BEST to SHARE_WORST (user/lib/share.h); the best ready ones run first, in turn. Nobody
 *    looks after the others: who never waits at a good level starves them. After async_use_levels the thread tells the
 *    kernel the level of its best ready task, and while it waits that of the best one whose wait it may be that ends.
 */
#pragma once

#include "lib/co.h"
#include "lib/list.h"
#include "user/lib/share.h"
#include "user/lib/uring.h"

#include <stdio.h>

typedef long async_entry(struct co *caller, void *argument);

struct async_pool;

enum { ASYNC_LEVELS = SHARE_WORST + 1 };

struct async {
	struct io_uring ring;
	struct list ready[ASYNC_LEVELS]; /* struct async_task.ready */
	u32 ready_levels;		 /* bit i: ready[i] is not empty */
	u32 waiting[ASYNC_LEVELS];	 /* tasks whose wait somebody outside of this thread ends */
	u32 level;			 /* of the task that runs; new tasks have it, too */
	u32 told;			 /* to the kernel, if it is told */
	bool tells;
	struct list all;
	/* Submit, and return when there are completions: 0 or a negative errno. */
	long (*wait)(struct async *async);
	void (*end_wait)(struct async *async); /* undo what `wait` needed; NULL: nothing */
	struct async_pool *pool;	       /* NULL: nobody asked for a thread yet */
	u64 steps, completions;
	u64 chimes; /* user interrupts that told of completions; the handler's */
};

struct async_task;

/* A ring of ENTRIES submission entries, waited for with io_uring_enter: 0 or a negative errno. */
int async_init(struct async *async, unsigned entries);
/* From now on completions chime: the reactor waits for a user interrupt and not in the ring. FLAGS: those of
 * uintr_register_handler; with UINTR_DIRECT the interrupt needs no kernel where the machine can do that. Until
 * async_exit the thread's handler is the reactor's. 0 or a negative errno (-EBUSY: the thread has a handler). */
int async_use_chime(struct async *async, unsigned flags);
/* From now on the calling thread, which is the one that runs the tasks, tells the kernel how urgent it is: 0 or a
 * negative errno. */
int async_use_levels(struct async *async);
/* All tasks have ended and have been joined. */
void async_exit(struct async *async);

/* Run everything until ENTRY(co, ARGUMENT) has ended: its value, or -ENOMEM. Not from a coroutine. */
long async_block_on(struct async *async, async_entry *entry, void *argument);

/* A new task, ready to run ENTRY(co, ARGUMENT); NULL: no memory. Its level is that of the task that runs;
 * SHARE_DEFAULT: none does. */
struct async_task *async_spawn(struct async *async, async_entry *entry, void *argument);
/* The same at LEVEL. */
struct async_task *async_spawn_at(struct async *async, u32 level, async_entry *entry, void *argument);
/* The calling task has LEVEL from its next await on. */
void async_set_level(struct co *caller, u32 level);
/* Suspends until TASK has ended: its value; TASK is gone then. One coroutine may join a task. */
long async_join(struct co *caller, struct async_task *task);
/* Nobody will join TASK: it goes when it ends. */
void async_detach(struct async_task *task);
/* Ask TASK to end early. */
void async_cancel(struct async_task *task);

/* Run FUNCTION(ARGUMENT), which may block, in a thread of a small pool. Suspends: its value, or a negative errno. */
long async_spawn_blocking(struct co *caller, long (*function)(void *argument), void *argument);

/* ENTRY(co, ARGUMENT) as a task of its own, cancelled after NS nanoseconds. Suspends until it has ended: its value;
 * -ETIME if it ended because of that; -ENOMEM. */
long async_timeout(struct co *caller, u64 ns, async_entry *entry, void *argument);

/* Let the others run. Suspends: 0. */
long async_yield(struct co *caller);

/* --- requests; all suspend --- */

long async_read(struct co *caller, int fd, void *buffer, unsigned bytes, u64 offset);
long async_write(struct co *caller, int fd, const void *buffer, unsigned bytes, u64 offset);
long async_openat(struct co *caller, int directory, const char *path, int flags, mode_t mode);
long async_close(struct co *caller, int fd);
/* Until FD is ready for one of EVENTS (POLLIN, ...): which it is ready for. */
long async_poll(struct co *caller, int fd, unsigned events);
/* 0, or -ECANCELED. */
long async_sleep(struct co *caller, u64 ns);

/* Any other: take an SQE, prepare it, and await async_request with it, without another await between. NULL: the ring
 * takes no more, and the answer is -EBUSY. SHIELDED: also for a cancelled task. */
struct io_uring_sqe *async_sqe(struct co *caller);
long async_request(struct co *caller, struct io_uring_sqe *sqe, bool shielded);

/* Every task with its await chain, function and file:line, as the kernel prints its own. */
void async_report(struct async *async, FILE *to);
