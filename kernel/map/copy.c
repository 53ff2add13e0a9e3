/* copy.c - fork's copy of a space: the areas now, the pages when somebody writes.
 *
 *     parent  pte RW ---+--> page (refs 1)         parent  pte R --+--> page (refs 2)
 *                                           fork:  child   pte R --+
 *
 * Private pages lose W in both tables; the write fault that follows copies the page, or takes it back if the other side
 * has let go of it (fault.c). The parent's other threads may run all the time: an area is copied and its entries are
 * shared in batches, each under both locks, and the parent's TLBs are flushed before a batch's lock is released for
 * good.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/space/pagetable.h"
#include "kernel/map/area.h"
#include "kernel/task/task.h"

enum { COPY_BATCH = 160, AREA_COST = 4 }; /* pages under one lock; an area counts as so many */

struct space_copy {
	struct co co;
	struct space *from, *to;
	struct space **out;
	u64 at; /* everything below is copied */
	long error;
};

/* A batch on its way. */
struct share {
	struct space *to;
	struct pt_walk walk;		 /* over the space that is copied */
	u64 *target, last;		 /* the entry that was written last, and its address */
	u64 first_changed, last_changed; /* lost PTE_W; 0: none */
	s64 left;
};

/* The entry for ADDRESS in the copy. From the last one there is a short way within its group. NULL: no memory. */
static u64 *target_next(struct share *s, u64 address)
{
	if (s->target && (s->last ^ address) < PT_GROUP * PAGE_SIZE)
		s->target += (address - s->last) >> PAGE_SHIFT;
	else
		s->target = pt_leaf_make(s->to, address);
	s->last = address;
	return s->target;
}

/* Share the pages of an area, up to END or the batch's limit. 0 or -ENOMEM. Both locks held. */
static long share_pages(struct share *s, bool private, u64 end)
{
	u64 *entry, *target, value;

	s->walk.end = end;
	for (; s->left > 0 && (entry = pt_walk_next(&s->walk)); s->left--) {
		target = target_next(s, s->walk.address);
		if (!target)
			return -ENOMEM;
		value = *entry;
		if (private && (value & PTE_W)) {
			value &= ~PTE_W;
			store_relaxed(entry, value);
			s->first_changed = s->first_changed ? s->first_changed : s->walk.address;
			s->last_changed = s->walk.address;
		}
		page_get(phys_to_page(pte_phys(value)));
		store_relaxed(target, value);
		s->to->pages++;
		s->walk.address += PAGE_SIZE;
	}
	return 0;
}

/* Copy AREA, whose part below s->walk.address is copied already, and share its pages as far as the batch goes. */
static long share_area(struct share *s, struct area *area)
{
	u64 start = max(area->start, s->walk.address);
	struct area *copy = area_copy(area, start);
	long err;

	if (!copy)
		return -ENOMEM;
	copy->flags &= ~(u32)AREA_LOCK_BITS;
	area_insert(s->to, copy);
	s->walk.address = start;
	err = share_pages(s, !(area->flags & AREA_SHARED), area->end);
	/* The area may change before the next batch: what is not shared yet is copied again then. */
	copy->end = s->walk.address;
	if (start > area->start)
		area_merge(s->to, copy);
	s->left -= AREA_COST;
	return err;
}

/* One batch from f->at on: 1: more to do, 0: all is copied, -ENOMEM. */
static long copy_batch(struct space_copy *f)
{
	struct space *from = f->from;
	struct share s = { .to = f->to, .walk = { .space = from, .address = f->at }, .left = COPY_BATCH };
	struct area *area;
	long err = 0;

	spin_lock(&from->lock);
	spin_lock_nested(&f->to->lock); /* nobody else knows it yet */
	for (area = area_find(from, f->at); area && !err && s.left > 0; area = area_next(area))
		if (!(area->flags & AREA_DYING))
			err = share_area(&s, area);
	if (s.last_changed)
		tlb_flush(from, s.first_changed, s.last_changed);
	spin_unlock(&f->to->lock);
	spin_unlock(&from->lock);
	f->at = s.walk.address;
	return err ? err : s.left <= 0;
}

CO_STEP(space_copy)
{
	CO_FRAME(space_copy);
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &f->from->moving));
	if (err)
		CO_RETURN(err);
	f->to = space_new();
	if (!f->to) {
		mutex_unlock(co, &f->from->moving);
		CO_RETURN(-ENOMEM);
	}
	while ((f->error = copy_batch(f)) > 0)
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	mutex_unlock(co, &f->from->moving);
	if (!f->error && unlikely(f->from->windows))
		f->error = space_windows_copy(f->from, f->to);
	f->to->barriers = load_relaxed(&f->from->barriers);
	f->to->brk_start = f->from->brk_start;
	f->to->brk = f->from->brk;
	f->to->map_hint = f->from->map_hint;
	f->to->stack_limit = f->from->stack_limit;
	if (f->error)
		AWAIT(err, space_release(co, f->to));
	else
		*f->out = f->to;
	(void)err;
	CO_RETURN(f->error);
	CO_END;
}

long space_copy(struct co *caller, struct space *from, struct space **to)
{
	return CO_CALL(space_copy, caller, .from = from, .out = to);
}
