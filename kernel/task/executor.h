/* executor.h - one per hart: runs ready tasks, each to its next await, and sleeps when there is none.
 *
 *     for ever:  handle pending interrupts -> drain the inbox -> due timers -> run the most urgent task, one step
 *                nothing ready: steal from another hart -> announce sleep, look once more, wfi
 *
 * A user thread's turn ends when it waits, when its slice is over and another user thread is ready, or when somebody
 * more urgent is: whoever wakes that one interrupts the hart, be it another hart or, in a system call, this one. How
 * urgent a thread is its program may tell (task->share): that is read when the thread is queued, once, and at each
 * interrupt while it runs.
 */
#pragma once

#include "kernel/hart/hart.h"
#include "kernel/task/task.h"

/* Prepare the executor of hart INDEX (boot hart, before the hart starts). */
void executor_init(u32 index);
/* This hart's event loop. Never returns. */
void executor_run(void) __attribute__((noreturn));
/* One round of it. */
void executor_run_once(void);

/* Called when a step of a user thread has ended in a wait, before any other hart may run it: saves FP registers. */
extern void (*executor_user_suspend)(struct task *task);

/* Put a QUEUED task into the run queue of the hart it belongs to. */
void executor_enqueue(struct task *task);

/* A hart of the set MASK for a task that must move: one that sleeps, if any does. */
u32 executor_choose(u32 mask);

/* Make the harts of MASK (by index) go through their event loop. */
void executor_kick(u32 mask);
/* Called when this hart is about to sleep: gives up what it keeps for the next time only. */
extern void (*executor_before_sleep)(void);

/* What an interrupted user thread asks, after executor_poll's work: shall it let others run? */
bool executor_turn_is_over(void);
/* Is somebody more urgent than PRIORITY ready on this hart? */
bool executor_is_urgent(enum priority priority);
/* Tasks ready on this hart at PRIORITY or better. */
bool executor_has_ready(enum priority priority);

/* Is nothing ready on this hart, nor handed to it by another one? A hint. */
bool executor_is_quiet(void);

/* Between two steps, or from a user thread's loop: interrupts, inbox, timers. */
void executor_poll(void);

struct executor_counters {
	u64 steps, wakes, steals, idles;
	u64 longest_step_ns;
	const struct co_type *longest_type;
	u32 longest_line;
};
void executor_counters(u32 hart_index, struct executor_counters *out);
/* The longest steps of all harts are those from now on. A hint: a step that ends just now may count. */
void executor_forget_longest(void);
