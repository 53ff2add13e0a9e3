/* page.c - the page allocator against a bitmap.
 *
 * links: @pages
 */
#include "kernel/mm/page.h"

#include "kernel/hart/hart.h"
#include "kernel/mm/limbo.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

/* An odd first page and an odd number of them: blocks at both ends have no buddy. */
enum { FIRST = 3, PAGES = 5000, HELD = 600 };

static bool used[PAGES];

struct held {
	struct page *page;
	u32 order;
};

static void begin(u32 hart_total)
{
	host_init(hart_total);
	host_ram_init(FIRST, PAGES);
	memset(used, 0, sizeof(used));
}

static void mark(struct page *page, u32 order, bool now_used)
{
	u64 first = (u64)(page - pages);

	CHECK(first + (1ul << order) <= PAGES);
	for (u64 i = first; i < first + (1ul << order); i++) {
		CHECK(used[i] != now_used);
		used[i] = now_used;
	}
}

static u64 model_free(void)
{
	u64 count = 0;

	for (u32 i = 0; i < PAGES; i++)
		count += !used[i];
	return count;
}

static void check_fresh(struct page *page, u32 order)
{
	CHECK_EQ(page->refs, 1);
	CHECK_EQ(page->flags, 0);
	CHECK_EQ((page_to_phys(page) >> PAGE_SHIFT) & ((1ul << order) - 1), 0);
	mark(page, order, true);
}

TEST(all_is_free_at_first)
{
	begin(1);
	CHECK_EQ(page_free_count(), PAGES);
	CHECK_EQ(page_total_count(), PAGES);
	CHECK_EQ(page_count, PAGES);
}

TEST(addresses)
{
	begin(1);
	for (u32 i = 0; i < PAGES; i += 7) {
		struct page *page = &pages[i];

		CHECK(phys_to_page(page_to_phys(page)) == page);
		CHECK(virt_to_page((char *)page_to_virt(page) + 4095) == page);
		CHECK_EQ(virt_to_phys(page_to_virt(page)), page_to_phys(page));
		CHECK_EQ(page_to_phys(page), (0x80000ul + FIRST + i) << PAGE_SHIFT);
	}
}

TEST(random_blocks)
{
	static struct held held[HELD];

	begin(2);
	for (u32 round = 0; round < 40000; round++) {
		struct held *h = &held[test_random_below(HELD)];

		host_be((u32)test_random_below(2));
		if (h->page) {
			mark(h->page, h->order, false);
			page_free(h->page, h->order);
			h->page = NULL;
			continue;
		}
		h->order = test_random_below(3) ? 0 : (u32)test_random_below(PAGE_ORDERS - 2);
		h->page = page_alloc(h->order);
		if (h->page)
			check_fresh(h->page, h->order);
	}
	CHECK_EQ(page_free_count(), model_free());
}

/* Every page, from the pools, too; then all of them come together again to the largest blocks. */
TEST(exhaustion_and_coalescing)
{
	static struct page *all[PAGES];
	u32 count = 0, large = 0;
	struct page *page;

	begin(1);
	while ((page = page_alloc(0))) {
		check_fresh(page, 0);
		all[count++] = page;
	}
	CHECK_EQ(count, PAGES);
	CHECK_EQ(page_free_count(), 0);
	CHECK(!page_alloc(0) && !page_alloc(3));
	for (u32 i = 0; i < PAGES; i++) {
		u32 other = (u32)test_random_below(PAGES);

		page = all[i];
		all[i] = all[other];
		all[other] = page;
	}
	for (u32 i = 0; i < PAGES; i++)
		page_put(all[i]);
	CHECK_EQ(page_free_count(), PAGES);
	while (page_alloc(PAGE_ORDERS - 1))
		large++;
	CHECK_EQ(large, (PAGES - (1024 - FIRST)) / 1024); /* all that lie between the two ends */
}

TEST(too_large)
{
	begin(1);
	CHECK(!page_alloc(PAGE_ORDERS));
	CHECK(!page_alloc(63));
}

TEST(zeroed)
{
	struct page *page;

	begin(1);
	page = page_alloc(0);
	memset(page_to_virt(page), 0x77, PAGE_SIZE);
	page_put(page);
	page = page_alloc_zeroed();
	for (u32 i = 0; i < PAGE_SIZE; i++)
		CHECK_EQ(((char *)page_to_virt(page))[i], 0);
}

TEST(copied)
{
	struct page *a, *b;

	begin(1);
	a = page_alloc(0);
	b = page_alloc(0);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		((u8 *)page_to_virt(a))[i] = (u8)test_random();
	page_copy(page_to_virt(b), page_to_virt(a));
	CHECK(!memcmp(page_to_virt(a), page_to_virt(b), PAGE_SIZE));
}

TEST(references)
{
	struct page *page;

	begin(1);
	page = page_alloc(0);
	page_get(page);
	page_put(page);
	CHECK_EQ(page_free_count(), PAGES - 1);
	page_put(page);
	CHECK_EQ(page_free_count(), PAGES);
}

/* Given back as zeroes, a page may come back as such; when nothing else is left it serves any purpose. */
TEST(zeroes_come_back)
{
	struct page *page, *all[100];

	begin(1);
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		all[i] = page_alloc_zeroed();
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		page_free_zeroes(all[i]);
	CHECK_EQ(page_free_count(), PAGES);
	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		all[i] = page_alloc_zeroed();
		for (u64 at = 0; at < PAGE_SIZE; at++)
			CHECK(!((char *)page_to_virt(all[i]))[at]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		page_free_zeroes(all[i]);
	for (u32 i = 0; i < PAGES; i++) {
		page = page_alloc(0);
		CHECK(page);
	}
	CHECK(!page_alloc(0));
	CHECK_EQ(page_free_count(), 0);
}

/* Of N allocations exactly the chosen one fails. */
TEST(nth_allocation_fails)
{
	begin(1);
	for (u64 nth = 1; nth < 50; nth++) {
		alloc_fail_set(nth);
		for (u64 i = 1; i < 60; i++) {
			struct page *page = page_alloc(i % 3 == 0);

			CHECK_EQ(page != NULL, i != nth);
			if (page)
				page_free(page, i % 3 == 0);
		}
	}
	CHECK_EQ(page_free_count(), PAGES);
}

static struct page *spare[64];
static u32 spare_count, reclaim_calls;

static u64 give_spare(u64 wanted)
{
	u64 given = 0;

	CHECK_EQ(hart()->locks_held, 0);
	reclaim_calls++;
	for (; given < min(wanted, 5ul) && spare_count; given++)
		page_put(spare[--spare_count]);
	return given;
}

TEST(reclaim_is_asked_when_empty)
{
	begin(1);
	while (spare_count < ARRAY_SIZE(spare))
		spare[spare_count++] = page_alloc(0);
	while (page_alloc(0))
		;
	CHECK_EQ(reclaim_calls, 0);
	page_reclaim = give_spare;
	for (u32 i = 0; i < ARRAY_SIZE(spare); i++)
		CHECK(page_alloc(0));
	CHECK(reclaim_calls >= ARRAY_SIZE(spare) / 5);
	CHECK(!page_alloc(0));
}

/* Buddies that lie in the pool still make a block. */
TEST(pool_gives_its_buddies_back)
{
	begin(1);
	while (page_alloc(0))
		;
	page_put(&pages[1]); /* number 4 and its buddy: the first page is number 3 */
	page_put(&pages[2]);
	CHECK(page_alloc(1) == &pages[1]);
}

TEST(holes_stay_reserved)
{
	struct page *page;
	u32 count = 0;
	u64 base;

	host_init(1);
	host_ram_reserve(0, 300);
	base = page_to_phys(pages);
	CHECK(!page_alloc(0));
	page_release_range(base + 1, 10 * PAGE_SIZE);		   /* nine whole pages */
	page_release_range(base + 100 * PAGE_SIZE, PAGE_SIZE - 1); /* none */
	page_release_range(base + 290 * PAGE_SIZE, 1ul << 40);	   /* ten: RAM ends there */
	CHECK_EQ(page_total_count(), 19);
	while ((page = page_alloc(0))) {
		count++;
		CHECK((page > pages && page < pages + 10) || page >= pages + 290);
	}
	CHECK_EQ(count, 19);
}

static void free_twice(void)
{
	struct page *page = page_alloc(0);

	page_free(page, 0);
	page_free(page, 0);
}

static void free_block_twice(void)
{
	struct page *page = page_alloc(2);

	page_free(page, 2);
	page_free(page, 2);
}

static void put_too_often(void)
{
	struct page *page = page_alloc(0);

	page_put(page);
	page_put(page);
}

static void free_reserved(void)
{
	pages[0].flags = PAGE_RESERVED;
	page_free(&pages[0], 0);
}

static void release_twice(void)
{
	page_release_range(page_to_phys(&pages[0]), PAGE_SIZE);
}

TEST(own_mistakes_panic)
{
	begin(1);
	CHECK(host_panics(free_twice, "freed twice"));
	CHECK(host_panics(free_block_twice, "freed twice"));
	CHECK(host_panics(put_too_often, "freed twice"));
	CHECK(host_panics(free_reserved, "freed twice"));
	CHECK(host_panics(release_twice, "released twice"));
}

static const struct test tests[] = {
	TEST_ROW(all_is_free_at_first),
	TEST_ROW(addresses),
	TEST_ROW(random_blocks),
	TEST_ROW(exhaustion_and_coalescing),
	TEST_ROW(too_large),
	TEST_ROW(zeroed),
	TEST_ROW(copied),
	TEST_ROW(references),
	TEST_ROW(zeroes_come_back),
	TEST_ROW(nth_allocation_fails),
	TEST_ROW(reclaim_is_asked_when_empty),
	TEST_ROW(pool_gives_its_buddies_back),
	TEST_ROW(holes_stay_reserved),
	TEST_ROW(own_mistakes_panic),
};
TEST_MAIN(tests)
