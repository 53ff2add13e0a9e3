/* mem-map.c - anonymous mappings: zeroed, placed, replaced, cut into pieces, refused.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/probe.h"

#include <sys/mman.h>

enum { PAGE = 4096, PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS, BOTH = PROT_READ | PROT_WRITE };

static char *map(size_t pages)
{
	char *at = mmap(NULL, pages * PAGE, BOTH, PRIVATE, -1, 0);

	REQUIRE(at != MAP_FAILED);
	return at;
}

static void check_zeroed(void)
{
	char *a = map(64), *b = map(64);

	CHECK(a + 64 * PAGE <= b || b + 64 * PAGE <= a);
	for (int page = 0; page < 64; page++) {
		CHECK_EQ(a[page * PAGE], 0);
		CHECK_EQ(a[page * PAGE + PAGE - 1], 0);
		a[page * PAGE] = (char)page;
	}
	for (int page = 0; page < 64; page++) {
		CHECK_EQ(a[page * PAGE], page);
		CHECK_EQ(b[page * PAGE], 0);
	}
	CHECK_OK(munmap(a, 64 * PAGE));
	CHECK(!probe_readable(a));
	CHECK(!probe_readable(a + 63 * PAGE));
	CHECK_OK(munmap(b, 64 * PAGE));
}

/* Unmap the inside, then both edges: what remains keeps its content. */
static void check_split(void)
{
	char *at = map(9);

	for (int page = 0; page < 9; page++)
		at[page * PAGE] = (char)(page + 1);
	CHECK_OK(munmap(at + 4 * PAGE, PAGE));
	CHECK_OK(munmap(at, PAGE));
	CHECK_OK(munmap(at + 8 * PAGE, 1)); /* a length is rounded up */
	for (int page = 0; page < 9; page++) {
		bool gone = page == 0 || page == 4 || page == 8;

		CHECK_EQ(probe_readable(at + page * PAGE), !gone);
		if (!gone)
			CHECK_EQ(at[page * PAGE], page + 1);
	}
	CHECK_OK(munmap(at, 9 * PAGE)); /* over the holes */
	CHECK_OK(munmap(at, 9 * PAGE)); /* and where nothing is */
}

static void check_fixed(void)
{
	char *at = map(8);

	memset(at, 1, 8 * PAGE);
	CHECK(mmap(at + 2 * PAGE, 2 * PAGE, BOTH, PRIVATE | MAP_FIXED, -1, 0) == at + 2 * PAGE);
	CHECK_EQ(at[2 * PAGE - 1], 1);
	CHECK_EQ(at[2 * PAGE], 0);
	CHECK_EQ(at[4 * PAGE - 1], 0);
	CHECK_EQ(at[4 * PAGE], 1);
	CHECK(mmap(at + PAGE, PAGE, BOTH, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
	CHECK_EQ(at[PAGE], 1);
	CHECK_OK(munmap(at + PAGE, PAGE));
	CHECK(mmap(at + PAGE, PAGE, BOTH, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0) == at + PAGE);
	CHECK_EQ(at[PAGE], 0);
	CHECK_OK(munmap(at + 3 * PAGE, PAGE));
	CHECK(mmap(at + 3 * PAGE, PAGE, BOTH, PRIVATE, -1, 0) == at + 3 * PAGE); /* a hint that is free is taken */
	CHECK_OK(munmap(at, 8 * PAGE));
}

static void check_none(void)
{
	char *at = mmap(NULL, 4 * PAGE, PROT_NONE, PRIVATE | MAP_NORESERVE, -1, 0);

	REQUIRE(at != MAP_FAILED);
	CHECK(!probe_readable(at));
	CHECK_OK(mprotect(at + PAGE, 2 * PAGE, BOTH));
	CHECK(!probe_readable(at));
	CHECK(probe_writable(at + PAGE));
	CHECK(probe_writable(at + 2 * PAGE));
	CHECK(!probe_readable(at + 3 * PAGE));
	CHECK_OK(munmap(at, 4 * PAGE));
}

static void check_refused(void)
{
	char *at = map(2);

	CHECK(mmap(NULL, 0, BOTH, PRIVATE, -1, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, PAGE, BOTH, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, PAGE, BOTH, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF);
	CHECK(mmap(at + 1, PAGE, BOTH, PRIVATE | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, -(size_t)PAGE, BOTH, PRIVATE, -1, 0) == MAP_FAILED && errno == ENOMEM);
	CHECK(mmap((char *)-(16 * PAGE), PAGE, BOTH, PRIVATE | MAP_FIXED, -1, 0) == MAP_FAILED);
	CHECK_ERRNO(munmap(at + 1, PAGE), EINVAL);
	CHECK_ERRNO(munmap(at, 0), EINVAL);
	CHECK_ERRNO(munmap(at, -(size_t)PAGE), EINVAL);
	CHECK(probe_readable(at));
	CHECK_OK(munmap(at, 2 * PAGE));
}

int main(void)
{
	probe_open();
	check_zeroed();
	check_split();
	check_fixed();
	check_none();
	check_refused();
	return check_done();
}
