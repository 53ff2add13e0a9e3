/* mem-resident.c - which pages are in memory (mincore), and what brings them there: MAP_POPULATE, MAP_LOCKED, mlock,
 * madvise. And mapping flags that must not be ignored.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

enum { PAGE = 4096, BOTH = PROT_READ | PROT_WRITE, PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS };

static char *map(size_t pages, int prot, int flags)
{
	char *at = mmap(NULL, pages * PAGE, prot, flags, -1, 0);

	REQUIRE(at != MAP_FAILED);
	return at;
}

/* How many of the pages are in memory. */
static int resident(void *at, size_t pages)
{
	unsigned char answers[600] = { 0 };
	int count = 0;

	CHECK_OK(mincore(at, pages * PAGE, answers));
	for (size_t i = 0; i < pages; i++)
		count += answers[i] & 1;
	return count;
}

static void check_populate(void)
{
	char *at = map(40, BOTH, PRIVATE);

	CHECK_EQ(resident(at, 40), 0);
	at[5 * PAGE] = 1;
	CHECK_EQ(resident(at, 40), 1);
	CHECK_EQ(resident(at + 5 * PAGE, 1), 1);
	CHECK_OK(munmap(at, 40 * PAGE));
	at = map(500, BOTH, PRIVATE | MAP_POPULATE);
	CHECK_EQ(resident(at, 500), 500);
	CHECK_EQ(at[17 * PAGE], 0);
	CHECK_OK(munmap(at, 500 * PAGE));
	at = map(3, BOTH, PRIVATE | MAP_LOCKED);
	CHECK_EQ(resident(at, 3), 3);
	CHECK_OK(munmap(at, 3 * PAGE));
	at = map(3, BOTH, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE);
	CHECK_EQ(resident(at, 3), 3);
	CHECK_OK(munmap(at, 3 * PAGE));
	at = map(3, PROT_NONE, PRIVATE | MAP_POPULATE); /* nothing can be brought in, which is no error */
	CHECK_EQ(resident(at, 3), 0);
	CHECK_OK(munmap(at, 3 * PAGE));
}

static void check_lock(void)
{
	char *at = map(8, BOTH, PRIVATE);

	CHECK_OK(mlock(at + PAGE + 5, PAGE)); /* parts of two pages */
	CHECK_EQ(resident(at, 8), 2);
	CHECK_OK(munlock(at + PAGE, PAGE));
	CHECK_OK(syscall(SYS_mlock2, at + 4 * PAGE, PAGE, 1)); /* when it is touched */
	CHECK_ERRNO(syscall(SYS_mlock2, at + 4 * PAGE, PAGE, 2), EINVAL);
	CHECK_EQ(resident(at, 8), 2);
	CHECK_OK(syscall(SYS_mlock2, at + 4 * PAGE, PAGE, 0));
	CHECK_EQ(resident(at, 8), 3);
	CHECK_OK(mprotect(at + 6 * PAGE, PAGE, PROT_NONE));
	CHECK_ERRNO(mlock(at + 5 * PAGE, 2 * PAGE), ENOMEM);
	CHECK_OK(munmap(at + 7 * PAGE, PAGE));
	CHECK_ERRNO(mlock(at + 7 * PAGE, PAGE), ENOMEM);
	CHECK_OK(munmap(at, 7 * PAGE));
}

static void check_advice(void)
{
	char *at = map(8, BOTH, PRIVATE);

	CHECK_OK(madvise(at, 2 * PAGE, MADV_POPULATE_READ));
	CHECK_OK(madvise(at + 4 * PAGE, 2 * PAGE, MADV_POPULATE_WRITE));
	CHECK_EQ(resident(at, 8), 4);
	CHECK_OK(mprotect(at, PAGE, PROT_READ));
	CHECK_OK(madvise(at, PAGE, MADV_POPULATE_READ));
	CHECK_ERRNO(madvise(at, PAGE, MADV_POPULATE_WRITE), EINVAL);
	CHECK_OK(munmap(at + PAGE, PAGE));
	CHECK_ERRNO(madvise(at, 3 * PAGE, MADV_POPULATE_READ), ENOMEM);
	CHECK_OK(munmap(at, 8 * PAGE));
}

static void check_file(void)
{
	int fd = (int)REQUIRE_OK(open(data_path("mapped"), O_RDONLY)); /* a page and a part */
	char *at = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);

	REQUIRE(at != MAP_FAILED);
	CHECK_EQ(resident(at, 2), 2);
	CHECK_EQ(data_differs(SEED_MAPPED, at, MAPPED_BYTES, 0), -1);
	CHECK_ERRNO(madvise(at + 2 * PAGE, PAGE, MADV_POPULATE_READ), EFAULT); /* behind the end */
	CHECK_OK(munmap(at, 3 * PAGE));
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(at != MAP_FAILED);
	CHECK_EQ(resident(at, 1), 1); /* as a page of the file */
	CHECK_OK(munmap(at, PAGE));
	close(fd);
}

static void check_refused(void)
{
	int fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	char *at = map(600, BOTH, PRIVATE);
	unsigned char answers[600];

	CHECK_ERRNO(mincore(at + 1, PAGE, answers), EINVAL);
	CHECK_ERRNO(syscall(SYS_mincore, at, PAGE, 16), EFAULT);
	CHECK_OK(mincore(at, 0, answers));
	CHECK_OK(munmap(at + 300 * PAGE, PAGE));
	CHECK_ERRNO(mincore(at, 600 * PAGE, answers), ENOMEM);
	CHECK_OK(munmap(at, 600 * PAGE));
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 0x200000, fd, 0) == MAP_FAILED && errno == EOPNOTSUPP);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_NORESERVE, fd, 0);
	CHECK(at != MAP_FAILED);
	CHECK_OK(munmap(at, PAGE));
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | 0x200000, fd, 0); /* which ignores what it does not know */
	CHECK(at != MAP_FAILED);
	CHECK_OK(munmap(at, PAGE));
	close(fd);
}

int main(void)
{
	check_populate();
	check_lock();
	check_advice();
	check_file();
	check_refused();
	return check_done();
}
