/* remap.c - mremap: a range becomes shorter, longer where it is, or moves with its pages.
 *
 *     old   [ p0 p1 p2 ]               MOVING: nothing faults in, munmap alone may take parts away
 *              |
 *              +---- batches ---+      a batch under the lock: take the entry out, put it in over there, flush
 *                               v
 *     new   [ p0 p1 p2 . . ]           MOVING until all is there, then an area like any other
 *
 * What can fail is done before the first page moves: areas are split and made, and tables for the new place. So a move
 * ends in one place or the other. Another thread that touches a page on its way gets SIGSEGV, as it would just after
 * the call. What another thread unmaps meanwhile, on either side, stays unmapped.
 *
 * Truncation (unmap_cache.c) goes through the areas of a file in the order in which they were made. The new one is made
 * after the old one, and pages move in that direction only, so it misses none.
 *
 * Whoever holds space->moving is the only one who has MOVING areas.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/space/pagetable.h"
#include "kernel/map/area.h"
#include "kernel/task/task.h"

enum { MOVE_BATCH = 128 };
#define LEAF_SPAN ((u64)PT_ENTRIES * PAGE_SIZE) /* what one table of leaf entries covers */

struct space_move {
	struct co co;
	struct space *space;
	struct remap r;
	u64 at;		      /* of the old range: everything below is done */
	u64 new;	      /* where the new area is */
	u64 gone, gone_bytes; /* what is taken out at last: the old place, or after an error the new one */
	long result;
};

/* --- what is there --- */

/* The one area that holds the old range; NULL. Lock held. */
static struct area *old_area(struct space *space, const struct remap *r)
{
	struct area *area = area_find(space, r->old);

	if (!area || area->start > r->old || (area->flags & AREA_AWAY) || r->old_bytes > area->end - r->old)
		return NULL;
	return area;
}

/* Can the range become longer, or be shown a second time? */
static long may_extend(const struct remap *r, const struct area *area)
{
	u64 offset = area->offset + (r->old - area->start);

	if (!r->old_bytes && !(area->flags & AREA_SHARED))
		return -EINVAL;
	if (r->new_bytes <= r->old_bytes || !area->file)
		return 0;
	if (area->file->ops->map_check)
		return -EFAULT; /* all that it is was mapped at once */
	return offset + r->new_bytes < offset ? -EINVAL : 0;
}

static long check_locked(struct space *space, const struct remap *r)
{
	const struct area *area = old_area(space, r);

	return area ? may_extend(r, area) : -EFAULT;
}

/* --- moving --- */

#define for_each_area(area, space, from, to) \
	for (area = area_find(space, from); area && area->start < (to); area = area_next(area))

/* The new area, like the old one and longer, both on the move. 0; -EEXIST: the place is taken. Lock held. */
static long new_area_make(struct space_move *f)
{
	u64 old = f->r.old, old_end = old + f->r.old_bytes;
	struct area *from, *area;
	long err = check_locked(f->space, &f->r), at;

	if (!err)
		err = area_split_at(f->space, old);
	if (!err && f->r.old_bytes)
		err = area_split_at(f->space, old_end);
	if (err)
		return err;
	at = space_place(f->space, f->r.fixed ? f->r.to : 0, f->r.new_bytes);
	if (at < 0)
		return at;
	from = area_find(f->space, old);
	area = area_copy(from, old);
	if (!area)
		return -ENOMEM;
	if (f->r.old_bytes)
		from->flags |= AREA_MOVING;
	area->flags |= AREA_MOVING;
	area->start = f->new = (u64)at;
	area->end = (u64)at + f->r.new_bytes;
	area_insert(f->space, area);
	return 0;
}

static long new_area(struct space_move *f)
{
	long err;

	spin_lock(&f->space->lock);
	err = new_area_make(f);
	spin_unlock(&f->space->lock);
	return err;
}

/* Tables for the new place, only where the old one has pages: 1: more to do, 0, -ENOMEM. */
static long tables_make(struct space_move *f)
{
	struct pt_walk walk = { .space = f->space, .address = f->at, .end = f->r.old + f->r.old_bytes };
	u64 to;
	long more = 0;

	spin_lock(&f->space->lock);
	if (pt_walk_next(&walk)) {
		to = walk.address - f->r.old + f->new;
		more = pt_leaf_make(f->space, to) ? 1 : -ENOMEM;
		walk.address += ALIGN_DOWN(to, LEAF_SPAN) + LEAF_SPAN - to;
	}
	spin_unlock(&f->space->lock);
	f->at = walk.address;
	return more < 0 ? more : walk.address < walk.end;
}

/* From AT on, how far are both places still ours, and not what another thread is unmapping? AT: not at all. Lock
 * held. */
static u64 run_end(struct space_move *f, u64 at)
{
	struct area *from = area_find(f->space, at), *to = area_find(f->space, at - f->r.old + f->new);

	if (!from || from->start > at || (from->flags & AREA_AWAY) != AREA_MOVING)
		return at;
	if (!to || to->start > at - f->r.old + f->new || (to->flags & AREA_AWAY) != AREA_MOVING)
		return at;
	return min(from->end, to->end - f->new + f->r.old);
}

/* A batch of pages from the old place to the new: false when there were none left. */
static bool move_pages(struct space_move *f)
{
	struct space *space = f->space;
	struct pt_walk walk = { .space = space, .address = f->at, .end = f->r.old + f->r.old_bytes };
	u64 *entry, value, run = 0, first = 0, last = 0;

	spin_lock(&space->lock);
	for (u32 n = 0; n < MOVE_BATCH && (entry = pt_walk_next(&walk)); n++, walk.address += PAGE_SIZE) {
		if (walk.address >= run)
			run = run_end(f, walk.address);
		if (walk.address >= run)
			continue;
		value = *entry;
		store_relaxed(entry, 0ul);
		/* the table is there (tables_make), so this cannot fail; release: as in fault.c */
		store_release(pt_leaf_make(space, walk.address - f->r.old + f->new), value);
		first = first ? first : walk.address;
		last = walk.address;
	}
	/* under the lock: who unmaps the page at its new place flushes that address alone */
	if (last)
		tlb_flush(space, first, last);
	spin_unlock(&space->lock);
	f->at = walk.address;
	return walk.address < walk.end;
}

/* What is MOVING in [start, start + bytes) is so no longer, but FLAGS. */
static void settle(struct space *space, u64 start, u64 bytes, u32 flags)
{
	struct area *area;

	spin_lock(&space->lock);
	for_each_area(area, space, start, start + bytes)
	{
		if (area->flags & AREA_MOVING)
			area->flags = (area->flags & ~(u32)AREA_MOVING) | flags;
	}
	area = area_find(space, start);
	if (area && !(area->flags & AREA_AWAY))
		area_merge(space, area);
	spin_unlock(&space->lock);
}

/* All pages have moved, or with an error none: choose the place that goes; the other one is an area like any other. */
static void choose(struct space_move *f)
{
	bool failed = f->result;

	f->gone = failed ? f->new : f->r.old;
	f->gone_bytes = failed ? f->r.new_bytes : f->r.old_bytes;
	settle(f->space, f->gone, f->gone_bytes, AREA_DYING);
	settle(f->space, failed ? f->r.old : f->new, failed ? f->r.old_bytes : f->r.new_bytes, 0);
	f->at = f->gone;
}

CO_STEP(space_move)
{
	CO_FRAME(space_move);
	struct space *space = f->space;
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &space->moving));
	if (err)
		CO_RETURN(err);
	/* what lies at the new place goes away first; also what another thread puts there meanwhile */
	while ((f->result = new_area(f)) == -EEXIST) {
		AWAIT(err, space_unmap(co, space, f->r.to, f->r.new_bytes));
		f->result = err;
		if (err)
			break;
	}
	if (f->result)
		goto out;
	f->at = f->r.old;
	while ((f->result = tables_make(f)) > 0)
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	f->at = f->r.old;
	while (!f->result && move_pages(f))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	choose(f);
	/* pages are left there only if another thread has unmapped something */
	while (f->gone_bytes && space_drop_pages(space, &f->at, f->gone + f->gone_bytes))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	while (f->gone_bytes && space_bury_area(space, f->gone, f->gone + f->gone_bytes))
		;
out:
	mutex_unlock(co, &space->moving);
	CO_RETURN(f->result ? f->result : (long)f->new);
	CO_END;
}

/* --- what the caller wants --- */

/* Longer, where it is: the address, or 0 if there is no room; -EFAULT, -EINVAL. */
static long extend_in_place(struct space *space, const struct remap *r)
{
	u64 new_end = r->old + r->new_bytes;
	struct area *area, *next;
	long result;

	spin_lock(&space->lock);
	result = check_locked(space, r);
	if (!result && r->old_bytes && new_end <= USER_MAX) {
		area = old_area(space, r);
		next = area_next(area);
		if (area->end == r->old + r->old_bytes && (!next || next->start >= new_end)) {
			area->end = new_end;
			area_merge(space, area);
			result = (long)r->old;
		}
	}
	spin_unlock(&space->lock);
	return result;
}

static bool is_mapped(struct space *space, u64 address)
{
	struct area *area;
	bool mapped;

	spin_lock(&space->lock);
	area = area_find(space, address);
	mapped = area && area->start <= address;
	spin_unlock(&space->lock);
	return mapped;
}

struct space_remap {
	struct co co;
	struct space *space;
	struct remap r;
};

CO_STEP(space_remap)
{
	CO_FRAME(space_remap);
	struct remap *r = &f->r;
	long result;

	CO_BEGIN;
	if (!is_mapped(f->space, r->old))
		CO_RETURN(-EFAULT);
	if (r->old_bytes > r->new_bytes) {
		AWAIT(result, space_unmap(co, f->space, r->old + r->new_bytes, r->old_bytes - r->new_bytes));
		if (result)
			CO_RETURN(result);
		r->old_bytes = r->new_bytes;
	}
	if (!r->fixed && r->old_bytes == r->new_bytes)
		CO_RETURN((long)r->old);
	result = r->fixed ? 0 : extend_in_place(f->space, r);
	if (result)
		CO_RETURN(result);
	if (!r->may_move)
		CO_RETURN(-ENOMEM);
	AWAIT(result, CO_CALL(space_move, co, .space = f->space, .r = *r));
	CO_RETURN(result);
	CO_END;
}

long space_remap(struct co *caller, struct space *space, const struct remap *request)
{
	return CO_CALL(space_remap, caller, .space = space, .r = *request);
}
