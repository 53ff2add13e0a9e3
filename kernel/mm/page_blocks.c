/* page_blocks.c - the buddy allocator.
 *
 * A block of 2^n pages starts at a multiple of 2^n; its buddy is the block whose number differs in bit n alone. A block
 * is cut in halves when no smaller one is there, and joined with its buddy when that is free, too:
 *
 *     order 2  |       8       |
 *     order 1  |   8   |  10   |     8 ^ 2 == 10
 *     order 0  | 8 | 9 |10 |11 |     8 ^ 1 == 9
 *
 * Invariant: the first page of each block in a list, and no other page, has PAGE_FREE and the block's order in `index`.
 * Others change the flags of pages that they own while we look at them, but PAGE_FREE changes under our lock alone.
 */
#include "kernel/mm/page_blocks.h"

#include "kernel/hart/lock.h"

static struct spinlock lock = SPINLOCK_INIT(RANK_PAGES); /* guards the two below, and PAGE_FREE */
static struct list blocks[PAGE_ORDERS];
static u64 pages_in_blocks;

static inline u64 number_of(const struct page *page)
{
	return (u64)(page - pages) + page_first;
}

static void block_insert_locked(struct page *page, u32 order)
{
	page->index = order;
	store_relaxed(&page->flags, PAGE_FREE);
	list_push_front(&blocks[order], &page->link);
	pages_in_blocks += 1ul << order;
}

static void block_remove_locked(struct page *page, u32 order)
{
	store_relaxed(&page->flags, 0);
	list_remove(&page->link);
	pages_in_blocks -= 1ul << order;
}

/* The buddy of PAGE if it is a free block of the same order. */
static struct page *free_buddy_locked(struct page *page, u32 order)
{
	u64 number = number_of(page) ^ (1ul << order);
	struct page *buddy = &pages[number - page_first];

	if (number < page_first || number >= page_first + page_count)
		return NULL;
	return load_relaxed(&buddy->flags) & PAGE_FREE && buddy->index == order ? buddy : NULL;
}

static void block_free_locked(struct page *page, u32 order)
{
	struct page *buddy;

	for (; order < PAGE_ORDERS - 1; order++) {
		buddy = free_buddy_locked(page, order);
		if (!buddy)
			break;
		block_remove_locked(buddy, order);
		page = min(page, buddy);
	}
	block_insert_locked(page, order);
}

static struct page *block_alloc_locked(u32 order)
{
	u32 have = order;
	struct page *page;

	while (have < PAGE_ORDERS && list_is_empty(&blocks[have]))
		have++;
	if (have == PAGE_ORDERS)
		return NULL;
	page = list_entry(blocks[have].next, struct page, link);
	block_remove_locked(page, have);
	while (have > order) {
		have--;
		block_insert_locked(page + (1ul << have), have);
	}
	return page;
}

void page_blocks_init(void)
{
	for (u32 i = 0; i < PAGE_ORDERS; i++)
		list_init(&blocks[i]);
	pages_in_blocks = 0;
}

struct page *page_block_alloc(u32 order)
{
	struct page *page;

	spin_lock(&lock);
	page = block_alloc_locked(order);
	spin_unlock(&lock);
	return page;
}

void page_block_free(struct page *page, u32 order)
{
	spin_lock(&lock);
	block_free_locked(page, order);
	spin_unlock(&lock);
}

u64 page_blocks_take(struct page **to, u64 wanted, u32 flags)
{
	u64 count = 0;

	spin_lock(&lock);
	while (count < wanted && (to[count] = block_alloc_locked(0)))
		store_relaxed(&to[count++]->flags, flags);
	spin_unlock(&lock);
	return count;
}

void page_blocks_give(struct page **from, u64 count)
{
	spin_lock(&lock);
	while (count)
		block_free_locked(from[--count], 0);
	spin_unlock(&lock);
}

u64 page_blocks_count(void)
{
	return load_relaxed(&pages_in_blocks);
}
