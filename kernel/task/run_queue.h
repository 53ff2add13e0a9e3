/* run_queue.h - the ready tasks of one hart: a queue per priority, first come first served within it.
 *
 *     ready bitmap   0 1 .. 0 1 .. 0 0 1 0
 *                      |      |        +--> [ thread of nice 5 ]
 *                      |      +--> [ thread ] -> [ thread ]
 *                      +--> [ writeback ]
 *
 * Floor share: while user threads are ready, at most FLOOR_STREAK other tasks run before one user thread does, so a
 * storm of completions cannot starve them.
 * Weights: the levels of nice values (PRIORITY_NICE_FIRST to PRIORITY_BACKGROUND) share the time. A level's part is its
 * weight, 1024 for nice 0 and a fourth more for each step, times its ready threads. Each turn is weighed: the level has
 * `used` its time divided by that, and the level that has used least is next. One that comes back starts where the
 * others are: who sleeps saves nothing up, and who works while nobody else wants to owes nothing. While threads of nice
 * 0 alone are ready nobody weighs anything.
 * Owed turns: programs choose among the user levels themselves (kernel/abi/share.h), so the better ones may not starve
 * the others. While they pass over one that is ready, a debt grows by the time that they take; it shrinks OWED_SLICES
 * times as fast while nobody is passed over. When it is OWED_SLICES slices, worse levels have turns, one after the
 * other, which pay the debt in the same way. The levels of nice values count as one there.
 * An owed turn is cut short by no other user thread; one that passes over a better nice value is, by better ones than
 * that.
 * Contract: its own hart pushes and pops, idle harts steal; each under the lock.
 */
#pragma once

#include "kernel/task/lock.h"
#include "kernel/task/task.h"

enum { FLOOR_STREAK = 32, OWED_SLICES = 5 };

enum { SLICE_LEAST_NS = 1000000 }; /* of a turn that passes over a better level */

struct run_queue {
	struct spinlock lock; /* guards ready, and of the levels all but `used` */
	u64 ready;	      /* bit p: level p is not empty; read without the lock as a hint */
	struct run_level {
		struct inbox_node *head, *tail;
		u32 count; /* read without the lock as a hint, too */
		u64 used;  /* see choose_shared */
	} levels[PRIORITY_COUNT];
	/* of its own hart, in pop */
	u32 streak; /* kernel tasks run since the last user thread, while one was ready */
	union {
		struct {
			u16 passes_over; /* the last turn went to a better level than somebody's who was ready */
			u16 weighed;	 /* the level whose turn is to be weighed when it is over; 0: none */
		};
		u32 unsettled; /* both */
	};
	u32 owed;      /* nanoseconds that the turn may take that pop has given last, if it was owed; else 0 */
	u32 owed_by;   /* owed: it goes on unless somebody is better than this level */
	u32 last_owed; /* the level that had the last one for being told */
	u64 looked_at, debt;
	/* of the turn that is to be weighed */
	u64 members;	 /* ready threads of its level, when it began */
	u64 began, used; /* the time then, and what the level had used */
	bool alone;	 /* no other level of nice values was ready then */
};

void run_queue_init(struct run_queue *queue);
void run_queue_push(struct run_queue *queue, struct task *task);
/* The next task to run; NULL: none. */
struct task *run_queue_pop(struct run_queue *queue);
/* There is none, and its hart will wait for one. */
void run_queue_pause(struct run_queue *queue);
/* A task that may move to another hart, for that hart; NULL: none. */
struct task *run_queue_steal(struct run_queue *queue);
/* How many are ready. A hint. */
u32 run_queue_count(const struct run_queue *queue);
/* How long a turn of LEVEL may be that passes over BETTER, both of nice values: nanoseconds. */
u32 run_queue_slice(u32 level, u32 better);
