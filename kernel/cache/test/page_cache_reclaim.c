/* page_cache_reclaim.c - too little memory for all pages, or none at all.
 *
 * links: @cache
 */
#include "kernel/cache/test/page_cache_world.h"

#include "kernel/abi/errno.h"

/* Far more pages are read than there is memory. */
TEST(reclaim_makes_room)
{
	begin(PAGES);
	for (u32 round = 0; round < 3; round++) {
		fill_cache(&cache, 1000);
		fill_cache(&other, 300);
	}
	CHECK(page_cache_pages() < PAGES);
	CHECK(page_cache_pages() > PAGES / 2);
	end(PAGES);
}

TEST(reclaim_leaves_what_is_in_use)
{
	struct page *held, *dirty, *busy;

	begin(PAGES);
	CHECK_EQ(get(&cache, 0, &held), 0);
	CHECK_EQ(get(&cache, 1, &dirty), 0);
	atomic_or(&dirty->flags, (u32)PAGE_DIRTY);
	page_put(dirty);
	CHECK_EQ(get(&cache, 2, &busy), 0);
	CHECK(page_busy_try(busy));
	page_put(busy);
	fill_cache(&other, 20);
	for (u32 i = 0; i < 5; i++)
		page_cache_reclaim(100);
	CHECK_EQ(page_cache_pages(), 3);
	CHECK(page_cache_peek(&cache, 0) == held);
	CHECK_EQ(held->refs, 3);
	page_busy_end(busy, 0, 0);
	page_put(held);
	page_put(held);
	end(PAGES);
}

/* A page that is used again and again outlives those that were read once. */
TEST(used_pages_get_a_second_chance)
{
	struct page *hot, *page;

	begin(PAGES);
	CHECK_EQ(get(&cache, 0, &hot), 0);
	page_put(hot);
	for (u64 i = 1; i < 3000; i++) {
		page = page_cache_peek(&cache, 0);
		CHECK(page == hot);
		page_put(page);
		CHECK_EQ(get(&cache, i, &page), 0);
		page_put(page);
	}
	end(PAGES);
}

/* A page that was mapped in user space goes through limbo, and whoever needs memory waits for it there. */
TEST(mapped_pages_are_reclaimed_through_limbo)
{
	struct page *page;

	begin(PAGES);
	for (u64 i = 0; i < 2000; i++) {
		CHECK_EQ(get(&cache, i, &page), 0);
		limbo_put(page); /* as munmap does */
		CHECK(page->flags & PAGE_UNMAPPED);
	}
	CHECK(limbo_reused() > 1000);
	end(PAGES);
}

/* What reclaim has emptied belongs to its inode alone, and can fill again. */
TEST(reclaim_lets_go_of_an_empty_cache)
{
	struct page *page;

	begin(PAGES);
	fill_cache(&cache, 1);
	fill_cache(&other, 1);
	CHECK_EQ(page_cache_reclaim(1), 1);
	CHECK_EQ(cache.count, 0);
	memset(&cache, 0xee, sizeof(cache));
	CHECK_EQ(page_cache_reclaim(1), 1);
	CHECK_EQ(page_cache_pages(), 0);
	page_cache_init(&cache, &disk_ops, false);
	fill_cache(&other, 1);
	fill_cache(&cache, 1);
	CHECK_EQ(page_cache_reclaim(5), 2);
	CHECK_EQ(get(&cache, 3, &page), 0);
	page_put(page);
	end(PAGES);
}

/* No memory at all: an error, and nothing is lost; with the memory back all is well. */
TEST(no_memory)
{
	static struct page *hog[PAGES];
	struct page *page;
	u32 count = 0;

	begin(PAGES);
	fill_cache(&cache, 3); /* the slab caches have their pages */
	page_cache_drop(&cache, 0);
	while ((hog[count] = page_alloc(0)))
		count++;
	CHECK_EQ(get(&cache, 1, &page), -ENOMEM);
	CHECK(!page);
	CHECK_EQ(cache.count, 0);
	while (count)
		page_put(hog[--count]);
	CHECK_EQ(get(&cache, 1, &page), 0);
	page_put(page);
	end(PAGES);
}

/* Let the first, the second, ... allocation fail. */
TEST(every_allocation_may_fail)
{
	struct page *page;
	long result = -ENOMEM;
	u32 failures = 0;

	begin(PAGES);
	for (u32 nth = 1; result == -ENOMEM; nth++) {
		alloc_fail_set(nth);
		result = get(&cache, 70, &page);
		CHECK(result == 0 || result == -ENOMEM);
		CHECK_EQ(page != NULL, result == 0);
		failures += result == -ENOMEM;
	}
	alloc_fail_set(0);
	CHECK(failures >= 3); /* the page, two nodes */
	check_content(page, 70);
	page_put(page);
	end(PAGES);
}

static const struct test tests[] = {
	TEST_ROW(reclaim_makes_room),
	TEST_ROW(reclaim_leaves_what_is_in_use),
	TEST_ROW(used_pages_get_a_second_chance),
	TEST_ROW(mapped_pages_are_reclaimed_through_limbo),
	TEST_ROW(reclaim_lets_go_of_an_empty_cache),
	TEST_ROW(no_memory),
	TEST_ROW(every_allocation_may_fail),
};
TEST_MAIN(tests)
