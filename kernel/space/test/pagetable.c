/* pagetable.c - walks over a page table against a sorted list of what is in it.
 *
 * links: @pages kernel/space/pagetable.c
 */
#include "kernel/space/pagetable.h"

#include "kernel/mm/kmap.h"
#include "kernel/mm/limbo.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

#include <string.h>

enum { PAGES = 6000, ENTRIES_MAX = 400, OPERATIONS = 6000 };

static struct space space;
static u64 present[ENTRIES_MAX]; /* addresses, ascending */
static u32 present_count;

void tlb_flush(struct space *flushed, u64 first, u64 last)
{
	(void)flushed, (void)first, (void)last;
}

/* The kernel's half is not to be looked at. */
void kmap_enter(u64 *root)
{
	memset(root + PT_ENTRIES / 2, 0xff, PAGE_SIZE / 2);
}

void kmap_leave(u64 *root)
{
	memset(root + PT_ENTRIES / 2, 0, PAGE_SIZE / 2);
}

static void begin(void)
{
	host_init(1);
	host_ram_init(0, PAGES);
	space = (struct space){ .root = pt_root_new() };
	CHECK(space.root);
	present_count = 0;
}

/* No table page and no mapped page is left. */
static void end(void)
{
	pt_free_tables(&space);
	pt_free_root(space.root);
	limbo_pass();
	limbo_pass();
	CHECK_EQ(page_free_count() + limbo_count(), PAGES);
	CHECK_EQ(space.pages, 0);
}

/* Addresses that lie together, at the borders of tables, and anywhere. */
static u64 random_address(void)
{
	static const u64 places[] = { 0,	  0x10000,    0x1ff000,	    0x200000,
				      0x3fffe000, 0x40000000, USER_MAX / 2, USER_MAX - 0x40000 };
	u64 address = test_random_below(8)
			      ? places[test_random_below(ARRAY_SIZE(places))] + test_random_below(64) * PAGE_SIZE
			      : test_random_below(USER_MAX);

	return ALIGN_DOWN(address, PAGE_SIZE);
}

/* The number of the first address that is not below ADDRESS. */
static u32 rank_of(u64 address)
{
	u32 rank = 0;

	while (rank < present_count && present[rank] < address)
		rank++;
	return rank;
}

static void add(u64 address)
{
	u32 rank = rank_of(address);
	struct page *page;

	if (present_count == ENTRIES_MAX || (rank < present_count && present[rank] == address))
		return;
	page = page_alloc(0);
	CHECK(page);
	*pt_leaf_make(&space, address) = pte_make(page_to_phys(page),
						  test_random_below(2) ? PTE_V | PTE_R : PTE_HIDDEN);
	space.pages++;
	memmove(&present[rank + 1], &present[rank], (present_count - rank) * sizeof(u64));
	present[rank] = address;
	present_count++;
}

static void check_walk(u64 from, u64 to)
{
	struct pt_walk walk = { .space = &space, .address = from, .end = to };
	u64 *entry;

	for (u32 rank = rank_of(from); (entry = pt_walk_next(&walk)); rank++, walk.address += PAGE_SIZE) {
		CHECK(rank < present_count);
		CHECK_EQ(walk.address, present[rank]);
		CHECK(entry == pt_leaf(&space, walk.address));
	}
	CHECK_EQ(walk.address, to);
	CHECK(rank_of(to) == present_count || present[rank_of(to)] >= to);
}

static void take_out(u64 from, u64 to)
{
	struct pt_walk walk = { .space = &space, .address = from, .end = to };
	struct pt_gather gather = { .space = &space };
	u32 first = rank_of(from), after = rank_of(to);
	u64 *entry;

	while ((entry = pt_walk_next(&walk))) {
		pt_gather_add(&gather, entry, walk.address);
		walk.address += PAGE_SIZE;
		if (gather.count == PT_GATHER)
			pt_gather_flush(&gather);
	}
	pt_gather_flush(&gather);
	memmove(&present[first], &present[after], (present_count - after) * sizeof(u64));
	present_count -= after - first;
	CHECK_EQ(space.pages, present_count);
}

TEST(walks_find_what_is_there)
{
	u64 from, to;

	begin();
	for (u32 i = 0; i < OPERATIONS; i++) {
		from = random_address();
		to = test_random_below(4) ? min(from + test_random_below(100) * PAGE_SIZE, (u64)USER_MAX)
					  : max(from, random_address());
		if (test_random_below(4))
			add(from);
		else if (test_random_below(2))
			check_walk(from, to);
		else
			take_out(from, to);
		limbo_pass();
	}
	check_walk(0, USER_MAX);
	take_out(0, USER_MAX);
	end();
}

TEST(an_empty_space_has_no_tables)
{
	begin();
	check_walk(0, USER_MAX);
	check_walk(USER_MAX - PAGE_SIZE, USER_MAX);
	CHECK_EQ(space.tables, 0);
	end();
}

TEST(a_full_table_is_walked_to_its_end)
{
	begin();
	for (u64 at = 0x1f0000; at < 0x410000; at += 2 * PAGE_SIZE)
		add(at);
	check_walk(0, USER_MAX);
	check_walk(0x200000, 0x400000);
	take_out(0x1ff000, 0x401000);
	check_walk(0, USER_MAX);
	take_out(0, USER_MAX);
	end();
}

static const struct test tests[] = {
	TEST_ROW(walks_find_what_is_there),
	TEST_ROW(an_empty_space_has_no_tables),
	TEST_ROW(a_full_table_is_walked_to_its_end),
};
TEST_MAIN(tests)
