/* wait.c - arming and ending a wait.
 *
 *              wait_begin                     waker / timer / cancel
 *     FIRED ----------------> kind (armed) ------ compare and swap -----> FIRED    the winner sets task->value, wakes
 *
 * The node leaves the queue under the queue's lock: by the waker that pops it, or in wait_end.
 */
#include "kernel/task/wait.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/panic.h"
#include "kernel/task/executor.h"

/* Decide the wait of TASK, seen armed as KIND, with RESULT: true if nobody was faster. */
static bool wait_fire(struct task *task, u32 kind, long result)
{
	/* acquire/release: the winner's writes are seen by the woken step, through the waker */
	if (kind == WAIT_FIRED || !atomic_cas(&task->wait.state, &kind, (u32)WAIT_FIRED))
		return false;
	task->value = result;
	task_wake(task);
	return true;
}

bool wait_wake_task(struct task *task)
{
	/* The pointer is good: a task whose wait something else has ended takes the queue's lock in wait_end before it
	 * goes on, and one that we wake is not touched any more once it is in a run queue. */
	return wait_fire(task, load_relaxed(&task->wait.state), 0);
}

u32 wait_wake(struct wait_queue *queue, u32 count)
{
	struct list *node;
	struct task *task;
	u32 woken = 0;

	while (woken < count && (node = list_pop_front(&queue->waits))) {
		task = list_entry(node, struct task, wait.node);
		/* a wait that a timeout or a cancel has ended does not count: the wake-up goes to the next */
		woken += wait_wake_task(task);
	}
	return woken;
}

static void wait_timeout(struct timer *timer)
{
	struct task *task = container_of(timer, struct wait_timer, timer)->task;

	wait_fire(task, load_relaxed(&task->wait.state), -ETIME);
}

static inline bool cancel_ends(u32 cancel, u32 kind)
{
	if (likely(cancel == CANCEL_NONE))
		return false;
	return cancel == CANCEL_KILL ? kind >= WAIT_KILLABLE : kind == WAIT_INTERRUPTIBLE;
}

/* Without a look at the time: 0 or -EINTR. */
static inline long wait_arm(struct co *co, struct wait_queue *queue, enum wait_kind kind, const char *what)
{
	struct task *task = task_of(co);
	struct wait *wait = &task->wait;
	u32 armed = kind;

	if (cancel_ends(load_relaxed(&task->cancel), kind))
		return -EINTR;
	co_park(co);
	wait->what = what;
	list_push_back(&queue->waits, &wait->node);
	/* store (armed), fence, load (cancel); partner: task_cancel stores cancel, fence, loads the state */
	store_release(&wait->state, armed);
	fence_full();
	if (unlikely(cancel_ends(load_relaxed(&task->cancel), kind)) &&
	    atomic_cas(&wait->state, &armed, (u32)WAIT_FIRED)) {
		list_remove(&wait->node);
		return -EINTR;
	}
	return 0;
}

static __attribute__((noinline)) long wait_arm_timed(struct co *co, struct wait_queue *queue, enum wait_kind kind,
						     u64 deadline, const char *what)
{
	struct task *task = task_of(co);
	struct wait *wait = &task->wait;
	long err;

	if (deadline <= clock_now())
		return cancel_ends(load_relaxed(&task->cancel), kind) ? -EINTR : -ETIME;
	ASSERT(wait->timer);
	err = wait_arm(co, queue, kind, what);
	if (err)
		return err;
	/* The wait may have been ended already, but the queue's lock is held: wait_end is still to come. */
	wait->timed = true;
	timer_init(&wait->timer->timer, wait_timeout);
	timer_arm(&wait->timer->timer, deadline);
	return 0;
}

long wait_begin(struct co *co, struct wait_queue *queue, enum wait_kind kind, u64 deadline, const char *what)
{
	if (unlikely(deadline != TIME_NEVER))
		return wait_arm_timed(co, queue, kind, deadline, what);
	return wait_arm(co, queue, kind, what);
}

static __attribute__((noinline)) long wait_end_timed(struct wait *wait, long result)
{
	wait->timed = false;
	timer_disarm(&wait->timer->timer);
	return result;
}

long wait_end(struct co *co, long result)
{
	struct wait *wait = &task_of(co)->wait;

	list_remove(&wait->node); /* harmless if the waker has popped it */
	return unlikely(wait->timed) ? wait_end_timed(wait, result) : result;
}

void task_cancel(struct task *task, enum task_cancel how)
{
	u32 before = load_relaxed(&task->cancel), kind;

	/* The stronger request stays. It is written even when it stands there already: release, for the task that
	 * clears it and then looks at what it was told to look at. */
	while (!atomic_cas(&task->cancel, &before, max(before, (u32)how)))
		;
	/* partner: the fence in wait_begin */
	fence_full();
	kind = load_relaxed(&task->wait.state);
	if (kind != WAIT_FIRED && cancel_ends(how, kind))
		wait_fire(task, kind, -EINTR);
}

bool task_end_wait(struct task *task, long result)
{
	return load_relaxed(&task->wait.state) == WAIT_INTERRUPTIBLE && wait_fire(task, WAIT_INTERRUPTIBLE, result);
}

void task_cancel_clear(struct task *task)
{
	u32 interrupt = CANCEL_INTERRUPT;

	/* acquire, both: what was done before the task_cancel is seen from here on. Before a kill, too, which stays:
	 * who tries again until it has seen why needs one turn, not as many as the news are on their way. */
	if (load_acquire(&task->cancel) == CANCEL_INTERRUPT)
		atomic_cas(&task->cancel, &interrupt, (u32)CANCEL_NONE);
}

struct task_sleep {
	struct co co;
	u64 deadline;
	struct spinlock lock; /* guards a queue that nobody wakes: the deadline or a cancel ends the wait */
	struct wait_queue queue;
};

CO_STEP(task_sleep)
{
	CO_FRAME(task_sleep);
	long err;

	if (!f->co.line) {
		spin_init(&f->lock, RANK_WAIT);
		wait_queue_init(&f->queue);
	}
	CO_BEGIN;
	AWAIT_UNTIL_FULL(err, &f->lock, &f->queue, WAIT_INTERRUPTIBLE, f->deadline, clock_now() >= f->deadline);
	spin_unlock(&f->lock);
	CO_RETURN(err == -ETIME ? 0 : err);
	CO_END;
}

long task_sleep_until(struct co *caller, u64 deadline)
{
	return CO_CALL(task_sleep, caller, .deadline = deadline);
}
