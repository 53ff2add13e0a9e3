/* unmap_cache.c - a file has become shorter: its lost pages leave the address spaces that map them.
 *
 *     page cache -- mappings --> area (space A) --> area (space B) ...
 *
 * The list is guarded by cache->map_lock, which is taken after a space's lock (area_insert). Here we come from the
 * other side, so the space's lock is only tried for; when it is busy we let go of everything, yield, and start again.
 */
#include "kernel/abi/errno.h"
#include "kernel/cache/page_cache.h"
#include "kernel/map/map.h"
#include "kernel/space/pagetable.h"
#include "kernel/task/task.h"

/* Take a batch of pages of AREA that show page number FIRST or later into GATHER. Both locks held. */
static void gather_area(struct area *area, u64 first, struct pt_gather *gather)
{
	u64 from = area->offset >> PAGE_SHIFT, skip = first > from ? first - from : 0;
	struct pt_walk walk = { .space = area->space, .address = area->start + (skip << PAGE_SHIFT), .end = area->end };
	u64 *entry;

	if (skip >= (area->end - area->start) >> PAGE_SHIFT)
		return;
	while (gather->count < PT_GATHER && (entry = pt_walk_next(&walk))) {
		pt_gather_add(gather, entry, walk.address);
		walk.address += PAGE_SIZE;
	}
}

/* A batch of each mapping: true: there may be more, or a space's lock was busy. */
static bool unmap_batch(struct page_cache *cache, u64 first)
{
	struct pt_gather gather = { 0 };
	struct area *area;
	bool again = false;

	spin_lock(&cache->map_lock);
	list_for_each (area, &cache->mappings, mapping) {
		if (!spin_try_lock(&area->space->lock)) {
			again = true;
			continue;
		}
		gather.space = area->space;
		gather_area(area, first, &gather);
		again |= gather.count == PT_GATHER;
		/* flushed while the lock is held: afterwards the space may go */
		pt_gather_flush(&gather);
		spin_unlock(&area->space->lock);
	}
	spin_unlock(&cache->map_lock);
	return again;
}

struct space_unmap_cache {
	struct co co;
	struct page_cache *cache;
	u64 first;
};

CO_STEP(space_unmap_cache)
{
	CO_FRAME(space_unmap_cache);
	long err;

	CO_BEGIN;
	while (unmap_batch(f->cache, f->first))
		AWAIT(err, task_yield(co));
	(void)err;
	CO_RETURN(0);
	CO_END;
}

/* Under the lock: who maps the file after that, finds its new length. */
static bool is_mapped(struct page_cache *cache)
{
	bool mapped;

	spin_lock(&cache->map_lock);
	mapped = !list_is_empty(&cache->mappings);
	spin_unlock(&cache->map_lock);
	return mapped;
}

long space_unmap_cache(struct co *caller, struct page_cache *cache, u64 first)
{
	long err = is_mapped(cache) ? CO_CALL(space_unmap_cache, caller, .cache = cache, .first = first) : 0;

	/* No memory for the frame, but the file is shorter already: without letting others run in between. */
	while (unlikely(err == -ENOMEM))
		err = unmap_batch(cache, first) ? err : 0;
	return err;
}
