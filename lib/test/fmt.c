/* fmt.c - lib/fmt.c must say what the C library's snprintf says.
 * links: lib/fmt.c
 * variants: plain
 */
#include "lib/fmt.h"

#include "lib/test/check.h"

/* Both into buffers of every size up to a little more than enough. */
#define SAME(...)                                                                                      \
	do {                                                                                           \
		char ours[300], theirs[300];                                                           \
		size_t whole = (size_t)snprintf(theirs, sizeof(theirs), __VA_ARGS__);                  \
		for (size_t bytes = 0; bytes < whole + 3; bytes++) {                                   \
			memset(ours, '#', sizeof(ours));                                               \
			memset(theirs, '#', sizeof(theirs));                                           \
			CHECK_EQ(fmt(ours, bytes, __VA_ARGS__), snprintf(theirs, bytes, __VA_ARGS__)); \
			CHECK(!memcmp(ours, theirs, sizeof(ours)));                                    \
		}                                                                                      \
	} while (0)

#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wformat"

TEST(plain_text)
{
	SAME("%s", "");
	SAME("%d%%", 50);
	SAME("no conversion %s", "here");
}

TEST(decimal)
{
	static const int values[] = { 0, 1, -1, 9, 10, 42, -42, INT32_MAX, INT32_MIN };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		SAME("%d %i", values[i], values[i]);
		SAME("[%5d] [%-5d] [%05d] [%12d]", values[i], values[i], values[i], values[i]);
		SAME("%u %x %08x", (unsigned)values[i], (unsigned)values[i], (unsigned)values[i]);
	}
}

TEST(long_numbers)
{
	static const long values[] = { 0, 1, -1, INT64_MAX, INT64_MIN, 1l << 32, -(1l << 32) };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		SAME("%ld %lu %lx %zu", values[i], (u64)values[i], (u64)values[i], (size_t)values[i]);
		SAME("%-22ld|%022ld|%16lx|%-18lx|", values[i], values[i], (u64)values[i], (u64)values[i]);
	}
}

TEST(random_numbers)
{
	for (u32 i = 0; i < 300; i++) {
		u64 value = test_random() >> test_random_below(64);

		SAME("%ld %lu %lx %d %u", (long)value, value, value, (int)value, (unsigned)value);
	}
}

TEST(text)
{
	SAME("[%s] [%8s] [%-8s] [%2s]", "four", "four", "four", "four");
	SAME("[%.2s] [%8.3s] [%-8.3s] [%.0s] [%.9s]", "four", "four", "four", "four", "four");
	SAME("[%.*s] [%*d] [%c] [%3c] [%-3c]", 3, "four", 6, 7, 'x', 'y', 'z');
}

TEST(precision_stops_before_the_end)
{
	char buffer[16], unterminated[3] = { 'a', 'b', 'c' };

	fmt(buffer, sizeof(buffer), "%.3s", unterminated);
	CHECK_STR_EQ(buffer, "abc");
}

TEST(pointer)
{
	int local;

	SAME("%p %20p", (void *)&local, (void *)0x1234);
}

TEST(own_rules)
{
	const char *volatile nothing = NULL;
	char buffer[32];

	fmt(buffer, sizeof(buffer), "%s", nothing);
	CHECK_STR_EQ(buffer, "(null)");
	CHECK_EQ(fmt(buffer, sizeof(buffer), "ends in %"), 8);
	CHECK_STR_EQ(buffer, "ends in ");
}

TEST(text_grows_until_it_is_full)
{
	char buffer[10];
	struct fmt_text text = { buffer, sizeof(buffer), 0 };

	fmt_add(&text, "%d", 1234);
	CHECK_EQ(text.length, 4);
	fmt_add(&text, "%s", "abcdefgh");
	CHECK_EQ(text.length, 9);
	CHECK_STR_EQ(buffer, "1234abcde");
	fmt_add(&text, "more");
	CHECK_EQ(text.length, 9);
	CHECK_STR_EQ(buffer, "1234abcde");
}

static const struct test tests[] = {
	TEST_ROW(plain_text),	  TEST_ROW(decimal),   TEST_ROW(long_numbers),
	TEST_ROW(random_numbers), TEST_ROW(text),      TEST_ROW(precision_stops_before_the_end),
	TEST_ROW(pointer),	  TEST_ROW(own_rules), TEST_ROW(text_grows_until_it_is_full),
};
TEST_MAIN(tests)
