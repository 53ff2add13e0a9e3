/* wait.h - a task waits for something another task, a timer or a device will say.
 *
 * A wait queue is a list guarded by the lock that also guards the condition (a pipe's lock, a cache's lock). The
 * condition is looked at under that lock, the task enqueues itself under it, and a waker takes it too: there is no
 * moment between "looked" and "enqueued" in which a wake-up could be lost.
 *
 *     AWAIT_UNTIL(err, &pipe->lock, &pipe->readable, pipe_bytes(pipe) || !pipe->writers);
 *
 * On return the lock is held, whatever the result:  0 the condition holds;  -EINTR the task was told to stop (a
 * signal, a cancel) and the wait allows it;  -ETIME the deadline passed. What ends a wait first wins a
 * compare-and-swap on the wait's state; so each wait has exactly one result.
 *
 * The kinds: WAIT_DISK ends by its condition alone (disk and page waits, clean-up), WAIT_KILLABLE also when the process
 * is being killed, WAIT_INTERRUPTIBLE also by signals and cancels.
 */
#pragma once

#include "kernel/hart/lock.h"
#include "kernel/task/task.h"
#include "lib/co.h"

struct wait_queue {
	struct list waits;
};

static inline void wait_queue_init(struct wait_queue *queue)
{
	list_init(&queue->waits);
}

/* Wake the longest-waiting task / N of them / all. The queue's lock is held. How many were woken. */
u32 wait_wake(struct wait_queue *queue, u32 count);

/* Wake TASK, which the caller has taken out of a queue whose lock it holds: false if something else has just ended its
 * wait. After true it may have ended. */
bool wait_wake_task(struct task *task);

static inline void wait_wake_one(struct wait_queue *queue)
{
	if (!list_is_empty(&queue->waits))
		wait_wake(queue, 1);
}

static inline void wait_wake_all(struct wait_queue *queue)
{
	if (!list_is_empty(&queue->waits))
		wait_wake(queue, UINT32_MAX);
}

/* A queue of nobody but CO's task, which lies in it: for a wait whose waker knows the task (wait_wake_task). */
static inline struct wait_queue *wait_alone(const struct co *co)
{
	return (struct wait_queue *)&task_of(co)->wait.node;
}

/* The two halves of AWAIT_UNTIL; the queue's lock is held over both. wait_begin: 0: suspend now; else the result.
 * WHAT is the condition's text, for the await chain. */
long wait_begin(struct co *co, struct wait_queue *queue, enum wait_kind kind, u64 deadline, const char *what);
long wait_end(struct co *co, long result);

/* Under CO_TORTURE a wait suspends once even if its condition holds. Its label is told apart by the highest bit. */
#ifdef CO_TORTURE
#define WAIT_TORTURE                                     \
	do {                                             \
		f->co.line = __LINE__ | CO_LINE_TORTURE; \
		co_resume_later(co, 0);                  \
		return CO_PENDING;                       \
	case CO_LINE(__LINE__ | CO_LINE_TORTURE):;       \
	} while (0)
#else
#define WAIT_TORTURE (void)0
#endif

/* The full form: KIND is enum wait_kind, DEADLINE nanoseconds of clock_now() or TIME_NEVER. LOCK_, QUEUE and CONDITION
 * are evaluated again after every suspension, so they are made of the frame's fields. */
#define AWAIT_UNTIL_FULL(result, lock_, queue, kind, deadline, condition)                   \
	do {                                                                                \
		WAIT_TORTURE;                                                               \
		f->co.line = __LINE__;                                                      \
		spin_lock(lock_);                                                           \
		(result) = 0;                                                               \
		while (!(condition)) {                                                      \
			(result) = wait_begin(co, (queue), (kind), (deadline), #condition); \
			if (result)                                                         \
				break;                                                      \
			spin_unlock(lock_);                                                 \
			return CO_PENDING;                                                  \
		case CO_LINE(__LINE__):                                                     \
			spin_lock(lock_);                                                   \
			(result) = wait_end(co, co_in);                                     \
			if (result)                                                         \
				break;                                                      \
		}                                                                           \
	} while (0)

#define AWAIT_UNTIL(result, lock, queue, condition) \
	AWAIT_UNTIL_FULL(result, lock, queue, WAIT_INTERRUPTIBLE, TIME_NEVER, condition)
#define AWAIT_UNTIL_DISK(result, lock, queue, condition) \
	AWAIT_UNTIL_FULL(result, lock, queue, WAIT_DISK, TIME_NEVER, condition)

/* Suspends until DEADLINE (clock_now() nanoseconds): 0, or -EINTR. */
long task_sleep_until(struct co *caller, u64 deadline);
