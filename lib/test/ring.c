/* ring.c - index arithmetic across the wrap, and against a peer that lies.
 * variants: plain
 */
#include "lib/ring.h"

#include "lib/test/check.h"

static const u32 starts[] = { 0, 1, 1000, UINT32_MAX - 7, UINT32_MAX - 1, UINT32_MAX };

TEST(counts_across_the_wrap)
{
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		for (u32 n = 0; n <= 8; n++) {
			u32 head = starts[i], tail = head + n;

			CHECK_EQ(ring_count(head, tail), n);
			CHECK_EQ(ring_room(head, tail, 8), 8 - n);
			CHECK_EQ(ring_clamp(head, tail, 8), n);
		}
}

TEST(slots_follow_each_other)
{
	u32 slot = ring_slot(UINT32_MAX - 20, 7);

	for (u32 index = UINT32_MAX - 20; index != 20; index++) {
		CHECK_EQ(ring_slot(index, 7), slot);
		slot = (slot + 1) % 8;
	}
}

TEST(liar_makes_the_ring_full)
{
	CHECK_EQ(ring_clamp(5, 4, 8), 8); /* a head before the tail */
	CHECK_EQ(ring_clamp(0, 9, 8), 8); /* more than fit in */
	CHECK_EQ(ring_clamp(0, UINT32_MAX, 8), 8);
	for (u32 i = 0; i < 1000; i++)
		CHECK(ring_clamp((u32)test_random(), (u32)test_random(), 8) <= 8);
}

TEST(sixteen_bits)
{
	CHECK_EQ(ring_count16(65535, 3), 4);
	CHECK_EQ(ring_count16(7, 7), 0);
	CHECK_EQ(ring_count16(8, 7), 65535);
}

TEST(sizes)
{
	CHECK(ring_is_size(1) && ring_is_size(2) && ring_is_size(1u << 31));
	CHECK(!ring_is_size(0) && !ring_is_size(3) && !ring_is_size(UINT32_MAX));
}

/* A producer and a consumer with a model between them. */
TEST(carries_values)
{
	u32 ring[16], head = UINT32_MAX - 100, tail = head, put = 0, taken = 0;

	for (u32 i = 0; i < 10000; i++) {
		if (test_random_below(2) && ring_room(head, tail, 16))
			ring[ring_slot(tail++, 15)] = put++;
		else if (ring_count(head, tail))
			CHECK_EQ(ring[ring_slot(head++, 15)], taken++);
		CHECK_EQ(ring_count(head, tail), put - taken);
	}
}

static const struct test tests[] = {
	TEST_ROW(counts_across_the_wrap),
	TEST_ROW(slots_follow_each_other),
	TEST_ROW(liar_makes_the_ring_full),
	TEST_ROW(sixteen_bits),
	TEST_ROW(sizes),
	TEST_ROW(carries_values),
};
TEST_MAIN(tests)
