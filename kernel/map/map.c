/* map.c - taking areas out and changing them.
 *
 * All of these may touch many pages, so they work in batches: the lock is held for one batch, and between batches the
 * task yields if its step has been long. While a range is being unmapped its areas are AREA_DYING: they still hold the
 * addresses, so nobody maps something new there, and nothing faults in any more.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/space/pagetable.h"
#include "kernel/map/area.h"
#include "kernel/task/task.h"

/* Split at both ends. 0 or -ENOMEM. */
static int isolate(struct space *space, u64 start, u64 end)
{
	int err = area_split_at(space, start);

	return err ? err : area_split_at(space, end);
}

#define for_each_area(area, space, from, to) \
	for (area = area_find(space, from); area && area->start < (to); area = area_next(area))

bool space_drop_pages(struct space *space, u64 *at, u64 end)
{
	struct pt_gather gather = { .space = space };
	struct pt_walk walk = { .space = space, .address = *at, .end = end };
	u64 *entry;

	spin_lock(&space->lock);
	while (gather.count < PT_GATHER && (entry = pt_walk_next(&walk))) {
		pt_gather_add(&gather, entry, walk.address);
		walk.address += PAGE_SIZE;
	}
	spin_unlock(&space->lock);
	*at = walk.address;
	pt_gather_flush(&gather);
	return walk.address < end;
}

bool space_bury_area(struct space *space, u64 start, u64 end)
{
	struct area *area;

	spin_lock(&space->lock);
	area = area_find(space, start);
	while (area && area->start < end && !(area->flags & AREA_DYING))
		area = area_next(area);
	if (area && area->start < end)
		area_remove(space, area);
	else
		area = NULL;
	if (area && area->end > space->map_hint && area->start <= space->map_hint)
		space->map_hint = area->end;
	spin_unlock(&space->lock);
	if (area)
		area_free(area); /* without the lock: it may be the last use of a file */
	return area;
}

bool space_clear(struct space *space, u64 *at)
{
	struct area *area;

	if (space_drop_pages(space, at, USER_MAX))
		return true;
	spin_lock(&space->lock);
	area = area_find(space, 0);
	if (area)
		area_remove(space, area);
	spin_unlock(&space->lock);
	if (area)
		area_free(area);
	return area;
}

struct space_unmap {
	struct co co;
	struct space *space;
	u64 start, end, at;
};

CO_STEP(space_unmap)
{
	CO_FRAME(space_unmap);
	struct space *space = f->space;
	struct area *area;
	long err;

	CO_BEGIN;
	spin_lock(&space->lock);
	err = isolate(space, f->start, f->end);
	if (!err)
		for_each_area(area, space, f->start, f->end) area->flags |= AREA_DYING;
	spin_unlock(&space->lock);
	if (err)
		CO_RETURN(err);
	while (space_drop_pages(space, &f->at, f->end))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	while (space_bury_area(space, f->start, f->end))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	CO_RETURN(0);
	CO_END;
}

long space_unmap(struct co *caller, struct space *space, u64 address, u64 bytes)
{
	return CO_CALL(space_unmap, caller, .space = space, .start = address, .end = address + bytes, .at = address);
}

/* --- mprotect --- */

/* How far from START areas lie without a hole and may have PROT: the end of that; *ERROR says why it is not END:
 * -ENOMEM or
 * -EACCES, else 0. Lock held. */
static u64 protect_reach(struct space *space, u64 start, u64 end, u32 prot, long *error)
{
	struct area *area;

	*error = -ENOMEM;
	for_each_area(area, space, start, end)
	{
		if (area->start > start || (area->flags & AREA_AWAY))
			return start;
		if ((prot & PROT_WRITE) && (area->flags & AREA_SHARED) && area->file && !file_can_write(area->file)) {
			*error = -EACCES;
			return start;
		}
		start = min(area->end, end);
	}
	if (start >= end)
		*error = 0;
	return start;
}

static u64 entry_with_prot(u64 entry, u32 prot)
{
	u64 keep = entry & ~(PTE_V | PTE_R | PTE_W | PTE_X | PTE_HIDDEN);

	if (!prot)
		return keep | PTE_HIDDEN;
	keep |= PTE_V;
	if (prot & (PROT_READ | PROT_WRITE))
		keep |= PTE_R;
	if (prot & PROT_EXEC)
		keep |= PTE_X;
	/* A page becomes writable at the first write fault: only then is it known whether it must be copied. */
	if (prot & PROT_WRITE)
		keep |= entry & PTE_W;
	return keep;
}

enum { PROTECT_BATCH = 128 };

/* Rewrite a batch of entries of [*at, end): false when there were none left. */
static bool protect_pages(struct space *space, u64 *at, u64 end, u32 prot)
{
	struct pt_walk walk = { .space = space, .address = *at, .end = end };
	u64 *entry, first = *at;

	spin_lock(&space->lock);
	for (u32 n = 0; n < PROTECT_BATCH && (entry = pt_walk_next(&walk)); n++) {
		store_relaxed(entry, entry_with_prot(*entry, prot));
		walk.address += PAGE_SIZE;
	}
	if (prot & PROT_EXEC)
		tlb_code_changed(space);
	spin_unlock(&space->lock);
	*at = walk.address;
	tlb_flush(space, first, min(walk.address, end) - PAGE_SIZE);
	return walk.address < end;
}

struct space_protect {
	struct co co;
	struct space *space;
	u64 start, end, at;
	u32 prot;
	long error; /* why less than the range was changed */
};

/* Both ends are borders. Lock held. */
static void areas_set_prot(struct space *space, u64 start, u64 end, u32 prot)
{
	struct area *area;

	for_each_area(area, space, start, end) area->prot = prot;
	/* What lies between the two ends may stay in pieces; the outer neighbours may now continue it. */
	area = area_find(space, end - 1);
	if (area)
		area_merge(space, area);
	area = area_find(space, start);
	if (area)
		area_merge(space, area);
}

CO_STEP(space_protect)
{
	CO_FRAME(space_protect);
	struct space *space = f->space;
	long err;

	CO_BEGIN;
	spin_lock(&space->lock);
	/* as on Linux, what lies before a hole is changed */
	f->end = protect_reach(space, f->start, f->end, f->prot, &f->error);
	err = isolate(space, f->start, f->end);
	if (!err && f->end > f->start)
		areas_set_prot(space, f->start, f->end, f->prot);
	spin_unlock(&space->lock);
	if (err || f->end == f->start)
		CO_RETURN(err ? err : f->error);
	while (protect_pages(space, &f->at, f->end, f->prot))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	CO_RETURN(f->error);
	CO_END;
}

long space_protect(struct co *caller, struct space *space, u64 address, u64 bytes, u32 prot)
{
	return CO_CALL(space_protect, caller, .space = space, .start = address, .end = address + bytes, .at = address,
		       .prot = prot);
}

/* --- madvise(MADV_DONTNEED) --- */

struct space_discard {
	struct co co;
	struct space *space;
	u64 at, end;
	bool holes;
};

static bool has_holes(struct space *space, u64 start, u64 end)
{
	struct area *area;

	spin_lock(&space->lock);
	for_each_area(area, space, start, end)
	{
		if (area->start > start)
			break;
		start = area->end;
	}
	spin_unlock(&space->lock);
	return start < end;
}

CO_STEP(space_discard)
{
	CO_FRAME(space_discard);
	long err;

	CO_BEGIN;
	f->holes = has_holes(f->space, f->at, f->end);
	while (space_drop_pages(f->space, &f->at, f->end))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	(void)err;
	CO_RETURN(f->holes ? -ENOMEM : 0);
	CO_END;
}

long space_discard(struct co *caller, struct space *space, u64 address, u64 bytes)
{
	return CO_CALL(space_discard, caller, .space = space, .at = address, .end = address + bytes);
}

/* --- brk --- */

struct space_brk {
	struct co co;
	struct space *space;
	u64 old, brk;
};

CO_STEP(space_brk)
{
	CO_FRAME(space_brk);
	long err;

	CO_BEGIN;
	AWAIT(err, space_unmap(co, f->space, ALIGN_UP(f->brk, PAGE_SIZE),
			       ALIGN_UP(f->old, PAGE_SIZE) - ALIGN_UP(f->brk, PAGE_SIZE)));
	if (!err)
		store_relaxed(&f->space->brk, f->brk);
	CO_RETURN((long)f->space->brk);
	CO_END;
}

long space_brk(struct co *caller, struct space *space, u64 brk)
{
	u64 old = load_relaxed(&space->brk), from = ALIGN_UP(old, PAGE_SIZE), to = ALIGN_UP(brk, PAGE_SIZE);

	if (brk < space->brk_start || brk >= USER_MAX)
		return (long)old;
	if (to < from)
		return CO_CALL(space_brk, caller, .space = space, .old = old, .brk = brk);
	if (to > from && space_map(space, from, to - from, PROT_READ | PROT_WRITE, AREA_HEAP, NULL, 0) < 0)
		return (long)old;
	store_relaxed(&space->brk, brk);
	return (long)brk;
}
