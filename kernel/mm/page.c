/* page.c - allocation of pages: a pool of single pages for each hart, before the buddy allocator.
 *
 *     page_alloc(0) --> pool of this hart     63 pages, no lock: about 25 instructions
 *                          |  ^  half a pool at a time
 *                          v  |
 *     page_alloc(n) --> page_blocks.c         blocks of 2^0 .. 2^10 pages, one lock
 *
 * A pool keeps some pages of zeroes besides. Invariant: a page in a pool has PAGE_POOLED. A pool belongs to its
 * hart: the kernel is not interrupted, so nobody else looks at it meanwhile.
 */
#include "kernel/mm/page.h"

#include "kernel/hart/panic.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/page_blocks.h"
#include "kernel/hart/lock.h"

enum { POOL_PAGES = 63, POOL_BATCH = 31, ZEROES_MOST = 16, RECLAIM_PAGES = 32, RECLAIM_TRIES = 4 };
enum { KEPT_PART = 128, KEPT_MOST = 256 }; /* pages that user memory does not get: one of so many, at most so many */

/* What no page has that somebody owns. */
enum { NOT_OWNED = PAGE_FREE | PAGE_POOLED | PAGE_RESERVED };

struct page_pool {
	u64 count;
	struct page *page[POOL_PAGES];
	u64 zeroes_count; /* pages of zeroes, for tables: they leave a space as they came */
	struct page *zeroes[ZEROES_MOST];
};

static struct page_pool pools[MAX_HARTS];
u64 (*page_reclaim)(u64 wanted);

static inline struct page_pool *pool_of_hart(void)
{
	return &pools[hart()->index];
}

static inline struct page *page_own(struct page *page)
{
	store_relaxed(&page->flags, 0);
	store_relaxed(&page->refs, 1);
	return page;
}

static inline struct page *pool_take(struct page_pool *pool)
{
	return page_own(pool->page[--pool->count]);
}

static inline struct page *pool_take_zeroes(struct page_pool *pool)
{
	return page_own(pool->zeroes[--pool->zeroes_count]);
}

/* Give pages back until LEFT are left. */
static __attribute__((noinline)) void pool_shrink(struct page_pool *pool, u64 left)
{
	page_blocks_give(&pool->page[left], pool->count - left);
	pool->count = left;
}

static void pool_empty(struct page_pool *pool)
{
	pool_shrink(pool, 0);
	page_blocks_give(pool->zeroes, pool->zeroes_count);
	pool->zeroes_count = 0;
}

/* --- alloc --- */

static struct page *alloc_now(u32 order)
{
	struct page_pool *pool = pool_of_hart();
	struct page *page;

	if (order == 0) {
		if (!pool->count)
			pool->count = page_blocks_take(pool->page, POOL_BATCH, PAGE_POOLED);
		if (pool->count)
			return pool_take(pool);
		return pool->zeroes_count ? pool_take_zeroes(pool) : NULL;
	}
	page = page_block_alloc(order);
	if (page)
		store_relaxed(&page->refs, 1);
	return page;
}

/* The pages of the pool may be the buddies that are missing. */
static struct page *alloc_joined(u32 order)
{
	if (order)
		pool_empty(pool_of_hart());
	return alloc_now(order);
}

/* The pool is empty, more than a page is wanted, or an allocation is to fail. */
static __attribute__((noinline)) struct page *alloc_slow(u32 order)
{
	struct page *page;

	if (order >= PAGE_ORDERS || alloc_fail_now())
		return NULL;
	page = alloc_now(order);
	if (!page)
		page = alloc_joined(order);
	for (int i = 0; !page && page_reclaim && i < RECLAIM_TRIES; i++) {
		if (!page_reclaim(max(1ul << order, (u64)RECLAIM_PAGES)))
			break;
		page = alloc_joined(order);
	}
	return page;
}

struct page *page_alloc(u32 order)
{
	struct page_pool *pool = pool_of_hart();

	if (likely(order == 0 && pool->count && !alloc_fail_is_set()))
		return pool_take(pool);
	return alloc_slow(order);
}

static u64 pages_kept(void)
{
	return min(page_total_count() / KEPT_PART, (u64)KEPT_MOST);
}

bool page_is_low(void)
{
	return page_free_count() < 2 * pages_kept() + (u64)POOL_PAGES * MAX_HARTS;
}

bool page_is_scarce(void)
{
	return unlikely(page_is_low()) && !(page_reclaim && page_reclaim(RECLAIM_PAGES));
}

/* The pool is empty: it may be filled from what is not kept. */
static __attribute__((noinline)) struct page *alloc_user_slow(struct page_pool *pool)
{
	u64 kept = pages_kept();

	for (int i = 0; !pool->count && page_blocks_count() <= kept && i < RECLAIM_TRIES; i++)
		if (!page_reclaim || !page_reclaim(RECLAIM_PAGES))
			break;
	return pool->count || page_blocks_count() > kept ? alloc_slow(0) : NULL;
}

struct page *page_alloc_user(void)
{
	struct page_pool *pool = pool_of_hart();

	if (likely(pool->count && !alloc_fail_is_set()))
		return pool_take(pool);
	return alloc_user_slow(pool);
}

struct page *page_alloc_zeroed(void)
{
	struct page_pool *pool = pool_of_hart();
	struct page *page;

	if (likely(pool->zeroes_count && !alloc_fail_is_set()))
		return pool_take_zeroes(pool);
	page = page_alloc(0);
	if (page)
		page_zero(page_to_virt(page));
	return page;
}

/* --- free --- */

#ifdef CO_TORTURE
enum { PAGE_POISON = 0xdb };

/* Who still reads a page that was freed shall see that it is not his. */
static void page_poison(struct page *page, u32 order)
{
	u64 *word = page_to_virt(page);

	for (u64 i = 0; i < (u64)(PAGE_SIZE / 8) << order; i++)
		word[i] = PAGE_POISON * 0x0101010101010101ul;
}

static void check_zeroes(struct page *page)
{
	const u64 *word = page_to_virt(page);

	for (u64 i = 0; i < PAGE_SIZE / 8; i++)
		ASSERT(!word[i]);
}
#else
static inline void check_zeroes(struct page *page)
{
	(void)page;
}
static inline void page_poison(struct page *page, u32 order)
{
	(void)page, (void)order;
}
#endif

static __attribute__((noinline, cold)) void panic_bad_free(struct page *page)
{
	panic("page %lx is freed twice, or is nobody's to free: refs %u, flags %x", page_to_phys(page), page->refs,
	      page->flags);
}

static inline void check_free(struct page *page)
{
	if (unlikely(load_relaxed(&page->flags) & NOT_OWNED))
		panic_bad_free(page);
}

static inline void free_page(struct page *page)
{
	struct page_pool *pool = pool_of_hart();

	page_poison(page, 0);
	store_relaxed(&page->flags, PAGE_POOLED);
	pool->page[pool->count++] = page;
	if (unlikely(pool->count == POOL_PAGES))
		pool_shrink(pool, POOL_BATCH);
}

static __attribute__((noinline)) void free_block(struct page *page, u32 order)
{
	page_poison(page, order);
	page_block_free(page, order);
}

void page_free(struct page *page, u32 order)
{
	check_free(page);
	store_relaxed(&page->refs, 0);
	if (likely(order == 0))
		free_page(page);
	else
		free_block(page, order);
}

void page_free_zeroes(struct page *page)
{
	struct page_pool *pool = pool_of_hart();

	check_free(page);
	check_zeroes(page);
	store_relaxed(&page->refs, 0);
	if (pool->zeroes_count == ZEROES_MOST) {
		free_page(page);
		return;
	}
	store_relaxed(&page->flags, PAGE_POOLED);
	pool->zeroes[pool->zeroes_count++] = page;
}

/* The last reference is gone; something is special about the page. */
static __attribute__((noinline)) void put_last_slow(struct page *page)
{
	check_free(page);
	limbo_add(page);
}

void page_put(struct page *page)
{
	/* acquire and release: what every holder did with the page comes before its reuse */
	u32 before = atomic_sub(&page->refs, 1u);

	if (unlikely(before == 0))
		panic_bad_free(page);
	if (before != 1)
		return;
	if (likely(!(load_relaxed(&page->flags) & (NOT_OWNED | PAGE_UNMAPPED))))
		free_page(page);
	else
		put_last_slow(page);
}

u64 page_free_count(void)
{
	u64 count = page_blocks_count();

	for (u32 i = 0; i < MAX_HARTS; i++)
		count += load_relaxed(&pools[i].count) + load_relaxed(&pools[i].zeroes_count);
	return count;
}
