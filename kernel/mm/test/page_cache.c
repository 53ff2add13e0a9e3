/* page_cache.c - the page cache over a disk that answers later, fails, and is asked by many at once.
 * links: kernel/mm/page_cache.c kernel/mm/page_cache_reclaim.c kernel/mm/page_index.c kernel/mm/page_wait.c
 * links: kernel/mm/limbo.c kernel/mm/limbo_wait.c kernel/mm/slab.c kernel/mm/slab_debug.c kernel/mm/kalloc.c
 * links: kernel/mm/page.c kernel/mm/page_blocks.c kernel/mm/page_setup.c kernel/mm/page_ops.c kernel/mm/alloc_fail.c
 * links: kernel/task/task.c kernel/task/wait.c kernel/task/waker.c kernel/task/executor.c kernel/task/inbox.c
 * links: kernel/task/run_queue.c kernel/task/timer.c kernel/task/lock.c lib/co.c lib/fmt.c lib/rbtree.c
 * links: kernel/test/host/host.c kernel/test/host/ram.c kernel/test/host/executor.c
 */
#include "kernel/mm/page_cache.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/page_wait.h"
#include "kernel/mm/slab.h"
#include "kernel/task/task.h"
#include "kernel/task/timer.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { PAGES = 600, LATENCY = 1000, READERS = 40, ARENA = 1024 };

/* --- the disk --- */

static u32 fills, fills_now; /* started; running */
static long disk_error;	     /* the next fills answer this */
static struct page_cache *drop_during_fill;

struct slow_fill {
	struct co co;
	struct page *page;
	struct timer timer;
};

static void disk_done(struct timer *timer)
{
	struct slow_fill *f = container_of(timer, struct slow_fill, timer);

	co_wake(&f->co, disk_error);
}

static long disk_start(struct slow_fill *f)
{
	co_park(&f->co);
	timer_init(&f->timer, disk_done);
	timer_arm(&f->timer, clock_now() + LATENCY);
	return CO_PENDING;
}

CO_STEP(slow_fill)
{
	CO_FRAME(slow_fill);
	long err;

	CO_BEGIN;
	fills++;
	fills_now++;
	AWAIT(err, disk_start(f));
	fills_now--;
	for (u32 i = 0; i < PAGE_SIZE / 8; i++)
		((u64 *)page_to_virt(f->page))[i] = f->page->index * 1000 + i;
	if (drop_during_fill)
		page_cache_drop(drop_during_fill, 0);
	drop_during_fill = NULL;
	CO_RETURN(err);
	CO_END;
}

static long slow_fill_start(struct co *caller, struct page_cache *cache, struct page *page)
{
	(void)cache;
	return CO_CALL(slow_fill, caller, .page = page);
}

static const struct page_cache_ops disk_ops = { .fill = slow_fill_start };
static const struct page_cache_ops zero_ops = { .fill = NULL };

/* --- readers --- */

struct reader {
	struct task task;
	char arena[ARENA] __attribute__((aligned(16)));
	struct page_cache *cache;
	u64 index;
	bool ended;
	long result;
	struct page *page; /* referenced, if the result is 0 */
};

struct read_page {
	struct co co;
	struct reader *reader;
	struct page *page;
};

CO_STEP(read_page)
{
	CO_FRAME(read_page);
	long err;

	CO_BEGIN;
	AWAIT(err, page_cache_get(co, f->reader->cache, f->reader->index, &f->page));
	f->reader->page = f->page;
	CO_RETURN(err);
	CO_END;
}

static long read_page(struct co *caller, void *reader)
{
	return CO_CALL(read_page, caller, .reader = reader);
}

static void reader_done(struct task *task, long result)
{
	struct reader *reader = container_of(task, struct reader, task);

	reader->ended = true;
	reader->result = result;
}

static void reader_start(struct reader *reader, struct page_cache *cache, u64 index)
{
	reader->cache = cache;
	reader->index = index;
	reader->ended = false;
	reader->page = NULL;
	task_init(&reader->task, "reader", PRIORITY_USER, reader->arena, ARENA, reader_done);
	task_start(&reader->task, read_page, reader);
}

/* One page, from start to end: the result; the page keeps its reference in *PAGE. */
static long get(struct page_cache *cache, u64 index, struct page **page)
{
	static struct reader reader;

	reader_start(&reader, cache, index);
	host_run();
	CHECK(reader.ended);
	*page = reader.page;
	return reader.result;
}

static struct page_cache cache, other;
static struct reader readers[READERS];

static void begin(u64 page_total)
{
	host_init(1);
	host_ram_init(0, page_total);
	host_executor_init();
	page_reclaim = page_cache_reclaim;
	page_cache_init(&cache, &disk_ops, false);
	page_cache_init(&other, &disk_ops, false);
}

static void check_content(const struct page *page, u64 index)
{
	for (u32 i = 0; i < PAGE_SIZE / 8; i += 37)
		CHECK_EQ(((u64 *)page_to_virt(page))[i], index * 1000 + i);
}

/* Pages of the slab's caches: these keep some, in magazines. All pieces are single pages here. */
static u64 slab_pages(void)
{
	u64 count = 0;

	for (u64 i = 0; i < page_count; i++)
		count += (pages[i].flags & PAGE_SLAB) != 0;
	return count;
}

/* All that the caches held is free again. */
static void end(u64 page_total)
{
	page_cache_drop(&cache, 0);
	page_cache_drop(&other, 0);
	for (u32 i = 0; i < 10; i++)
		limbo_pass();
	CHECK_EQ(page_cache_pages(), 0);
	CHECK_EQ(cache.count + other.count, 0);
	CHECK(!cache.index.root && !other.index.root);
	CHECK_EQ(fills_now, 0);
	CHECK_EQ(slab_live_bytes(), 0);
	CHECK_EQ(page_free_count() + slab_pages(), page_total);
}

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

static void fill_cache(struct page_cache *which, u64 count)
{
	struct page *page;

	for (u64 i = 0; i < count; i++) {
		CHECK_EQ(get(which, i, &page), 0);
		page_put(page);
	}
}

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
	TEST_ROW(fills_once),
	TEST_ROW(everybody_waits_for_one_fill),
	TEST_ROW(many_pages_at_once),
	TEST_ROW(error_reaches_all_and_the_next_attempt_works),
	TEST_ROW(number_too_large),
	TEST_ROW(cache_without_a_disk_is_zero),
	TEST_ROW(drop_from_the_middle),
	TEST_ROW(dropped_page_lives_with_its_reference),
	TEST_ROW(drop_while_it_is_filled),
	TEST_ROW(reclaim_makes_room),
	TEST_ROW(reclaim_leaves_what_is_in_use),
	TEST_ROW(used_pages_get_a_second_chance),
	TEST_ROW(mapped_pages_are_reclaimed_through_limbo),
	TEST_ROW(reclaim_lets_go_of_an_empty_cache),
	TEST_ROW(no_memory),
	TEST_ROW(every_allocation_may_fail),
};
TEST_MAIN(tests)
