/* mem-sparse.c - a mapping of 1 GiB costs what is touched; MADV_DONTNEED gives zeroes again; pages freed are not
 * found in other hands with their old content.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <sys/mman.h>

enum { PAGE = 4096, TOUCHES = 64, PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE };

static const size_t bytes = 1ul << 30;

static void check_sparse(void)
{
	u8 *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, PRIVATE, -1, 0);
	size_t stride = bytes / TOUCHES + PAGE;

	REQUIRE(at != MAP_FAILED);
	for (size_t i = 0; i < bytes; i += stride)
		at[i] = (u8)(i >> 20) | 1;
	at[bytes - 1] = 99;
	for (size_t i = 0; i < bytes; i += stride) {
		CHECK_EQ(at[i], (u8)(i >> 20) | 1);
		CHECK_EQ(at[i + 1], 0);
		CHECK_EQ(at[(i + bytes / 2 + 17 * PAGE) % bytes], 0); /* read only: a page of zeroes */
	}
	CHECK_OK(madvise(at, bytes / 2, MADV_DONTNEED));
	for (size_t i = 0; i < bytes; i += stride)
		CHECK_EQ(at[i], i < bytes / 2 ? 0 : (u8)(i >> 20) | 1);
	CHECK_EQ(at[bytes - 1], 99);
	CHECK_OK(munmap(at, bytes));
}

/* Pages go round: what was written into them must not come back. */
static void check_reuse(void)
{
	enum { PAGES = 64, ROUNDS = 8 };

	for (int round = 0; round < ROUNDS; round++) {
		u8 *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, PRIVATE, -1, 0);

		REQUIRE(at != MAP_FAILED);
		for (int i = 0; i < PAGES; i++) {
			CHECK_EQ(at[i * PAGE] | at[i * PAGE + 8 * (round + 1)], 0);
			memset(at + i * PAGE, 0xa5, 256);
		}
		CHECK_OK(munmap(at, PAGES * PAGE));
	}
}

static void check_advice(void)
{
	u8 *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, PRIVATE, -1, 0);

	REQUIRE(at != MAP_FAILED);
	CHECK_ERRNO(madvise(at + 1, PAGE, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(madvise(at, PAGE, 9999), EINVAL);
	CHECK_OK(munmap(at + PAGE, PAGE));
	CHECK_ERRNO(madvise(at, 2 * PAGE, MADV_DONTNEED), ENOMEM);
	CHECK_OK(munmap(at, PAGE));
}

int main(void)
{
	check_sparse();
	check_reuse();
	check_advice();
	return check_done();
}
