/* page.h - physical pages: the direct map, struct page, and the page allocator.
 *
 *     physical address  --+ DIRECT_BASE-->  kernel address (all RAM and devices, one linear map)
 *     physical address  -->>12 - first-->   struct page     (one per page of RAM)
 *
 * Contract: page_alloc never waits and may fail; the caller owns one reference of what it got; the last page_put frees.
 * Pages whose address a user page table or a running copy may still hold go through mm/limbo instead.
 * Invariant: refs == 0 exactly for pages that are in the allocator (or in limbo), and for all but the first page of a
 * larger piece.
 */
#pragma once

#include "kernel/mm/alloc_fail.h"
#include "lib/list.h"
#include "lib/order.h"
#include "lib/types.h"

enum { PAGE_SHIFT = 12, PAGE_SIZE = 4096, PAGE_ORDERS = 11 };

enum page_flags {
	PAGE_UPTODATE = 1 << 0, /* page cache: holds the file's bytes */
	PAGE_BUSY = 1 << 1,	/* page cache: being filled or written; who set it clears it */
	PAGE_ERROR = 1 << 2,	/* page cache: the fill failed; cleared by the next attempt */
	PAGE_DIRTY = 1 << 3,
	PAGE_RESERVED = 1 << 4, /* never given out: firmware, kernel image */
	PAGE_SLAB = 1 << 5,
	PAGE_FREE = 1 << 6, /* first page of a block in the allocator's lists; guarded by its lock */
	PAGE_ACCESSED = 1 << 7,
	PAGE_POOLED = 1 << 8,	/* free, in a hart's pool of the allocator */
	PAGE_UNMAPPED = 1 << 9, /* left an address space since it was allocated; see mm/limbo */
	PAGE_ZEROES = 1 << 10,	/* in limbo, and all its bytes are 0 */
};

/* 48 bytes per page. While a page is allocated its owner uses `owner`, `index` and `link` as it likes. */
struct page {
	u32 refs;  /* atomic */
	u32 flags; /* enum page_flags, atomic */
	struct list link;
	void *owner; /* page cache: the cache; slab: the slab's cache */
	u64 index;   /* page cache: page number in the file; allocator: order of a free block */
	u64 spare;
};

#if defined(HOST)
extern u64 direct_base; /* unit tests on the host: an array plays the RAM */
#define DIRECT_BASE direct_base
#else
#define DIRECT_BASE 0xffffffc000000000ul
#endif

extern struct page *pages;	   /* the array; pages[0] is the first page of RAM */
extern u64 page_first, page_count; /* page frame number of pages[0]; how many */

static inline void *phys_to_virt(u64 phys)
{
	return (void *)(phys + DIRECT_BASE);
}

static inline u64 virt_to_phys(const void *virt)
{
	return (u64)virt - DIRECT_BASE;
}

static inline struct page *phys_to_page(u64 phys)
{
	return &pages[(phys >> PAGE_SHIFT) - page_first];
}

static inline u64 page_to_phys(const struct page *page)
{
	return ((u64)(page - pages) + page_first) << PAGE_SHIFT;
}

static inline void *page_to_virt(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}

static inline struct page *virt_to_page(const void *virt)
{
	return phys_to_page(virt_to_phys(virt));
}

/* Start-up, one hart: RAM is [base, base + bytes) physical; the array of struct page is put at ARRAY (a kernel address
 * inside that RAM with room for page_array_bytes()); everything starts out PAGE_RESERVED until page_release_range. */
u64 page_array_bytes(u64 base, u64 bytes);
void page_init(u64 base, u64 bytes, void *array);
void page_release_range(u64 base, u64 bytes);

/* 2^ORDER pages in one piece, not zeroed; refs of the first is 1. NULL: none left. Never waits. */
struct page *page_alloc(u32 order);
struct page *page_alloc_zeroed(void);
/* Give back a page of page_alloc(0) whose bytes are all 0: the next page_alloc_zeroed may be spared the work. */
void page_free_zeroes(struct page *page);
/* One page for user memory or a page cache, which are allowed to wait for it: as page_alloc(0), but the last free pages
 * are kept for the kernel, so that running out of these two does not stop everything else. */
struct page *page_alloc_user(void);
/* Are there hardly more free pages than the ones that are kept? */
bool page_is_low(void);
/* It is, and the page cache has nothing to give back: what asks for memory that it may hold for long is refused. What
 * little there is in the cache is given back by this. */
bool page_is_scarce(void);
/* Give back what page_alloc(ORDER) gave, whatever its refs. */
void page_free(struct page *page, u32 order);

static inline void page_get(struct page *page)
{
	atomic_add_relaxed(&page->refs, 1u);
}

/* Drop a reference of a single page; the last one frees it. */
void page_put(struct page *page);

/* Pages in the allocator (the harts' pools counted), for /proc/meminfo and the leak check. */
u64 page_free_count(void);
u64 page_total_count(void);

/* Called when the allocator is empty, before it gives up: frees what it can without waiting (clean, unused pages of
 * the page cache) and says how many pages that were. The caller of page_alloc may hold locks. NULL at start-up. */
extern u64 (*page_reclaim)(u64 wanted);

void page_zero(void *page);
void page_copy(void *to, const void *from);
