/* random.c - the generator: what it fills, and that the seed alone decides what comes out.
 *
 * links: kernel/dev/random.c kernel/dev/chacha.c kernel/hart/fdt.c kernel/hart/lock.c kernel/test/host/host.c
 */
#include "kernel/dev/random.h"

#include "kernel/dev/chacha.h"
#include "kernel/task/timer.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { DRAWS = 4096 };

u64 clock_now(void)
{
	return 12345;
}

TEST(bytes_differ_and_are_spread)
{
	static u8 bytes[DRAWS], again[DRAWS];
	u32 ones = 0, same = 0;

	host_init(1);
	random_init();
	random_bytes(bytes, sizeof(bytes));
	random_bytes(again, sizeof(again));
	for (u32 i = 0; i < DRAWS; i++) {
		ones += (u32)__builtin_popcount(bytes[i]);
		same += bytes[i] == again[i];
	}
	CHECK(ones > DRAWS * 4 - DRAWS / 8 && ones < DRAWS * 4 + DRAWS / 8);
	CHECK(same < DRAWS / 128);
}

/* Fills exactly what it was asked to fill. */
TEST(every_length_is_filled)
{
	u8 bytes[200], before[200];

	host_init(1);
	random_seed("seed", 4);
	for (u32 length = 0; length < 150; length++) {
		memset(bytes, 0xa5, sizeof(bytes));
		memset(before, 0xa5, sizeof(before));
		random_bytes(bytes + 10, length);
		CHECK_EQ(memcmp(bytes, before, 10), 0);
		CHECK_EQ(memcmp(bytes + 10 + length, before, 40), 0);
		CHECK(length < 16 || memcmp(bytes + 10, before, length) != 0);
	}
}

/* key = seed; a step; then the key of the request from the second half of the next block. */
TEST(a_seed_decides_what_comes_out)
{
	static const u8 nonce[CHACHA_NONCE_BYTES];
	u8 seed[CHACHA_KEY_BYTES], block[CHACHA_BLOCK_BYTES], next[CHACHA_BLOCK_BYTES], got[100];

	host_init(1);
	for (u32 i = 0; i < sizeof(seed); i++)
		seed[i] = (u8)(i * 7 + 1);
	random_seed(seed, sizeof(seed));
	random_bytes(got, sizeof(got));
	chacha_block(block, seed, 0, nonce);
	chacha_block(next, block, 0, nonce);
	chacha_block(block, next + CHACHA_KEY_BYTES, 0, nonce);
	CHECK_EQ(memcmp(got, block, CHACHA_BLOCK_BYTES), 0);
	chacha_block(block, next + CHACHA_KEY_BYTES, 1, nonce);
	CHECK_EQ(memcmp(got + CHACHA_BLOCK_BYTES, block, sizeof(got) - CHACHA_BLOCK_BYTES), 0);
}

static const struct test tests[] = {
	TEST_ROW(bytes_differ_and_are_spread),
	TEST_ROW(every_length_is_filled),
	TEST_ROW(a_seed_decides_what_comes_out),
};
TEST_MAIN(tests)
