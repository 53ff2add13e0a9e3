/* index.c - pending operations by user data, against a model; how far one call walks.
 *
 * links: @slabs kernel/ring/index.c kernel/mm/kalloc.c
 * variants: plain
 */
#include "kernel/ring/index.h"

#include "kernel/dev/random.h"
#include "kernel/mm/page.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { ENTRIES = 20000, KEYS = 500 };

static struct ring_index index_;
static struct index_entry entries[ENTRIES];
static bool in[ENTRIES];
static u64 born[ENTRIES], births;

void random_bytes(void *to, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((u8 *)to)[i] = (u8)test_random();
}

static void begin(void)
{
	host_init(1);
	host_ram_init(0, 256);
	index_init(&index_);
}

static void put(u32 i, u64 user_data)
{
	entries[i].user_data = user_data;
	index_insert(&index_, &entries[i]);
	in[i] = true;
	born[i] = births++;
}

static void take(u32 i)
{
	index_remove(&index_, &entries[i]);
	in[i] = false;
}

/* The longest chain: what one call may have to walk. */
static u32 longest(void)
{
	u32 most = 0, length;

	for (u32 i = 0; i < index_.size; i++) {
		struct index_entry *entry = index_.pages[i / INDEX_PAGE][i % INDEX_PAGE];

		for (length = 0; entry; entry = entry->next)
			length++;
		most = max(most, length);
	}
	return most;
}

TEST(finds_what_was_put_in)
{
	begin();
	for (u32 i = 0; i < ENTRIES; i++)
		put(i, (u64)i << (i % 3 * 16));
	for (u32 i = 0; i < ENTRIES; i++)
		CHECK_EQ(index_find(&index_, entries[i].user_data)->user_data, entries[i].user_data);
	CHECK(!index_find(&index_, UINT64_MAX));
	for (u32 i = 0; i < ENTRIES; i++)
		take(i);
	CHECK(!index_find(&index_, 0));
	CHECK_EQ(index_.count, 0);
}

TEST(grows_so_that_chains_stay_short)
{
	begin();
	for (u32 i = 0; i < ENTRIES; i++) {
		put(i, i * 64ul + 0xffff000000000000ul); /* addresses of a program's objects */
		CHECK(index_.size * 2 >= index_.count);
	}
	CHECK(longest() < 24);
}

TEST(equal_ones_leave_in_the_order_of_age)
{
	begin();
	for (u32 i = 0; i < ENTRIES; i++)
		put(i, i % 2);
	/* nobody walks along equal ones, neither finding nor growing; the two may share a bucket */
	CHECK_EQ(index_.count, 2);
	CHECK(longest() <= 2);
	take(5);
	for (u32 i = 1; i < ENTRIES; i += 2) {
		if (i == 5)
			continue;
		CHECK(index_find(&index_, 1) == &entries[i]);
		take(i);
	}
	CHECK(!index_find(&index_, 1));
	CHECK(index_find(&index_, 0) == &entries[0]);
}

/* The oldest with that user data by the model; ENTRIES: none. */
static u32 oldest(u64 user_data)
{
	u32 found = ENTRIES;

	for (u32 i = 0; i < KEYS; i++)
		if (in[i] && entries[i].user_data == user_data && (found == ENTRIES || born[i] < born[found]))
			found = i;
	return found;
}

TEST(random_putting_and_taking)
{
	begin();
	for (u32 round = 0; round < 30000; round++) {
		u32 i = (u32)test_random_below(KEYS), found;
		u64 user_data = test_random_below(KEYS / 3);

		if (in[i])
			take(i);
		else
			put(i, test_random_below(KEYS / 3));
		found = oldest(user_data);
		CHECK(index_find(&index_, user_data) == (found < ENTRIES ? &entries[found] : NULL));
		if (round % 4)
			continue;
		CHECK(index_take(&index_, user_data) == (found < ENTRIES ? &entries[found] : NULL));
		if (found < ENTRIES)
			in[found] = false;
	}
}

TEST(a_sweep_meets_everybody_while_the_table_grows)
{
	u32 bucket = 0, met = 0, more = ENTRIES / 2;
	struct index_entry *entry;

	begin();
	for (u32 i = 0; i < ENTRIES / 2; i++)
		put(i, i / 2);
	while (bucket < index_.size) {
		entry = index_sweep(&index_, &bucket);
		if (more < ENTRIES)
			put(more, more), more++;
		if (!entry)
			continue;
		met += entry - entries < ENTRIES / 2;
		take((u32)(entry - entries));
	}
	CHECK_EQ(met, ENTRIES / 2);
}

TEST(without_memory_it_still_works)
{
	struct list pages = LIST_INIT(pages);
	struct page *page;

	begin();
	while ((page = page_alloc(0)))
		list_push_back(&pages, &page->link);
	for (u32 i = 0; i < 200; i++)
		put(i, i);
	CHECK_EQ(index_.size, INDEX_FIRST);
	/* one: not enough for a table and a page */
	page_free(list_entry(list_pop_front(&pages), struct page, link), 0);
	put(200, 200);
	for (u32 i = 0; i <= 200; i++)
		CHECK(index_find(&index_, i) == &entries[i]);
	page_free(list_entry(list_pop_front(&pages), struct page, link), 0);
	for (u32 i = 201; i < 2000; i++)
		put(i, i);
	CHECK_EQ(index_.size, INDEX_PAGE); /* it would like to have more */
	for (u32 i = 0; i < 2000; i++)
		take(i);
	index_free(&index_);
}

/* Programs number their requests. */
TEST(scatters_numbers_in_a_row_whatever_the_multiplier)
{
	begin();
	for (u32 round = 0; round < 300; round++) {
		index_ = (struct ring_index){ 0 };
		index_init(&index_);
		index_.multiplier = test_random() | 1;
		for (u32 i = 0; i < 4000; i++)
			put(i, i);
		CHECK(longest() <= 32);
		index_free(&index_);
	}
}

static const struct test tests[] = {
	TEST_ROW(finds_what_was_put_in),
	TEST_ROW(grows_so_that_chains_stay_short),
	TEST_ROW(scatters_numbers_in_a_row_whatever_the_multiplier),
	TEST_ROW(equal_ones_leave_in_the_order_of_age),
	TEST_ROW(random_putting_and_taking),
	TEST_ROW(a_sweep_meets_everybody_while_the_table_grows),
	TEST_ROW(without_memory_it_still_works),
};

TEST_MAIN(tests)
