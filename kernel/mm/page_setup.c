/* page_setup.c - start-up of the page allocator: the array of struct page, and what of RAM is free at first.
 *
 * Invariant: a page is PAGE_RESERVED until page_release_range; no page is released twice.
 */
#include "kernel/hart/panic.h"
#include "kernel/mm/page_blocks.h"

struct page *pages;
u64 page_first, page_count;

static u64 total_pages; /* that were ever released */

static u64 first_number(u64 base)
{
	return ALIGN_UP(base, PAGE_SIZE) >> PAGE_SHIFT;
}

static u64 end_number(u64 base, u64 bytes)
{
	return max((base + bytes) >> PAGE_SHIFT, first_number(base));
}

u64 page_array_bytes(u64 base, u64 bytes)
{
	return (end_number(base, bytes) - first_number(base)) * sizeof(struct page);
}

void page_init(u64 base, u64 bytes, void *array)
{
	pages = array;
	page_first = first_number(base);
	page_count = end_number(base, bytes) - page_first;
	for (u64 i = 0; i < page_count; i++)
		pages[i] = (struct page){ .flags = PAGE_RESERVED };
	page_blocks_init();
	total_pages = 0;
}

/* The largest block that starts at NUMBER and does not reach beyond END. */
static u32 largest_order(u64 number, u64 end)
{
	u32 order = 0;

	while (order + 1 < PAGE_ORDERS && !(number & ((2ul << order) - 1)) && number + (2ul << order) <= end)
		order++;
	return order;
}

void page_release_range(u64 base, u64 bytes)
{
	u64 number = max(first_number(base), page_first);
	u64 end = min(end_number(base, bytes), page_first + page_count);
	struct page *page;
	u32 order;

	for (; number < end; number += 1ul << order) {
		order = largest_order(number, end);
		page = &pages[number - page_first];
		for (u64 i = 0; i < 1ul << order; i++) {
			if (page[i].flags != PAGE_RESERVED)
				panic("page %lx is released twice", (number + i) << PAGE_SHIFT);
			page[i].flags = 0;
		}
		page_block_free(page, order);
		total_pages += 1ul << order;
	}
}

u64 page_total_count(void)
{
	return total_pages;
}
