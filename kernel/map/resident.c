/* resident.c - which pages are in memory, and bringing them there before anybody touches them. */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/file_page.h"
#include "kernel/fs/inode.h"
#include "kernel/space/pagetable.h"
#include "kernel/map/map.h"
#include "kernel/task/task.h"

/* --- bringing them in --- */

struct space_populate {
	struct co co;
	struct space *space;
	u64 at, end;
	u32 access;
	enum populate how;
};

/* What a touch of ADDRESS would ask for, or a negative errno. Lock held. */
static long access_at(struct space *space, u64 address, enum populate how)
{
	const struct area *area = area_find(space, address);
	u32 prot;

	if (!area || area->start > address || (area->flags & AREA_AWAY))
		return -ENOMEM;
	prot = area->prot;
	if (how == POPULATE_WRITE)
		return prot & PROT_WRITE ? PROT_WRITE : -EINVAL;
	if (how == POPULATE_AS_MAPPED && (prot & PROT_WRITE) && !(area->flags & AREA_SHARED))
		return PROT_WRITE;
	if (prot & (PROT_READ | PROT_WRITE))
		return PROT_READ;
	return prot & PROT_EXEC ? PROT_EXEC : -EINVAL;
}

static bool is_present(const struct space *space, u64 address, u32 access)
{
	const u64 *entry = pt_leaf(space, address);
	u64 value = entry ? load_relaxed(entry) : 0;

	return (value & PTE_V) && (access != PROT_WRITE || (value & PTE_W));
}

/* The next page that is not there: 1; 0: all are; a negative errno. */
static long populate_next(struct space_populate *f)
{
	long access = 0;

	spin_lock(&f->space->lock);
	for (; f->at < f->end; f->at += PAGE_SIZE) {
		access = access_at(f->space, f->at, f->how);
		if (access < 0 || !is_present(f->space, f->at, (u32)access) || task_should_yield())
			break;
	}
	spin_unlock(&f->space->lock);
	if (f->at >= f->end || access < 0)
		return min(access, 0l);
	f->access = (u32)access;
	return 1;
}

CO_STEP(space_populate)
{
	CO_FRAME(space_populate);
	long err;

	CO_BEGIN;
	while ((err = populate_next(f)) > 0) {
		AWAIT(err, space_fault(co, f->space, f->at, f->access));
		if (err < 0)
			CO_RETURN(err);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN(err);
	CO_END;
}

long space_populate(struct co *caller, struct space *space, u64 address, u64 bytes, enum populate how)
{
	return CO_CALL(space_populate, caller, .space = space, .at = address, .end = address + bytes, .how = how);
}

/* --- which are --- */

static bool is_cached(const struct area *area, u64 address)
{
	struct page *page = NULL;

	if (area->file && area->file->ops->map == page_file_map)
		page = page_cache_peek(&area->file->inode->cache, (area->offset + address - area->start) >> PAGE_SHIFT);
	if (page)
		page_put(page);
	return page;
}

long space_resident(struct space *space, u64 address, u8 *to, u32 count)
{
	struct area *area;
	long err = 0;

	spin_lock(&space->lock);
	for (; count && !err; count--, address += PAGE_SIZE) {
		area = area_find(space, address);
		if (area && area->start <= address)
			*to++ = is_present(space, address, PROT_READ) || is_cached(area, address);
		else
			err = -ENOMEM;
	}
	spin_unlock(&space->lock);
	return err;
}
