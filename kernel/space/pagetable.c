/* pagetable.c - walking, growing and emptying a space's table.
 *
 * Tables are nearly empty: a small program has 50 pages in four of them. So each says in its struct page which of its
 * 64 groups of 8 entries were ever used, and walks look at nothing else.
 *
 *     struct page.spare   0 1 0 0 ... 1         entries  [0..7] [8..15] ... [504..511]
 *
 * Invariant: an entry that is not 0 lies in a group whose bit is set (the kernel's half of the root apart).
 */
#include "kernel/space/pagetable.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/hypervisor.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/limbo.h"

#define LEAF_SPAN ((u64)PT_ENTRIES * PAGE_SIZE)

static u64 *table_new(void)
{
	struct page *page = page_alloc_zeroed();

	if (!page)
		return NULL;
	page->spare = 0;
	return page_to_virt(page);
}

/* TABLE is all zeroes again. */
static void table_free(u64 *table)
{
	struct page *page = virt_to_page(table);

	store_relaxed(&page->flags, PAGE_ZEROES);
	limbo_put(page);
}

u64 *pt_root_new(void)
{
	u64 *root = table_new();

	if (root)
		kmap_enter(root);
	return root;
}

void pt_free_root(u64 *root)
{
	kmap_leave(root);
	table_free(root);
}

static void table_mark(const u64 *entry)
{
	virt_to_page(entry)->spare |= BIT((u64)entry % PAGE_SIZE / (PT_GROUP * sizeof(*entry)));
}

/* The first used entry of TABLE from INDEX on; PT_ENTRIES: there is none. */
static u64 table_next(const u64 *table, u64 index)
{
	u64 groups = index < PT_ENTRIES ? virt_to_page(table)->spare >> index / PT_GROUP : 0;
	const u64 *entry = table + index;

	for (; groups; groups >>= 1) {
		if (!(groups & 1)) {
			u64 skip = (u64)__builtin_ctzl(groups);

			entry = (const u64 *)ALIGN_DOWN((u64)entry, PT_GROUP * sizeof(u64)) + PT_GROUP * skip;
			groups >>= skip;
		}
		do {
			if (*entry)
				return (u64)(entry - table);
		} while ((u64)++entry % (PT_GROUP * sizeof(u64)));
	}
	return PT_ENTRIES;
}

static u64 *table_of(u64 entry)
{
	return phys_to_virt(pte_phys(entry));
}

static u64 *table_below(struct space *space, u64 *entry)
{
	u64 *table;

	if (!(*entry & PTE_V)) {
		table = table_new();
		if (!table)
			return NULL;
		space->tables++;
		table_mark(entry);
		/* release: a hart that reads this entry without the lock sees the zeroes */
		store_release(entry, pte_make(virt_to_phys(table), PTE_V));
	}
	return table_of(*entry);
}

/* --- the second root --- */

enum { GUEST_ORDER = 2 }; /* 16 KiB */

/* Entry I of the root has changed. Lock held. */
static void guest_follow(struct space *space, u32 i)
{
	if (unlikely(space->guest_root))
		store_release(&space->guest_root[i], load_relaxed(&space->root[i]));
}

long pt_guest_make(struct space *space)
{
	struct page *page = page_alloc(GUEST_ORDER);

	if (!page)
		return -ENOMEM;
	__builtin_memset(page_to_virt(page), 0, PAGE_SIZE << GUEST_ORDER);
	spin_lock(&space->lock);
	if (!space->guest_root) {
		__builtin_memcpy(page_to_virt(page), space->root, PAGE_SIZE / 2);
		space->guest_root = page_to_virt(page);
		page = NULL;
	}
	spin_unlock(&space->lock);
	if (page) /* another thread was faster */
		page_free(page, GUEST_ORDER);
	return 0;
}

u64 pt_guest_hgatp(const struct space *space)
{
	return HGATP_SV39X4 | virt_to_phys(space->guest_root) >> PAGE_SHIFT;
}

void pt_guest_free(struct space *space)
{
	if (space->guest_root)
		page_free(virt_to_page(space->guest_root), GUEST_ORDER);
}

/* --- walking --- */

u64 *pt_leaf_make(struct space *space, u64 address)
{
	u32 top = pt_index(address, 2);
	u64 *table = table_below(space, &space->root[top]);

	guest_follow(space, top);
	if (table)
		table = table_below(space, &table[pt_index(address, 1)]);
	if (!table)
		return NULL;
	table += pt_index(address, 0);
	table_mark(table);
	return table;
}

/* The leaf table of the first address from *AT on that has one; NULL: none below the kernel's half. */
static __attribute__((noinline)) u64 *leaf_next(const struct space *space, u64 *at)
{
	u64 first = pt_index(*at, 2), i = first, j;
	u64 *table;

	for (; (i = table_next(space->root, i)) < PT_ENTRIES; i++) {
		table = table_of(space->root[i]);
		j = table_next(table, i == first ? pt_index(*at, 1) : 0);
		if (j == PT_ENTRIES)
			continue;
		*at = max(*at, (i * PT_ENTRIES + j) * LEAF_SPAN);
		return table_of(table[j]);
	}
	return NULL;
}

u64 *pt_walk_far(struct pt_walk *walk)
{
	u64 index;

	while (walk->address < walk->end) {
		if (walk->address >= walk->leaf_end) {
			walk->leaf = leaf_next(walk->space, &walk->address);
			if (!walk->leaf)
				break;
			walk->leaf_end = ALIGN_DOWN(walk->address, LEAF_SPAN) + LEAF_SPAN;
			continue;
		}
		index = pt_index(walk->address, 0);
		if (walk->leaf[index])
			return &walk->leaf[index];
		walk->address += (table_next(walk->leaf, index) - index) << PAGE_SHIFT;
	}
	walk->address = walk->end;
	return NULL;
}

void pt_free_tables(struct space *space)
{
	u64 *middle;

	for (u64 i = 0; (i = table_next(space->root, i)) < PT_ENTRIES; i++) {
		middle = table_of(space->root[i]);
		for (u64 j = 0; (j = table_next(middle, j)) < PT_ENTRIES; j++) {
			table_free(table_of(middle[j]));
			store_relaxed(&middle[j], 0ul);
		}
		table_free(middle);
		store_relaxed(&space->root[i], 0ul);
		guest_follow(space, (u32)i);
	}
	space->tables = 0;
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
