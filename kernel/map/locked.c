/* locked.c - memory that the program wants to keep in memory (mlock).
 *
 * Nothing is ever swapped here, so an area that is locked is like any other, once its pages are there. What remains is
 * the book-keeping: which areas are locked, which is counted against a limit, and what becomes of new ones.
 *
 *     space_lock(.., AREA_LOCKED)   [ a ......... b )  ->  [ a .. x ) [ x .. y ) [ y .. b )
 *                                                                      LOCKED
 */
#include "kernel/abi/errno.h"
#include "kernel/map/area.h"

/* Areas in [start, end), both of them borders, get the bits HOW; neighbours that are alike again become one. Lock
 * held. */
static void set_range(struct space *space, u64 start, u64 end, u32 how)
{
	struct area *area;
	u64 at = start;

	for (area = area_find(space, start); area && area->start < end; area = area_next(area))
		area->flags = (area->flags & ~(u32)AREA_LOCK_BITS) | how;
	/* by address: a merge frees areas */
	while (at < end && (area = area_find(space, at)) && area->start < end) {
		at = area->end;
		if (!(area->flags & AREA_AWAY))
			area_merge(space, area);
	}
}

/* How far areas lie from START on without a hole, END at most. Lock held. */
static u64 reach(struct space *space, u64 start, u64 end)
{
	struct area *area = area_find(space, start);

	for (; area && start < end && area->start <= start && !(area->flags & AREA_AWAY); area = area_next(area))
		start = min(area->end, end);
	return start;
}

long space_lock(struct space *space, u64 address, u64 bytes, u32 how)
{
	u64 end = address + bytes, good_end;
	long err;

	spin_lock(&space->lock);
	good_end = reach(space, address, end);
	err = area_split_at(space, address);
	if (!err)
		err = area_split_at(space, good_end);
	if (!err && good_end > address)
		set_range(space, address, good_end, how);
	spin_unlock(&space->lock);
	return err ? err : good_end < end ? -ENOMEM : 0;
}

void space_lock_all(struct space *space, bool present, u32 how, u32 future)
{
	spin_lock(&space->lock);
	store_relaxed(&space->lock_future, future);
	if (present)
		set_range(space, 0, USER_MAX, how);
	spin_unlock(&space->lock);
}

u64 space_locked(struct space *space, u64 start, u64 end)
{
	struct area *area;
	u64 bytes = 0;

	spin_lock(&space->lock);
	for (area = area_find(space, start); area && area->start < end; area = area_next(area))
		if (area->flags & AREA_LOCKED)
			bytes += min(area->end, end) - max(area->start, start);
	spin_unlock(&space->lock);
	return bytes;
}

/* --- bringing in all that is locked --- */

struct populate_locked {
	struct co co;
	struct space *space;
	u64 start, end;
};

/* The next locked area from f->end on: false when there is none. */
static bool next_locked(struct populate_locked *f)
{
	struct area *area;

	spin_lock(&f->space->lock);
	area = area_find(f->space, f->end);
	while (area && (area->flags & AREA_LOCK_BITS) != AREA_LOCKED)
		area = area_next(area);
	if (area) {
		f->start = max(area->start, f->end);
		f->end = area->end;
	}
	spin_unlock(&f->space->lock);
	return area;
}

CO_STEP(populate_locked)
{
	CO_FRAME(populate_locked);
	long err;

	CO_BEGIN;
	while (next_locked(f)) {
		/* what cannot be brought in, such as what may not be touched, is left */
		AWAIT(err, space_populate(co, f->space, f->start, f->end - f->start, POPULATE_AS_MAPPED));
		(void)err;
	}
	CO_RETURN(0);
	CO_END;
}

long space_populate_locked(struct co *caller, struct space *space)
{
	return CO_CALL(populate_locked, caller, .space = space);
}
