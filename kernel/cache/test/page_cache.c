/* page_cache.c - finding and filling: a disk that answers later, fails, and is asked by many at once.
 *
 * links: @cache
 */
#include "kernel/cache/test/page_cache_world.h"

#include "kernel/abi/errno.h"

enum { READERS = 40 };

static struct reader readers[READERS];
static const struct page_cache_ops zero_ops = { .fill = NULL };

TEST(fills_once)
{
	struct page *page, *again;

	begin(PAGES);
	CHECK(!page_cache_peek(&cache, 7));
	CHECK_EQ(get(&cache, 7, &page), 0);
	check_content(page, 7);
	CHECK_EQ(page->refs, 2);
	CHECK_EQ(host_now, LATENCY);
	CHECK_EQ(get(&cache, 7, &again), 0);
	CHECK(again == page);
	CHECK_EQ(fills, 1);
	CHECK(page_cache_peek(&cache, 7) == page);
	CHECK_EQ(page->refs, 4);
	for (u32 i = 0; i < 3; i++)
		page_put(page);
	CHECK_EQ(page_cache_pages(), 1);
	end(PAGES);
}

TEST(everybody_waits_for_one_fill)
{
	begin(PAGES);
	for (u32 i = 0; i < READERS; i++)
		reader_start(&readers[i], &cache, i % 2);
	host_run();
	CHECK_EQ(fills, 2);
	for (u32 i = 0; i < READERS; i++) {
		CHECK(readers[i].ended);
		CHECK_EQ(readers[i].result, 0);
		check_content(readers[i].page, i % 2);
		page_put(readers[i].page);
	}
	end(PAGES);
}

/* All 64 queues, with collisions: pages that share a queue are told apart. */
TEST(many_pages_at_once)
{
	begin(PAGES);
	for (u32 i = 0; i < READERS; i++)
		reader_start(&readers[i], i % 2 ? &cache : &other, i / 4 * 64);
	host_run();
	CHECK_EQ(fills, READERS / 2);
	for (u32 i = 0; i < READERS; i++) {
		CHECK_EQ(readers[i].result, 0);
		check_content(readers[i].page, i / 4 * 64);
		page_put(readers[i].page);
	}
	end(PAGES);
}

TEST(error_reaches_all_and_the_next_attempt_works)
{
	struct page *page;

	begin(PAGES);
	disk_error = -EIO;
	for (u32 i = 0; i < READERS; i++)
		reader_start(&readers[i], &cache, 3);
	host_run();
	for (u32 i = 0; i < READERS; i++) {
		CHECK_EQ(readers[i].result, -EIO);
		CHECK(!readers[i].page);
	}
#ifndef CO_TORTURE /* there a reader may come after the failure, and tries again */
	CHECK_EQ(fills, 1);
#endif
	CHECK(!page_cache_peek(&cache, 3));
	disk_error = 0;
	CHECK_EQ(get(&cache, 3, &page), 0);
	check_content(page, 3);
	page_put(page);
	end(PAGES);
}

TEST(number_too_large)
{
	struct page *page;

	begin(PAGES);
	CHECK_EQ(get(&cache, UINT64_MAX, &page), -EFBIG);
	CHECK_EQ(get(&cache, 1ul << 54, &page), -EFBIG);
	CHECK_EQ(get(&cache, (1ul << 54) - 1, &page), 0);
	page_put(page);
	end(PAGES);
}

TEST(cache_without_a_disk_is_zero)
{
	struct page *page;

	begin(PAGES);
	page_cache_init(&cache, &zero_ops, true);
	CHECK_EQ(get(&cache, 9, &page), 0);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		CHECK_EQ(((char *)page_to_virt(page))[i], 0);
	page_put(page);
	CHECK_EQ(page_cache_reclaim(10), 0); /* it is the only copy */
	CHECK_EQ(page_cache_pages(), 1);
	end(PAGES);
}

TEST(drop_from_the_middle)
{
	struct page *page;

	begin(PAGES);
	for (u64 i = 0; i < 200; i++) {
		CHECK_EQ(get(&cache, i * 3, &page), 0);
		page_put(page);
	}
	page_cache_drop(&cache, 300);
	CHECK_EQ(cache.count, 100);
	page = page_cache_peek(&cache, 297);
	check_content(page, 297);
	page_put(page);
	CHECK(!page_cache_peek(&cache, 300));
	end(PAGES);
}

/* Who still has a reference to a dropped page keeps its bytes; the next reader gets a new page. */
TEST(dropped_page_lives_with_its_reference)
{
	struct page *page, *fresh;

	begin(PAGES);
	CHECK_EQ(get(&cache, 5, &page), 0);
	page_cache_drop(&cache, 0);
	CHECK(!page->owner);
	CHECK_EQ(page->refs, 1);
	check_content(page, 5);
	CHECK_EQ(get(&cache, 5, &fresh), 0);
	CHECK(fresh != page);
	page_put(page);
	page_put(fresh);
	end(PAGES);
}

TEST(drop_while_it_is_filled)
{
	begin(PAGES);
	drop_during_fill = &cache;
	for (u32 i = 0; i < READERS; i++)
		reader_start(&readers[i], &cache, 2);
	host_run();
	CHECK_EQ(fills, 2);
	for (u32 i = 0; i < READERS; i++) {
		CHECK_EQ(readers[i].result, 0);
		CHECK(readers[i].page == readers[0].page);
		CHECK(readers[i].page->owner == &cache);
		page_put(readers[i].page);
	}
	end(PAGES);
}

static const struct test tests[] = {
	TEST_ROW(fills_once),
	TEST_ROW(everybody_waits_for_one_fill),
	TEST_ROW(many_pages_at_once),
	TEST_ROW(error_reaches_all_and_the_next_attempt_works),
	TEST_ROW(number_too_large),
	TEST_ROW(cache_without_a_disk_is_zero),
	TEST_ROW(drop_from_the_middle),
	TEST_ROW(dropped_page_lives_with_its_reference),
	TEST_ROW(drop_while_it_is_filled),
};
TEST_MAIN(tests)
