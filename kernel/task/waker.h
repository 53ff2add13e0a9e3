/* waker.h - the state of a task, seen by whoever wants to wake it.
 *
 *               notify            run             suspend
 *      IDLE ------------> QUEUED -----> RUNNING ------------> IDLE
 *       ^ |                 ^              | notify
 *       | | inspect         |  suspend     v
 *       | +--> RUNNING      +---------- NOTIFIED
 *       |                                          RUNNING, NOTIFIED -- finish --> DONE
 *
 * The rule that makes a wake-up impossible to lose: a notify that finds the task running leaves a mark (NOTIFIED), and
 * suspend looks at that mark in the same atomic step in which it would have gone to IDLE.
 *
 * Invariant: a task is in a run queue (or an inbox) exactly while it is QUEUED, so it is there at most once.
 */
#pragma once

#include "lib/types.h"

enum waker_state { WAKER_IDLE, WAKER_QUEUED, WAKER_RUNNING, WAKER_NOTIFIED, WAKER_DONE };

struct waker {
	u32 state;
};

/* A new task is QUEUED: whoever made it puts it into a run queue. */
void waker_init(struct waker *waker);

/* Ask that the task be run. True: the caller must put it into a run queue. Any number of calls, from any hart; all
 * that happened before a notify is seen by the step that follows it. */
bool waker_notify(struct waker *waker);

/* The executor took the task out of its queue. */
void waker_run(struct waker *waker);

/* The step is over and the task waits. False: it was notified meanwhile and is QUEUED; the caller must put it into a
 * run queue. */
bool waker_suspend(struct waker *waker);

/* The task has ended. */
void waker_finish(struct waker *waker);

/* Borrow an idle task to look at its frames: true if it was IDLE and nobody can run it until waker_suspend. */
bool waker_inspect(struct waker *waker);

const char *waker_state_name(u32 state);
