/* limbo_wait.c - waiting until other harts have passed and pages come out of limbo; see limbo_wait.h.
 *
 * The harts pass without being asked: those in the event loop at once, those in user mode at the end of their time
 * slice. So the waiter only has to look from time to time.
 */
#include "kernel/mm/limbo_wait.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/limbo.h"
#include "kernel/task/wait.h"

enum { LOOKS = 20, LOOK_NS = 1000000 };

struct limbo_wait {
	struct co co;
	u32 looks;
	u64 reused; /* before */
	u64 until;
	struct spinlock lock; /* guards a queue that nobody wakes */
	struct wait_queue queue;
};

CO_STEP(limbo_wait)
{
	CO_FRAME(limbo_wait);
	long err;

	CO_BEGIN;
	wait_queue_init(&f->queue);
	/* our own hart passes before the next step */
	AWAIT(err, task_yield(co));
	while (limbo_reused() == f->reused && limbo_count() && f->looks++ < LOOKS) {
		f->until = clock_now() + LOOK_NS;
		AWAIT_UNTIL_FULL(err, &f->lock, &f->queue, WAIT_DISK, f->until, limbo_reused() != f->reused);
		spin_unlock(&f->lock);
	}
	(void)err;
	CO_RETURN(limbo_reused() == f->reused ? -ENOMEM : 0);
	CO_END;
}

long limbo_wait(struct co *caller)
{
	if (!limbo_count())
		return -ENOMEM;
	return CO_CALL(limbo_wait, caller, .reused = limbo_reused(), .lock = SPINLOCK_INIT(RANK_WAIT));
}
