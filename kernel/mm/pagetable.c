/* pagetable.c - walking, growing and emptying a space's table. */
#include "kernel/mm/pagetable.h"

#include "kernel/mm/limbo.h"

static u64 *table_below(struct space *space, u64 *entry)
{
	struct page *page;

	if (!(*entry & PTE_V)) {
		page = page_alloc_zeroed();
		if (!page)
			return NULL;
		space->tables++;
		/* release: a hart that reads this entry without the lock sees the zeroes */
		store_release(entry, pte_make(page_to_phys(page), PTE_V));
	}
	return phys_to_virt(pte_phys(*entry));
}

u64 *pt_leaf_make(struct space *space, u64 address)
{
	u64 *table = table_below(space, &space->root[pt_index(address, 2)]);

	if (table)
		table = table_below(space, &table[pt_index(address, 1)]);
	return table ? &table[pt_index(address, 0)] : NULL;
}

u64 *pt_walk_next(struct pt_walk *walk)
{
	u64 *entry;

	while (walk->address < walk->end) {
		entry = pt_leaf(walk->space, walk->address);
		if (!entry) {
			/* no leaf table: on to the next one; no middle table: on to the next of those */
			u64 hole = walk->space->root[pt_index(walk->address, 2)] & PTE_V ? 1ul << 21 : 1ul << 30;

			walk->address = ALIGN_DOWN(walk->address, hole) + hole;
		} else if (*entry & (PTE_V | PTE_HIDDEN)) {
			return entry;
		} else {
			walk->address += PAGE_SIZE;
		}
	}
	return NULL;
}

void pt_free_tables(struct space *space)
{
	for (u32 i = 0; i < PT_ENTRIES / 2; i++) {
		u64 *middle = phys_to_virt(pte_phys(space->root[i]));

		if (!(space->root[i] & PTE_V))
			continue;
		for (u32 j = 0; j < PT_ENTRIES; j++)
			if (middle[j] & PTE_V)
				limbo_put(phys_to_page(pte_phys(middle[j])));
		limbo_put(virt_to_page(middle));
		store_relaxed(&space->root[i], 0ul);
	}
	space->tables = 0;
}

void pt_gather_add(struct pt_gather *gather, u64 *entry, u64 address)
{
	if (!gather->count)
		gather->first = address;
	gather->last = address;
	gather->pages[gather->count++] = phys_to_page(pte_phys(*entry));
	store_relaxed(entry, 0ul);
	gather->space->pages--;
}

void pt_gather_flush(struct pt_gather *gather)
{
	if (!gather->count)
		return;
	tlb_flush(gather->space, gather->first, gather->last);
	for (u32 i = 0; i < gather->count; i++)
		limbo_put(gather->pages[i]);
	gather->count = 0;
}
