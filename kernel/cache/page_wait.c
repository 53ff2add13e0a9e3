/* page_wait.c - the table of wait queues for busy pages; see page_wait.h.
 *
 * Invariant: PAGE_BUSY is cleared with the lock of the page's queue held, so nobody enqueues after the wake-up.
 */
#include "kernel/cache/page_wait.h"

#include "kernel/task/wait.h"

struct bucket {
	struct spinlock lock; /* guards the queue, and the clearing of PAGE_BUSY */
	struct wait_queue queue;
};

#define BUCKET(n)                                                                                       \
	{                                                                                               \
		.lock = SPINLOCK_INIT(RANK_PAGE_WAIT), .queue.waits = LIST_INIT(buckets[n].queue.waits) \
	}
#define BUCKETS_4(n)  BUCKET(n), BUCKET((n) + 1), BUCKET((n) + 2), BUCKET((n) + 3)
#define BUCKETS_16(n) BUCKETS_4(n), BUCKETS_4((n) + 4), BUCKETS_4((n) + 8), BUCKETS_4((n) + 12)

static struct bucket buckets[64] = { BUCKETS_16(0), BUCKETS_16(16), BUCKETS_16(32), BUCKETS_16(48) };

static struct bucket *bucket_of(const struct page *page)
{
	return &buckets[(u64)(page - pages) % ARRAY_SIZE(buckets)];
}

static bool is_busy(struct page *page)
{
	/* acquire: pairs with the end of page_busy_end; the page's bytes and flags are there */
	return load_acquire(&page->flags) & PAGE_BUSY;
}

void page_busy_end(struct page *page, u32 set, u32 clear)
{
	struct bucket *bucket = bucket_of(page);

	spin_lock(&bucket->lock);
	/* first set: who finds the page not busy finds out what became of it */
	atomic_or(&page->flags, set);
	atomic_and(&page->flags, ~(clear | PAGE_BUSY));
	wait_wake_all(&bucket->queue);
	spin_unlock(&bucket->lock);
}

struct page_busy_wait {
	struct co co;
	struct page *page;
};

CO_STEP(page_busy_wait)
{
	CO_FRAME(page_busy_wait);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL_DISK(err, &bucket_of(f->page)->lock, &bucket_of(f->page)->queue, !is_busy(f->page));
	spin_unlock(&bucket_of(f->page)->lock);
	CO_RETURN(err);
	CO_END;
}

long page_busy_wait(struct co *caller, struct page *page)
{
	return is_busy(page) ? CO_CALL(page_busy_wait, caller, .page = page) : 0;
}
