/* file-large.c - a file with holes and with indirect, double and triple indirect blocks; one longer than 4 GiB.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <unistd.h>

enum { CHUNK = 64 << 10, PAGE = 4096 };

static u8 buffer[CHUNK];
static const u8 zeroes[CHUNK];

static bool overlaps(u64 at, u64 bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(large_extents); i++)
		if (at < large_extents[i].offset + large_extents[i].bytes && large_extents[i].offset < at + bytes)
			return true;
	return false;
}

/* Every page: data where there is data, zeroes where there is none. */
static void check_large(void)
{
	int fd = (int)REQUIRE_OK(open(data_path("large"), O_RDONLY));

	for (u64 at = 0; at < LARGE_BYTES; at += PAGE) {
		size_t bytes = min((u64)PAGE, LARGE_BYTES - at);
		bool good;

		if (at % CHUNK == 0)
			REQUIRE(read(fd, buffer, CHUNK) == (ssize_t)min((u64)CHUNK, LARGE_BYTES - at));
		good = overlaps(at, bytes) || !memcmp(buffer + at % CHUNK, zeroes, bytes);
		for (size_t i = 0; overlaps(at, bytes) && i < bytes; i++)
			good &= buffer[at % CHUNK + i] == large_byte(at + i);
		if (!CHECK(good))
			check_note("page at %llu", (unsigned long long)at);
	}
	CHECK_EQ(read(fd, buffer, 1), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), LARGE_BYTES);
	close(fd);
}

static void check_huge(void)
{
	static const u64 holes[] = {
		PAGE, 50 << 10, 5 << 20, 1ull << 31, (1ull << 32) - PAGE, 1ull << 32, HUGE_BYTES - 2 * PAGE
	};
	int fd = (int)REQUIRE_OK(open(data_path("huge"), O_RDONLY));

	CHECK_EQ(lseek(fd, 0, SEEK_END), HUGE_BYTES);
	CHECK_EQ(pread(fd, buffer, PAGE, 0), PAGE);
	CHECK_EQ(data_differs(SEED_HUGE, buffer, PAGE, 0), -1);
	for (size_t i = 0; i < ARRAY_SIZE(holes); i++) {
		CHECK_EQ(pread(fd, buffer, PAGE, (off_t)holes[i]), PAGE);
		if (!CHECK(!memcmp(buffer, zeroes, PAGE)))
			check_note("hole at %llu", (unsigned long long)holes[i]);
	}
	/* From the hole into the last page, and past the end. */
	CHECK_EQ(pread(fd, buffer, 3 * PAGE, (off_t)(HUGE_BYTES - PAGE - 10)), PAGE + 10);
	CHECK(!memcmp(buffer, zeroes, 10));
	CHECK_EQ(data_differs(SEED_HUGE, buffer + 10, PAGE, HUGE_BYTES - PAGE), -1);
	CHECK_EQ(pread(fd, buffer, 1, (off_t)HUGE_BYTES), 0);
	close(fd);
}

int main(void)
{
	check_large();
	check_huge();
	return check_done();
}
