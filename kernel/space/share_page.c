/* share_page.c - the page in which the threads of a space tell how urgent they are. */
#include "kernel/space/share_page.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/share.h"
#include "kernel/mm/limbo.h"
#include "kernel/space/pagetable.h"
#include "kernel/space/space.h"

_Static_assert(SHARE_PAGE >= USER_MAX && SHARE_PAGE < USER_END, "no area is there");
_Static_assert(SHARE_THREADS == 64, "a bit for each");

#define PTE_SHARE (PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D)

static struct sched_share *parts_of(const struct space *space)
{
	return page_to_virt(space->share_page);
}

/* Lock held. */
static long page_make(struct space *space)
{
	u64 *entry = pt_leaf_make(space, SHARE_PAGE);

	space->share_page = entry ? page_alloc_zeroed() : NULL;
	if (!space->share_page)
		return -ENOMEM;
	store_release(entry, pte_make(page_to_phys(space->share_page), PTE_SHARE));
	return 0;
}

/* Lock held: the number of a part that nobody has, or -ENOSPC. */
static long part_find(struct space *space)
{
	for (u32 i = 0; i < SHARE_THREADS; i++)
		if (!(space->share_taken & 1ul << i)) {
			space->share_taken |= 1ul << i;
			return i;
		}
	return -ENOSPC;
}

long share_page_take(struct space *space, const u32 **level)
{
	long err = 0, part = 0;
	bool made = false;

	spin_lock(&space->lock);
	if (!space->share_page) {
		err = page_make(space);
		made = !err;
	}
	if (!err)
		err = part = part_find(space);
	if (err >= 0) {
		store_relaxed(&parts_of(space)[part].level, (u32)SHARE_DEFAULT);
		*level = &parts_of(space)[part].level;
	}
	spin_unlock(&space->lock);
	if (made)
		tlb_flush(space, SHARE_PAGE, SHARE_PAGE); /* that there was nothing may be remembered, too */
	return err < 0 ? err : (long)(SHARE_PAGE + (u64)part * sizeof(struct sched_share));
}

void share_page_give(struct space *space, const u32 *level)
{
	u64 part = container_of(level, struct sched_share, level) - parts_of(space);

	spin_lock(&space->lock);
	space->share_taken &= ~(1ul << part);
	spin_unlock(&space->lock);
}

void share_page_end(struct space *space)
{
	spin_lock(&space->lock);
	store_relaxed(pt_leaf(space, SHARE_PAGE), 0ul);
	spin_unlock(&space->lock);
	tlb_flush(space, SHARE_PAGE, SHARE_PAGE);
	limbo_put(space->share_page);
	space->share_page = NULL;
}
