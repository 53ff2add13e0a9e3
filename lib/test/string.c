/* string.c - the kernel's memory functions against the C library's, at every alignment.
 * variants: plain
 */
#include "lib/test/check.h"

/* The functions under test get names of their own here. */
#include "lib/string.h"
#define memcpy	chime_memcpy
#define memmove chime_memmove
#define memset	chime_memset
#define memcmp	chime_memcmp
#define strlen	chime_strlen
#define strcmp	chime_strcmp
#define strncmp chime_strncmp
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "lib/string.c"
#pragma GCC diagnostic pop
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#undef strncmp

enum { ROOM = 700, GUARD = 16 };

static u8 from[ROOM + 2 * GUARD] __attribute__((aligned(16)));
static u8 ours[ROOM + 2 * GUARD] __attribute__((aligned(16)));
static u8 theirs[ROOM + 2 * GUARD] __attribute__((aligned(16)));

static void fill_random(u8 *at, size_t bytes)
{
	while (bytes--)
		*at++ = (u8)test_random();
}

static void begin(void)
{
	fill_random(from, sizeof(from));
	fill_random(ours, sizeof(ours));
	memcpy(theirs, ours, sizeof(ours));
}

static void check_same(void)
{
	CHECK(!memcmp(ours, theirs, sizeof(ours)));
}

static size_t random_size(void)
{
	return test_random_below(4) ? test_random_below(40) : test_random_below(ROOM - 16);
}

TEST(copies)
{
	u8 *at;

	for (u32 to = 0; to < 8; to++)
		for (u32 start = 0; start < 8; start++)
			for (size_t bytes = 0; bytes < 300; bytes += 1 + bytes / 40) {
				begin();
				at = ours + GUARD + to;
				CHECK(chime_memcpy(at, from + GUARD + start, bytes) == at);
				memcpy(theirs + GUARD + to, from + GUARD + start, bytes);
				check_same();
			}
}

/* Objects whose ends ASan watches: all but copy_shifted stays within them to the byte. */
TEST(copies_exactly_from_the_heap)
{
	for (size_t bytes = 1; bytes < 64; bytes++) {
		u8 *source = malloc(bytes), *target = malloc(bytes);

		fill_random(source, bytes);
		chime_memcpy(target, source, bytes);
		CHECK(!memcmp(target, source, bytes));
		free(source);
		free(target);
	}
}

TEST(moves)
{
	for (u32 i = 0; i < 20000; i++) {
		size_t bytes = random_size(), to = test_random_below(16), start = test_random_below(16);

		begin();
		CHECK(chime_memmove(ours + to, ours + start, bytes) == ours + to);
		memmove(theirs + to, theirs + start, bytes);
		check_same();
	}
}

TEST(moves_far)
{
	for (u32 i = 0; i < 5000; i++) {
		size_t bytes = test_random_below(350), to = test_random_below(350), start = test_random_below(350);

		begin();
		chime_memmove(ours + to, ours + start, bytes);
		memmove(theirs + to, theirs + start, bytes);
		check_same();
	}
}

TEST(fills)
{
	for (u32 i = 0; i < 20000; i++) {
		size_t bytes = random_size(), to = test_random_below(16);
		int value = (int)test_random();

		begin();
		CHECK(chime_memset(ours + to, value, bytes) == ours + to);
		memset(theirs + to, value, bytes);
		check_same();
	}
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

TEST(compares)
{
	for (u32 i = 0; i < 20000; i++) {
		size_t bytes = random_size(), a = test_random_below(9), b = test_random_below(9);

		begin();
		memcpy(ours + a, from + b, bytes);
		if (bytes && test_random_below(2))
			ours[a + test_random_below(bytes)] ^= (u8)test_random();
		CHECK_EQ(sign(chime_memcmp(ours + a, from + b, bytes)), sign(memcmp(ours + a, from + b, bytes)));
	}
}

TEST(texts)
{
	static const char *const words[] = { "", "a", "ab", "abc", "abd", "b", "\xff", "abcabcabcabc", "abcabcabcabd" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		CHECK_EQ(chime_strlen(words[i]), strlen(words[i]));
		for (size_t j = 0; j < ARRAY_SIZE(words); j++) {
			CHECK_EQ(sign(chime_strcmp(words[i], words[j])), sign(strcmp(words[i], words[j])));
			for (size_t n = 0; n < 14; n++)
				CHECK_EQ(sign(chime_strncmp(words[i], words[j], n)),
					 sign(strncmp(words[i], words[j], n)));
		}
	}
}

static const struct test tests[] = {
	TEST_ROW(copies), TEST_ROW(copies_exactly_from_the_heap),
	TEST_ROW(moves),  TEST_ROW(moves_far),
	TEST_ROW(fills),  TEST_ROW(compares),
	TEST_ROW(texts),
};
TEST_MAIN(tests)
