/* page_index.c - the tree of page numbers against a sorted array, and insertions that run out of memory.
 *
 * links: @slabs kernel/cache/page_index.c
 */
#include "kernel/cache/page_index.h"

#include "kernel/mm/slab.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { HELD = 300 };

/* Slot i of the model holds &page_of[i] under number[i]. */
static struct page page_of[HELD];
static u64 number_of[HELD];
static bool is_in[HELD];
static struct page_index tree;

static void begin(void)
{
	host_init(1);
	host_ram_init(0, 4000);
	tree = (struct page_index){ NULL, 0 };
	memset(is_in, 0, sizeof(is_in));
}

static void check_nodes(void)
{
	struct slab_cache *cache = slab_caches();

	CHECK(tree.root || !tree.shift);
	if (!tree.root && cache)
		CHECK_EQ(slab_live(cache), 0);
}

/* Numbers of very different sizes, often neighbours. */
static u64 random_number(void)
{
	u64 number = test_random() >> (10 + test_random_below(54));

	return test_random_below(2) ? number : number % 200;
}

static bool is_taken(u64 number)
{
	for (u32 i = 0; i < HELD; i++)
		if (is_in[i] && number_of[i] == number)
			return true;
	return false;
}

static u64 first_from(u64 number)
{
	u64 best = UINT64_MAX;

	for (u32 i = 0; i < HELD; i++)
		if (is_in[i] && number_of[i] >= number)
			best = min(best, number_of[i]);
	return best;
}

static void check_walk(u64 from)
{
	u64 number = from, model = first_from(from);
	struct page *page;

	for (; (page = page_index_next(&tree, &number)); number++, model = first_from(number)) {
		CHECK_EQ(number, model);
		CHECK_EQ(number_of[page - page_of], number);
	}
	CHECK_EQ(model, UINT64_MAX);
}

static void change(u32 i)
{
	if (is_in[i]) {
		page_index_remove(&tree, number_of[i]);
		is_in[i] = false;
		return;
	}
	do
		number_of[i] = random_number();
	while (is_taken(number_of[i]));
	CHECK(!page_index_find(&tree, number_of[i]));
	CHECK_EQ(page_index_insert(&tree, number_of[i], &page_of[i]), 0);
	is_in[i] = true;
}

TEST(random_operations)
{
	begin();
	for (u32 round = 0; round < 3000; round++) {
		change((u32)test_random_below(HELD));
		for (u32 i = 0; i < HELD; i++)
			if (is_in[i])
				CHECK(page_index_find(&tree, number_of[i]) == &page_of[i]);
		if (round % 16 == 0)
			check_walk(random_number());
	}
	check_walk(0);
	for (u32 i = 0; i < HELD; i++)
		if (is_in[i])
			change(i);
	check_nodes();
	CHECK(!tree.root);
}

TEST(one_page_needs_no_node)
{
	begin();
	CHECK_EQ(page_index_insert(&tree, 0, &page_of[0]), 0);
	CHECK(page_index_find(&tree, 0) == &page_of[0]);
	CHECK(!page_index_find(&tree, 1) && !page_index_find(&tree, UINT64_MAX));
	CHECK_EQ(slab_live_bytes(), 0);
	page_index_remove(&tree, 5);
	page_index_remove(&tree, 0);
	CHECK(!tree.root);
}

TEST(largest_number)
{
	begin();
	CHECK_EQ(page_index_insert(&tree, INDEX_END - 1, &page_of[1]), 0);
	CHECK_EQ(page_index_insert(&tree, 0, &page_of[0]), 0);
	CHECK(page_index_find(&tree, INDEX_END - 1) == &page_of[1]);
	CHECK(!page_index_find(&tree, INDEX_END) && !page_index_find(&tree, UINT64_MAX));
	page_index_remove(&tree, UINT64_MAX);
	page_index_remove(&tree, INDEX_END - 1);
	CHECK(page_index_find(&tree, 0) == &page_of[0]);
	page_index_remove(&tree, 0);
	check_nodes();
}

/* Let the NTH allocation of inserting SECOND beside FIRST fail: the tree holds what it held, and no empty node. True:
 * all went well. */
static bool insert_failing(u64 first, u64 second, u64 nth)
{
	int err;

	CHECK_EQ(page_index_insert(&tree, first, &page_of[0]), 0);
	alloc_fail_set(nth);
	err = page_index_insert(&tree, second, &page_of[1]);
	alloc_fail_set(0);
	CHECK(page_index_find(&tree, first) == &page_of[0]);
	CHECK(page_index_find(&tree, second) == (err ? NULL : &page_of[1]));
	if (!err)
		page_index_remove(&tree, second);
	page_index_remove(&tree, first);
	CHECK(!tree.root && !tree.shift);
	CHECK_EQ(slab_live_bytes(), 0);
	return !err;
}

TEST(failing_insertions)
{
	static const u64 numbers[] = { 0, 1, 64, 5000, 300000, 1ul << 40 };
	u64 nth;

	begin();
	for (u32 first = 0; first < ARRAY_SIZE(numbers); first++)
		for (u32 second = 0; second < ARRAY_SIZE(numbers); second++)
			for (nth = 1; first != second && !insert_failing(numbers[first], numbers[second], nth);)
				nth++;
}

static const struct test tests[] = {
	TEST_ROW(random_operations),
	TEST_ROW(one_page_needs_no_node),
	TEST_ROW(largest_number),
	TEST_ROW(failing_insertions),
};
TEST_MAIN(tests)
