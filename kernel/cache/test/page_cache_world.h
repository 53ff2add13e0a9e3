/* page_cache_world.h - two page caches over a disk that answers later, for the tests of page_cache*.c.
 *
 * The disk's answer is an armed timer, so the clock of the test runs by the disk alone. end() finds every lost page.
 */
#pragma once

#include "kernel/cache/page_cache.h"

#include "kernel/mm/limbo.h"
#include "kernel/cache/page_wait.h"
#include "kernel/mm/slab.h"
#include "kernel/task/task.h"
#include "kernel/task/timer.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { PAGES = 600, LATENCY = 1000, ARENA = 1024 };

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

static void begin(u64 page_total)
{
	host_init(1);
	host_ram_init(0, page_total);
	host_executor_init();
	page_reclaim = page_cache_reclaim;
	page_cache_init(&cache, &disk_ops, false);
	page_cache_init(&other, &disk_ops, false);
}

static inline void check_content(const struct page *page, u64 index)
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

/* Read the first COUNT pages. */
static inline void fill_cache(struct page_cache *which, u64 count)
{
	struct page *page;

	for (u64 i = 0; i < count; i++) {
		CHECK_EQ(get(which, i, &page), 0);
		page_put(page);
	}
}
