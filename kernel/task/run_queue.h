/* run_queue.h - the ready tasks of one hart: a queue per priority, first come first served within it.
 *
 *     ready bitmap   0 1 .. 0 1 .. 0 0 1 0
 *                      |      |        +--> [ thread of nice 5 ]
 *                      |      +--> [ thread ] -> [ thread ]
 *                      +--> [ writeback ]
 *
 * Floor share: while user threads are ready, at most FLOOR_STREAK other tasks run before one user thread does, so a
 * storm of completions cannot starve them.
 * Weights: the levels of nice values (PRIORITY_NICE_FIRST to PRIORITY_BACKGROUND) share the time. A thread's weight is
 * 1024 for nice 0, and a fourth more for each step below. Each turn is weighed: the thread has `used` its time divided
 * by its weight, and the level whose first thread has used least is next. Who comes back starts where the others are:
 * who sleeps saves nothing up, and who works while nobody else wants to owes nothing. While threads of nice 0 alone are
 * ready nobody weighs anything.
 * Owed turns: programs choose among the user levels themselves (kernel/abi/share.h), so the better ones may not starve
 * the others. While they pass over one that is ready, a debt grows by the time that they take; it shrinks OWED_SLICES
 * times as fast while nobody is passed over. When it is OWED_SLICES slices, worse levels have turns, one after the
 * other, which pay the debt in the same way. The levels of nice values count as one there.
 * An owed turn is cut short by no other user thread; one that passes over a better nice value is, by better ones than
 * that.
 * Contract: its own hart pushes and pops, idle harts steal; each under the lock.
 */
#pragma once

#include "kernel/hart/lock.h"
#include "kernel/task/task.h"

enum { FLOOR_STREAK = 32, OWED_SLICES = 5 };

enum { SLICE_LEAST_NS = 1000000 }; /* of a turn that passes over a better level */

struct run_queue {
	struct spinlock lock; /* guards the fields below */
	u32 count;	      /* read without the lock as a hint */
	u64 ready;	      /* bit p: level p is not empty; read without the lock as a hint, too */
	struct run_level {
		struct inbox_node *head, *tail;
	} levels[PRIORITY_COUNT];
	/* of its own hart, in pop */
	u32 streak;	  /* kernel tasks run since the last user thread, while one was ready */
	bool passes_over; /* the last turn went to a better level than somebody's who was ready */
	bool weighed;	  /* the turn that pop has given last is to be weighed when it is over */
	bool alone;	  /* weighed: no other level of nice values was ready then */
	u32 owed;	  /* nanoseconds that the turn may take that pop has given last, if it was owed; else 0 */
	u32 owed_by;	  /* owed: it goes on unless somebody is better than this level */
	u32 last_owed;	  /* the level that had the last one for being told */
	u64 looked_at, debt;
	u64 began;  /* weighed: the time when the turn began */
	u32 weight; /* weighed: that of its thread */
	u64 used;   /* where those are who have used least, as its used */
};

void run_queue_init(struct run_queue *queue);
/* At LEVEL: task->priority, which any hart may change, as the caller has read it. */
void run_queue_push(struct run_queue *queue, struct task *task, u64 level);
/* The next task to run; NULL: none. */
struct task *run_queue_pop(struct run_queue *queue);
/* The turn of TASK, which pop has given, is over; for turns that are to be weighed. */
void run_queue_weigh(struct run_queue *queue, struct task *task);
/* The turn of TASK is over, but nobody else is ready, so that another one follows. */
void run_queue_go_on(struct run_queue *queue, struct task *task);
/* A task for this hart, which is another one than the queue's; NULL: none. The harts that may have what this one may
 * not are added to the set ELSEWHERE. */
struct task *run_queue_steal(struct run_queue *queue, u32 *elsewhere);
/* How long a turn of LEVEL may be that passes over BETTER, both of nice values: nanoseconds. */
u32 run_queue_slice(u32 level, u32 better);
