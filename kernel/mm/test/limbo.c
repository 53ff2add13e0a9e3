/* limbo.c - a page is not reused before every hart has passed, and is reused soon after.
 *
 * links: @pages
 */
#include "kernel/mm/limbo.h"

#include "kernel/hart/hart.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

#include <pthread.h>

enum { PAGES = 2000 };

static void begin(u32 hart_total)
{
	host_init(hart_total);
	host_ram_init(0, PAGES);
}

static void pass(u32 index)
{
	host_be(index);
	limbo_pass();
}

static void put_some(u32 count)
{
	for (u32 i = 0; i < count; i++)
		limbo_put(page_alloc(0));
}

static u64 all_pages(void)
{
	return page_free_count() + limbo_count();
}

TEST(one_hart_reuses_at_its_next_pass)
{
	begin(1);
	put_some(10);
	CHECK_EQ(limbo_count(), 10);
	CHECK_EQ(page_free_count(), PAGES - 10);
	CHECK_EQ(limbo_reuse(100), 0); /* in the middle of its step */
	limbo_pass();
	CHECK_EQ(limbo_count(), 0);
	CHECK_EQ(page_free_count(), PAGES);
	CHECK_EQ(limbo_reused(), 10);
}

TEST(each_hart_must_pass)
{
	begin(3);
	put_some(5);
	pass(0);
	pass(1);
	pass(1);
	pass(0);
	CHECK_EQ(limbo_count(), 5);
	pass(2);
	CHECK_EQ(limbo_count(), 0);
	CHECK_EQ(page_free_count(), PAGES);
}

/* Passing before the page was freed does not count. */
TEST(earlier_pass_is_worth_nothing)
{
	begin(2);
	pass(1);
	pass(1);
	host_be(0);
	put_some(1);
	pass(0);
	pass(0);
	CHECK_EQ(limbo_count(), 1);
	pass(1);
	CHECK_EQ(limbo_count(), 0);
}

TEST(sleeping_hart_has_passed)
{
	begin(2);
	host_be(1);
	limbo_away(true);
	host_be(0);
	put_some(3);
	pass(0);
	CHECK_EQ(limbo_count(), 0);
	host_be(1);
	limbo_away(false);
	host_be(0);
	put_some(3);
	pass(0);
	pass(0);
	CHECK_EQ(limbo_count(), 3);
	pass(1);
	CHECK_EQ(limbo_count(), 0);
}

/* A second batch waits for the first. */
TEST(batches_follow_each_other)
{
	begin(2);
	put_some(3);
	pass(0);
	put_some(4);
	pass(0);
	CHECK_EQ(limbo_count(), 7);
	pass(1);
	CHECK_EQ(limbo_count(), 4);
	pass(1); /* begins and has passed the next epoch */
	CHECK_EQ(limbo_count(), 4);
	pass(0);
	CHECK_EQ(limbo_count(), 0);
}

/* Its freer may sleep; the others finish the work. */
TEST(anybody_finishes)
{
	begin(2);
	put_some(50);
	pass(0);
	limbo_away(true);
	pass(1);
	CHECK_EQ(limbo_count(), 0);
}

TEST(many_pages_come_back_in_pieces)
{
	u64 before = 1500;
	u32 passes = 0;

	begin(1);
	put_some(1500);
	while (limbo_count()) {
		limbo_pass();
		CHECK(before - limbo_count() <= 200);
		before = limbo_count();
		passes++;
	}
	CHECK(passes > 5);
	CHECK_EQ(page_free_count(), PAGES);
}

/* page_alloc without memory takes what is ripe. */
TEST(reuse_in_a_step)
{
	u64 left;

	begin(1);
	put_some(1500);
	limbo_pass();
	CHECK(limbo_count() > 0);
	CHECK_EQ(limbo_reuse(7), 7);
	left = limbo_count();
	CHECK_EQ(limbo_reuse(10000), left);
	CHECK_EQ(page_free_count(), PAGES);
}

static struct page *shared;

/* While another reference is left the page stays; the last page_put of a page that was mapped goes to limbo. */
TEST(shared_page)
{
	begin(2);
	shared = page_alloc(0);
	page_get(shared);
	limbo_put(shared);
	CHECK_EQ(limbo_count(), 0);
	page_put(shared);
	CHECK_EQ(limbo_count(), 1);
	CHECK_EQ(page_free_count(), PAGES - 1);
	pass(0);
	pass(1);
	CHECK_EQ(page_free_count(), PAGES);
	CHECK_EQ(page_alloc(0)->flags, 0);
}

static void put_free_page(void)
{
	limbo_put(shared);
}

TEST(reference_too_many_panics)
{
	begin(1);
	shared = page_alloc(0);
	page_free(shared, 0);
	CHECK(host_panics(put_free_page, "assertion"));
}

/* --- harts as threads: a table of entries that all of them read, and one clears --- */

enum { HARTS = 4, ENTRIES = 64, ROUNDS = 60000 };
static u64 entries[ENTRIES]; /* atomic: a page, or NULL */
static u32 writers_done;

static u64 *words_of(struct page *page)
{
	return page_to_virt(page);
}

/* One step: look an entry up, and read its page twice; it must still be the same page. */
static void read_step(u32 *state)
{
	u32 index = (*state = *state * 1664525 + 1013904223) >> 26;
	struct page *page = (struct page *)load_acquire(&entries[index % ENTRIES]);

	if (!page)
		return;
	CHECK_EQ(load_relaxed(&words_of(page)[0]), index % ENTRIES + 1);
	for (u32 i = 0; i < 50; i++)
		cpu_relax();
	CHECK_EQ(load_relaxed(&words_of(page)[1]), index % ENTRIES + 1);
}

static void write_step(u32 *state)
{
	u32 index = (*state = *state * 1664525 + 1013904223) >> 26;
	struct page *fresh = page_alloc(0), *old;

	index %= ENTRIES;
	if (fresh) {
		store_relaxed(&words_of(fresh)[0], index + 1ul);
		store_relaxed(&words_of(fresh)[1], index + 1ul);
	}
	old = (struct page *)atomic_exchange(&entries[index], (u64)fresh);
	if (old)
		limbo_put(old);
}

static void *play_hart(void *argument)
{
	u32 index = (u32)(u64)argument, state = index * 7777 + (u32)test_seed();

	host_be(index);
	for (u32 i = 0; i < ROUNDS; i++) {
		read_step(&state);
		if (index < 2)
			write_step(&state);
		limbo_pass();
		if (i % 64 == index) {
			limbo_away(true);
			limbo_away(false);
		}
	}
	atomic_add(&writers_done, 1u);
	limbo_away(true);
	return NULL;
}

TEST(threads_never_see_a_reused_page)
{
	pthread_t threads[HARTS];

	begin(HARTS);
	for (u64 i = 0; i < HARTS; i++)
		CHECK(!pthread_create(&threads[i], NULL, play_hart, (void *)i));
	for (u32 i = 0; i < HARTS; i++)
		pthread_join(threads[i], NULL);
	for (u32 i = 0; i < HARTS; i++) { /* what lies in their open batches */
		host_be(i);
		limbo_away(false);
	}
	for (u32 i = 0; i < 8 * HARTS; i++)
		pass(i % HARTS);
	for (u32 i = 0; i < ENTRIES; i++)
		if (entries[i])
			page_put((struct page *)entries[i]);
	CHECK_EQ(all_pages(), PAGES);
	CHECK_EQ(limbo_count(), 0);
}

static const struct test tests[] = {
	TEST_ROW(one_hart_reuses_at_its_next_pass),
	TEST_ROW(each_hart_must_pass),
	TEST_ROW(earlier_pass_is_worth_nothing),
	TEST_ROW(sleeping_hart_has_passed),
	TEST_ROW(batches_follow_each_other),
	TEST_ROW(anybody_finishes),
	TEST_ROW(many_pages_come_back_in_pieces),
	TEST_ROW(reuse_in_a_step),
	TEST_ROW(shared_page),
	TEST_ROW(reference_too_many_panics),
	TEST_ROW(threads_never_see_a_reused_page),
};
TEST_MAIN(tests)
