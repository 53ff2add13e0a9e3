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
#include "kernel/mm/pagetable.h"
#include "kernel/mm/space.h"
#include "kernel/mm/space_free.h"
#include "kernel/task/task.h"

enum { COPY_BATCH = 128 };

struct space_copy {
	struct co co;
	struct space *from, *to;
	struct space **out;
	u64 at; /* everything below is copied */
	long error;
};

/* Copy the area at or above *at (not past *at twice): false: there is none. Both locks held. */
static long copy_area(struct space *from, struct space *to, u64 at, struct area **copied)
{
	struct area *area = area_find(from, at), *copy;

	while (area && (area->flags & AREA_DYING))
		area = area_next(area);
	*copied = area;
	if (!area)
		return 0;
	copy = area_alloc();
	if (!copy)
		return -ENOMEM;
	*copy = *area;
	copy->start = max(area->start, at);
	if (copy->file) {
		file_get(copy->file);
		copy->offset += copy->start - area->start;
	}
	area_insert(to, copy);
	if (at > area->start)
		area_merge(to, copy); /* with what the batches before it have copied */
	return 0;
}

/* The entry of TO for ADDRESS. TARGET: the one for LAST, from which there is a short way within its group. */
static u64 *target_next(struct space *to, u64 *target, u64 last, u64 address)
{
	if (target && (last ^ address) < PT_GROUP * PAGE_SIZE)
		return target + ((address - last) >> PAGE_SHIFT);
	return pt_leaf_make(to, address);
}

/* Share the pages of [*at, end) in a batch: 1: more to do, 0: done, -ENOMEM. Both locks held. */
static long share_pages(struct space *from, struct space *to, const struct area *area, u64 *at, u64 end)
{
	struct pt_walk walk = { .space = from, .address = *at, .end = end };
	u64 *entry, *target = NULL, value, last = 0, first_changed = 0, last_changed = 0;
	u32 count = 0;

	for (; count < COPY_BATCH && (entry = pt_walk_next(&walk)); count++) {
		target = target_next(to, target, last, walk.address);
		if (!target)
			break;
		value = *entry;
		if ((value & PTE_W) && !(area->flags & AREA_SHARED)) {
			value &= ~PTE_W;
			store_relaxed(entry, value);
			first_changed = first_changed ? first_changed : walk.address;
			last_changed = walk.address;
		}
		page_get(phys_to_page(pte_phys(value)));
		store_relaxed(target, value);
		last = walk.address;
		walk.address += PAGE_SIZE;
	}
	to->pages += count;
	if (last_changed)
		tlb_flush(from, first_changed, last_changed);
	*at = min(walk.address, end);
	if (*at == end)
		return 0;
	return count == COPY_BATCH ? 1 : -ENOMEM;
}

/* One batch from f->at on: 1: more to do, 0: all is copied, -ENOMEM. */
static long copy_batch(struct space_copy *f)
{
	struct space *from = f->from, *to = f->to;
	struct area *area;
	long more;

	spin_lock(&from->lock);
	spin_lock_nested(&to->lock); /* nobody else knows it yet */
	more = copy_area(from, to, f->at, &area);
	if (!more && area) {
		f->at = max(f->at, area->start);
		more = share_pages(from, to, area, &f->at, area->end);
		if (more == 1) {
			/* the area may change before the next batch: what is not shared yet is copied again then */
			struct area *copy = area_find(to, f->at - 1);

			copy->end = f->at;
		}
		more = more < 0 ? more : 1;
	}
	spin_unlock(&to->lock);
	spin_unlock(&from->lock);
	return more;
}

CO_STEP(space_copy)
{
	CO_FRAME(space_copy);
	long err;

	CO_BEGIN;
	f->to = space_new();
	if (!f->to)
		CO_RETURN(-ENOMEM);
	while ((f->error = copy_batch(f)) > 0)
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	if (!f->error && unlikely(f->from->windows))
		f->error = space_windows_copy(f->from, f->to);
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
