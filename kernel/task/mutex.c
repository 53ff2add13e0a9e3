/* mutex.c - the mutex that may be held across awaits: a holder, and a queue of those who come after. */
#include "kernel/task/mutex.h"

#include "kernel/hart/panic.h"

void mutex_init(struct co_mutex *mutex)
{
	spin_init(&mutex->lock, RANK_MUTEX);
	mutex->holder = NULL;
	wait_queue_init(&mutex->queue);
}

struct mutex_wait {
	struct co co;
	struct co_mutex *mutex;
};

CO_STEP(mutex_wait)
{
	CO_FRAME(mutex_wait);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL_DISK(err, &f->mutex->lock, &f->mutex->queue, !f->mutex->holder || f->mutex->holder == task_of(co));
	f->mutex->holder = task_of(co);
	spin_unlock(&f->mutex->lock);
	CO_RETURN(err);
	CO_END;
}

long mutex_lock(struct co *caller, struct co_mutex *mutex)
{
	bool taken = false;

	spin_lock(&mutex->lock);
	if (!mutex->holder) {
		mutex->holder = task_of(caller);
		taken = true;
	}
	spin_unlock(&mutex->lock);
	return taken ? 0 : CO_CALL(mutex_wait, caller, .mutex = mutex);
}

void mutex_unlock(struct co *co, struct co_mutex *mutex)
{
	struct list *first;

	spin_lock(&mutex->lock);
	ASSERT(mutex->holder == task_of(co));
	/* Handed over, not released: nobody can slip in between the unlock and the waiter's next step. */
	first = mutex->queue.waits.next;
	mutex->holder = list_is_empty(&mutex->queue.waits) ? NULL : list_entry(first, struct task, wait.node);
	wait_wake_one(&mutex->queue);
	spin_unlock(&mutex->lock);
}
