/* byte_ring.c - the serial line's rings against a plain queue.
 * variants: plain
 */
#include "kernel/dev/byte_ring.h"

#include "lib/test/check.h"

enum { SIZE = 16, STEPS = 200000 };

static u8 bytes[SIZE];

TEST(what_goes_in_comes_out_in_order)
{
	struct byte_ring ring = BYTE_RING(bytes);
	u8 next_in = 0, next_out = 0;
	u32 count = 0, full = 0;

	ring.head = ring.tail = UINT32_MAX - 1000; /* the indices wrap on the way */
	for (u32 i = 0; i < STEPS; i++) {
		CHECK_EQ(byte_ring_count(&ring), count);
		CHECK_EQ(byte_ring_room(&ring), SIZE - count);
		if (test_random_below(2)) {
			CHECK_EQ(byte_ring_put(&ring, next_in), count < SIZE);
			full += count == SIZE;
			next_in = (u8)(next_in + (count < SIZE));
			count += count < SIZE;
		} else if (count) {
			CHECK_EQ(byte_ring_get(&ring), next_out++);
			count--;
		}
	}
	CHECK(full > 0);
}

static const struct test tests[] = { TEST_ROW(what_goes_in_comes_out_in_order) };
TEST_MAIN(tests)
