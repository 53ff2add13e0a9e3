/* run_queue.h - the ready tasks of one hart: a queue per priority, first come first served within it.
 *
 *     ready bitmap   0 1 0 0 1 0 0 0
 *                      |     +--> [ user thread ] -> [ user thread ]
 *                      +--> [ writeback ]
 *
 * Floor share: while user threads are ready, at most FLOOR_STREAK other tasks run before one user thread does, so a
 * storm of completions cannot starve them.
 * Owed turns: programs choose among the user levels themselves (kernel/abi/share.h), so the better ones may not starve
 * the others. While they pass over one that is ready, a debt grows by the time that they take; it shrinks OWED_SLICES
 * times as fast while nobody is passed over. When it is OWED_SLICES slices, worse levels have turns, one after the
 * other, which no other user thread cuts short and which pay the debt in the same way.
 * Contract: its own hart pushes and pops, idle harts steal; each under the lock.
 */
#pragma once

#include "kernel/task/lock.h"
#include "kernel/task/task.h"

enum { FLOOR_STREAK = 32, OWED_SLICES = 5 };

struct run_queue {
	struct spinlock lock; /* guards the fields below */
	u32 ready;	      /* bit p: level p is not empty; read without the lock as a hint */
	u32 count;	      /* read without the lock as a hint, too */
	u32 streak;	      /* kernel tasks run since the last user thread, while one was ready */
	struct run_level {
		struct inbox_node *head, *tail;
	} levels[PRIORITY_COUNT];
	/* of its own hart, in pop */
	bool passes_over; /* the last turn went to a better level than somebody's who was ready */
	bool owed;	  /* what pop has given last is a turn that was owed */
	u32 last_owed;	  /* the level that had the last one */
	u64 looked_at, debt;
};

void run_queue_init(struct run_queue *queue);
void run_queue_push(struct run_queue *queue, struct task *task);
/* The next task to run; NULL: none. */
struct task *run_queue_pop(struct run_queue *queue);
/* A task that may move to another hart, for that hart; NULL: none. */
struct task *run_queue_steal(struct run_queue *queue);
