/* pagetable.h - the lower half of a space's Sv39 table.
 *
 * Contract: changes are made with space->lock held. Reading needs no lock (table pages go through limbo), and what was
 * read is good until the end of the step.
 */
#pragma once

#include "kernel/mm/pte.h"
#include "kernel/space/space.h"
#include "lib/order.h"

/* The leaf entry of ADDRESS; NULL: there is no table for it. */
static inline u64 *pt_leaf(const struct space *space, u64 address)
{
	u64 entry = load_relaxed(&space->root[pt_index(address, 2)]);

	if (!(entry & PTE_V))
		return NULL;
	entry = load_relaxed((u64 *)phys_to_virt(pte_phys(entry)) + pt_index(address, 1));
	if (!(entry & PTE_V))
		return NULL;
	return (u64 *)phys_to_virt(pte_phys(entry)) + pt_index(address, 0);
}

/* Aligned groups of entries; see pagetable.c. */
enum { PT_GROUP = 8 };

/* The same, tables made as needed; NULL: no memory. The caller may fill this entry, and others of its group. Lock
 * held. */
u64 *pt_leaf_make(struct space *space, u64 address);

/* A root table with the kernel's half alone; NULL: no memory. */
u64 *pt_root_new(void);

/* A walk over the leaf entries of [address, end) that skips what is empty. Lock held from first to last; the other
 * fields start as 0. */
struct pt_walk {
	struct space *space;
	u64 address, end;
	u64 *leaf; /* the table that ADDRESS is in, if it is below leaf_end */
	u64 leaf_end;
};
/* The next leaf entry that has a page, its address in walk->address; NULL: no more, and walk->address is the end. The
 * caller advances walk->address by a page. Here the short way, to the neighbour. */
u64 *pt_walk_far(struct pt_walk *walk);
static inline u64 *pt_walk_next(struct pt_walk *walk)
{
	u64 *entry = walk->leaf + pt_index(walk->address, 0);

	if (likely(walk->address < walk->end && walk->address < walk->leaf_end && *entry))
		return entry;
	return pt_walk_far(walk);
}

/* The second root, for threads in VS-mode: Sv39x4 has 16 KiB of root entries, of which the first 256 are those of the
 * space's own root, so that all tables below are shared; the others stay zero:
 *
 *     satp   Sv39    [ 0 .. 255 user | 256 .. 511 kernel ]
 *                      |
 *                      +--> the same tables
 *                      |
 *     hgatp  Sv39x4  [ 0 .. 255 user | 256 .. 2047 zero ]
 *
 * Make it if there is none yet: 0 or -ENOMEM. */
long pt_guest_make(struct space *space);
/* hgatp for a thread of SPACE in VS-mode. */
u64 pt_guest_hgatp(const struct space *space);
/* The last user is gone, and no hart has it in hgatp. */
void pt_guest_free(struct space *space);

/* Give all table pages but the root back, through limbo; no leaf entry is left. */
void pt_free_tables(struct space *space);
/* The same for the root, which nobody uses any more. */
void pt_free_root(u64 *root);

/* Pages that have left a table, until no TLB holds them. */
enum { PT_GATHER = 32 };
struct pt_gather {
	struct space *space;
	u64 first, last; /* addresses touched */
	u32 count;
	struct page *pages[PT_GATHER];
};
/* Take the entry at ADDRESS out of the table and its page into the gather. Lock held. Full at PT_GATHER. */
static inline void pt_gather_add(struct pt_gather *gather, u64 *entry, u64 address)
{
	if (!gather->count)
		gather->first = address;
	gather->last = address;
	gather->pages[gather->count++] = phys_to_page(pte_phys(*entry));
	store_relaxed(entry, 0ul);
	gather->space->pages--;
}
/* Flush TLBs, then put the gathered pages into limbo. */
void pt_gather_flush(struct pt_gather *gather);

/* Entries of [first, last] have changed: no TLB may hold the old ones any more when this returns. */
void tlb_flush(struct space *space, u64 first, u64 last);
/* The entry of ADDRESS allows more than before: this hart shall know it. */
void tlb_flush_own(struct space *space, u64 address);
/* A page with new instructions was mapped: no hart may fetch old ones (fence.i). Lock held. */
void tlb_code_changed(struct space *space);
