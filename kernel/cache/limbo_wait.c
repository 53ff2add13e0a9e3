/* limbo_wait.c - waiting for memory; see limbo_wait.h.
 *
 * First the page cache: an allocation lets reclaim look at a few pages only, and those that were used lately are spared
 * the first time. Here it looks at all of them, twice.
 *
 * Then limbo. The harts pass without being asked: those in the event loop at once, those in user mode at the end of
 * their time slice. So the waiter only has to look from time to time.
 */
#include "kernel/cache/limbo_wait.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/limbo.h"
#include "kernel/cache/page_cache.h"
#include "kernel/task/wait.h"

enum { LOOKS = 20, LOOK_NS = 1000000 };
enum { RECLAIM_PAGES = 64, PAGES_PER_CALL = 1024 /* that one call of reclaim looks at, or more */ };

struct limbo_wait {
	struct co co;
	u32 looks;
	bool reclaimed;
	u64 calls;  /* of reclaim, still to make */
	u64 reused; /* before */
	u64 until;
	struct spinlock lock; /* guards a queue that nobody wakes */
	struct wait_queue queue;
	struct wait_timer timer, *before; /* ours serves the task's waits meanwhile: not every task has one */
};

CO_STEP(limbo_wait)
{
	CO_FRAME(limbo_wait);
	long err;

	CO_BEGIN;
	wait_queue_init(&f->queue);
	f->before = task_lend_timer(task_of(co), &f->timer);
	/* our own hart passes before the next step; without memory for that frame we go on at once */
	AWAIT(err, task_yield(co));
	for (; page_reclaim && f->calls; f->calls--) {
		if (page_reclaim(RECLAIM_PAGES)) {
			f->reclaimed = true;
			break;
		}
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	while (!f->reclaimed && limbo_reused() == f->reused && limbo_count() && f->looks++ < LOOKS) {
		f->until = clock_now() + LOOK_NS;
		AWAIT_UNTIL_FULL(err, &f->lock, &f->queue, WAIT_DISK, f->until, limbo_reused() != f->reused);
		spin_unlock(&f->lock);
	}
	(void)err;
	task_lend_timer(task_of(co), f->before);
	CO_RETURN(f->reclaimed || limbo_reused() != f->reused ? 0 : -ENOMEM);
	CO_END;
}

long limbo_wait(struct co *caller)
{
	u64 cached = page_cache_pages();

	if (!limbo_count() && !cached)
		return -ENOMEM;
	return CO_CALL(limbo_wait, caller, .reused = limbo_reused(),
		       .calls = cached ? 2 + 2 * cached / PAGES_PER_CALL : 0, .lock = SPINLOCK_INIT(RANK_WAIT));
}
