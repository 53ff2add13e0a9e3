/* slab.c - objects of many sizes on several harts, and what test builds find out.
 *
 * links: @slabs kernel/mm/kalloc.c
 */
#include "kernel/mm/slab.h"

#include "kernel/mm/page.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { PAGES = 4096, HELD = 500, HARTS = 3 };

static struct slab_cache tiny = SLAB_CACHE(tiny, "tiny", 1);
static struct slab_cache odd = SLAB_CACHE(odd, "odd", 136);
static struct slab_cache large = SLAB_CACHE(large, "large", 3000);
static struct slab_cache *const test_caches[] = { &tiny, &odd, &large };

struct held {
	u8 *object, mark;
	struct slab_cache *cache;
};

static void begin(void)
{
	host_init(HARTS);
	host_ram_init(0, PAGES);
}

/* Bytes in use over all caches, as the caches themselves count. */
static u64 live_bytes(void)
{
	u64 bytes = 0;

	for (u32 i = 0; i < ARRAY_SIZE(test_caches); i++)
		bytes += slab_live(test_caches[i]) * test_caches[i]->bytes;
	return bytes;
}

TEST(sizes_are_rounded)
{
	CHECK_EQ(tiny.bytes, 16);
	CHECK_EQ(odd.bytes, 144);
	CHECK_EQ(large.bytes, 3008);
}

static void hold(struct held *held)
{
	held->cache = test_caches[test_random_below(3)];
	held->object = slab_alloc(held->cache);
	CHECK(held->object);
	CHECK_EQ((u64)held->object % 16, 0);
	held->mark = (u8)test_random();
	memset(held->object, held->mark, held->cache->bytes);
}

static void drop(struct held *held)
{
	for (u32 i = 0; i < held->cache->bytes; i++)
		CHECK_EQ(held->object[i], held->mark);
	slab_free(held->cache, held->object);
	held->object = NULL;
}

/* Nobody's bytes are changed by anybody else, on whatever hart objects come and go. */
TEST(random_objects)
{
	static struct held held[HELD];
	u64 bytes;

	begin();
	for (u32 round = 0; round < 30000; round++) {
		struct held *h = &held[test_random_below(HELD)];

		host_be((u32)test_random_below(HARTS));
		if (h->object)
			drop(h);
		else
			hold(h);
	}
	bytes = 0;
	for (u32 i = 0; i < HELD; i++)
		bytes += held[i].object ? held[i].cache->bytes : 0;
	CHECK_EQ(live_bytes(), bytes);
	CHECK_EQ(slab_live_bytes(), bytes);
	for (u32 i = 0; i < HELD; i++)
		if (held[i].object)
			drop(&held[i]);
	CHECK_EQ(slab_live_bytes(), 0);
}

/* What is left over lies in magazines: at most a few objects for each hart and cache. */
TEST(pages_go_back)
{
	static void *objects[5000];

	begin();
	for (u32 i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i] = slab_alloc(&odd);
	CHECK(page_free_count() < PAGES - 100);
	for (u32 i = 0; i < ARRAY_SIZE(objects); i++)
		slab_free(&odd, objects[i]);
	CHECK_EQ(slab_live(&odd), 0);
	CHECK(page_free_count() > PAGES - 40);
}

TEST(objects_wander_between_harts)
{
	begin();
	for (u32 i = 0; i < 20000; i++) {
		void *object;

		host_be(0);
		object = slab_alloc(&odd);
		host_be(1);
		slab_free(&odd, object);
	}
	CHECK_EQ(slab_live(&odd), 0);
	CHECK(page_free_count() > PAGES - 10);
}

TEST(exhaustion)
{
	void *last = NULL, *object;
	u64 count = 0;

	begin();
	while ((object = slab_alloc(&large))) {
		*(void **)object = last;
		last = object;
		count++;
	}
	CHECK(count >= PAGES / 4 * 5 - 20); /* pieces of 16 KiB hold five */
	CHECK_EQ(slab_live(&large), count);
	while ((object = last)) {
		last = *(void **)object;
		slab_free(&large, object);
	}
	CHECK_EQ(slab_live(&large), 0);
}

TEST(zeroed)
{
	begin();
	for (u32 i = 0; i < 100; i++) {
		u8 *object = slab_alloc(&odd);

		memset(object, 0xff, odd.bytes);
		slab_free(&odd, object);
		object = slab_zalloc(&odd);
		for (u32 j = 0; j < odd.bytes; j++)
			CHECK_EQ(object[j], 0);
		slab_free(&odd, object);
	}
}

TEST(nth_allocation_fails)
{
	begin();
	slab_free(&tiny, slab_alloc(&tiny));
	for (u64 nth = 1; nth < 10; nth++) {
		alloc_fail_set(nth);
		for (u64 i = 1; i < 15; i++)
			CHECK_EQ(slab_alloc(&tiny) != NULL, i != nth);
	}
}

/* The page that a cache needs counts as an allocation, too. */
TEST(page_of_a_cache_fails)
{
	begin();
	alloc_fail_set(2);
	CHECK(!slab_alloc(&large));
	CHECK(slab_alloc(&large));
	CHECK_EQ(slab_live(&large), 1);
}

TEST(caches_are_listed)
{
	u32 seen = 0;

	begin();
	slab_free(&odd, slab_alloc(&odd));
	slab_free(&large, slab_alloc(&large));
	for (struct slab_cache *cache = slab_caches(); cache; cache = cache->next)
		seen += cache == &odd || cache == &large;
	CHECK_EQ(seen, 2);
}

TEST(kalloc_sizes)
{
	begin();
	for (size_t bytes = 1; bytes <= 2048; bytes++) {
		u8 *a = kalloc(bytes), *b = kzalloc(bytes);

		memset(a, 1, bytes);
		for (size_t i = 0; i < bytes; i++)
			CHECK_EQ(b[i], 0);
		kfree(a, bytes);
		kfree(b, bytes);
	}
	CHECK(!kalloc(2049) && !kzalloc(1ul << 40));
	kfree(NULL, 10);
	CHECK_EQ(slab_live_bytes(), 0);
}

static void free_elsewhere(void)
{
	void *object = slab_alloc(&odd);

	host_be(1);
	for (u32 i = 0; i < 100; i++)
		slab_free(&large, object);
}

TEST(wrong_cache_panics)
{
	begin();
	CHECK(host_panics(free_elsewhere, "large"));
}

#ifdef CO_TORTURE
static void free_twice(void)
{
	void *object = slab_alloc(&odd);

	slab_free(&odd, object);
	slab_free(&odd, object);
}

static void write_after_free(void)
{
	u8 *object = slab_alloc(&odd);

	slab_free(&odd, object);
	object[100]++;
	slab_alloc(&odd);
}

TEST(test_builds_find_misuse)
{
	begin();
	CHECK(host_panics(free_twice, "freed twice"));
	CHECK(host_panics(write_after_free, "while it was free"));
}

TEST(fresh_objects_are_poisoned)
{
	u8 *object;

	begin();
	object = slab_alloc(&odd);
	for (u32 i = 0; i < odd.bytes; i++)
		CHECK_EQ(object[i], 0xa5);
}
#endif

static const struct test tests[] = {
	TEST_ROW(sizes_are_rounded),
	TEST_ROW(random_objects),
	TEST_ROW(pages_go_back),
	TEST_ROW(objects_wander_between_harts),
	TEST_ROW(exhaustion),
	TEST_ROW(zeroed),
	TEST_ROW(nth_allocation_fails),
	TEST_ROW(page_of_a_cache_fails),
	TEST_ROW(caches_are_listed),
	TEST_ROW(kalloc_sizes),
	TEST_ROW(wrong_cache_panics),
#ifdef CO_TORTURE
	TEST_ROW(test_builds_find_misuse),
	TEST_ROW(fresh_objects_are_poisoned),
#endif
};
TEST_MAIN(tests)
