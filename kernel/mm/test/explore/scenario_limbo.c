/* scenario_limbo.c - a hart that frees a page, against harts that walk the table it was in.
 *
 *     freer                       walker
 *       entry = 0                   entry? read the page
 *       limbo_put(page)             limbo_pass, or limbo_away
 *       limbo_pass ...              entry? read the page
 *
 * Reading the page and its reuse (page_free, here) are plain accesses: the explorer fails if nothing orders them.
 */
#include "kernel/mm/test/explore/scenario_limbo.h"

#include "kernel/hart/hart.h"
#include "kernel/mm/limbo.h"

/* page.h, on the host */
struct page *pages;
u64 page_first, page_count, direct_base;

static struct page page, second, third;
static u64 entry;   /* of the page table; atomic */
static u64 content; /* of the page; plain */
static u32 freed;

void page_free(struct page *freed_page, u32 order)
{
	(void)order;
	if (freed_page == &page)
		content = 0xdead;
	atomic_add_relaxed(&freed, 1u);
}

void page_free_zeroes(struct page *freed_page)
{
	page_free(freed_page, 0);
}

static void setup(void)
{
	hart_count = 2;
	for (u32 i = 0; i < MAX_HARTS; i++)
		harts[i].index = i;
	page.refs = second.refs = 1;
	entry = 1;
	content = 1;
}

static void setup_away(void)
{
	setup();
	harts[1].limbo_seen = UINT64_MAX;
}

static void setup_shared(void)
{
	setup();
	page.refs = 2;
}

/* One of three ripe pages is out; the harts are in the middle of steps. */
static void setup_ripe(void)
{
	setup();
	third.refs = 1;
	harts[0].limbo_seen = harts[1].limbo_seen = UINT64_MAX;
	limbo_put(&third);
	limbo_put(&second);
	limbo_put(&page);
	limbo_reuse(1);
	harts[0].limbo_seen = harts[1].limbo_seen = 0;
}

static void setup_three(void)
{
	setup();
	hart_count = 3;
}

static void walk(void)
{
	if (load_relaxed(&entry) && *(volatile u64 *)&content != 1)
		model_fail("a page was reused while its entry was in use");
}

static void unmap(void)
{
	store_relaxed(&entry, 0);
	limbo_put(&page);
}

static void freer(void)
{
	unmap();
	limbo_pass();
	limbo_pass();
}

static void freer_goes_to_sleep(void)
{
	unmap();
	limbo_pass();
	limbo_away(true);
}

static void walker(void)
{
	walk();
	limbo_pass();
	walk();
	limbo_pass();
}

static void walker_wakes_up(void)
{
	limbo_away(false);
	walk();
	limbo_away(true);
}

static void walker_goes_to_sleep(void)
{
	walk();
	limbo_away(true);
	limbo_away(false);
	walk();
}

static void freer_of_second(void)
{
	limbo_put(&second);
	limbo_pass();
	limbo_pass();
}

/* A second table has the page, too; its owner writes to the page before it gives it up. */
static void freer_of_shared(void)
{
	content = 1;
	limbo_put(&page);
	limbo_pass();
	limbo_pass();
}

/* The page cache has it, too: who finds that nobody else has finds out that it was mapped. */
static void freer_of_cached(void)
{
	limbo_put(&page);
}

static void cache(void)
{
	atomic_or(&page.flags, (u32)PAGE_ACCESSED);
	if (load_acquire(&page.refs) == 1 && !(load_relaxed(&page.flags) & PAGE_UNMAPPED))
		model_fail("a page that was mapped seems not to have been");
}

static void taker(void)
{
	limbo_reuse(1);
}

static void passer(void)
{
	limbo_pass();
	limbo_pass();
}

/* When all of them have passed a few times more, the pages are back. */
static void check_freed(u32 expected)
{
	for (u32 i = 0; i < 4 * hart_count; i++) {
		host_hart = &harts[i % hart_count];
		limbo_pass();
	}
	MODEL_CHECK(freed == expected, "a page is lost");
	MODEL_CHECK(limbo_reused() == expected && limbo_count() == 0, "the counts are wrong");
}

static void comes_back(void)
{
	check_freed(1);
}

static void both_come_back(void)
{
	check_freed(2);
}

static void all_come_back(void)
{
	check_freed(3);
}

static void both_flags_are_set(void)
{
	MODEL_CHECK(page.flags == (PAGE_ACCESSED | PAGE_UNMAPPED), "a flag is lost");
}

static const struct scenario passes = { "limbo", setup, { freer, walker }, comes_back, NULL };
static const struct scenario wakes = { "limbo-wakes-up", setup_away, { freer, walker_wakes_up }, comes_back, NULL };
static const struct scenario sleeps = { "limbo-sleeps", setup, { freer, walker_goes_to_sleep }, comes_back, NULL };
static const struct scenario two = { "limbo-two-freers", setup, { freer, freer_of_second }, both_come_back, NULL };
static const struct scenario shared = { "limbo-shared", setup_shared, { freer, freer_of_shared }, comes_back, NULL };
static const struct scenario cached = {
	"limbo-cached", setup_shared, { freer_of_cached, cache }, both_flags_are_set, NULL
};
static const struct scenario takers = { "limbo-takers", setup_ripe, { taker, taker }, all_come_back, NULL };
static const struct scenario three = {
	"limbo-third-finishes", setup_three, { freer_goes_to_sleep, walker, passer }, comes_back, NULL
};

/* --- planted mistakes --- */

static void walker_holds_on(void)
{
	u64 found = load_relaxed(&entry);

	limbo_pass();
	if (found && *(volatile u64 *)&content != 1)
		model_fail("a page was reused while its entry was in use");
}

static void walker_wakes_up_unfenced(void)
{
	store_relaxed(&hart()->limbo_seen, 0);
	walk();
}

static void freer_in_a_hurry(void)
{
	store_relaxed(&entry, 0);
	page_free(&page, 0);
}

static void nothing(void)
{
}

static const struct scenario holds_on = {
	"limbo-holds-on", setup, { freer, walker_holds_on }, nothing, "a translation is kept across a pass"
};
static const struct scenario unfenced = {
	"limbo-unfenced", setup_away, { freer, walker_wakes_up_unfenced }, nothing, "no fence after waking up"
};
static const struct scenario hurry = {
	"limbo-hurry", setup, { freer_in_a_hurry, walker }, nothing, "the page is freed at once"
};

const struct scenario *const limbo_scenarios[] = {
	&passes, &wakes, &sleeps, &two, &shared, &cached, &takers, &three, &holds_on, &unfenced, &hurry, NULL,
};
