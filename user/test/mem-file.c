/* mem-file.c - private mappings of a file on the disk: content, zeroes after the end, SIGBUS beyond, copies of one's
 * own.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/data.h"
#include "user/test/probe.h"

#include <signal.h>
#include <sys/mman.h>

enum { PAGE = 4096, BOTH = PROT_READ | PROT_WRITE };

/* Map PAGES pages of the data file NAME from OFFSET. */
static u8 *map(const char *name, size_t pages, int protection, off_t offset)
{
	int fd = (int)REQUIRE_OK(open(data_path(name), O_RDONLY));
	u8 *at = mmap(NULL, pages * PAGE, protection, MAP_PRIVATE, fd, offset);

	REQUIRE(at != MAP_FAILED);
	CHECK_OK(close(fd)); /* the mapping lives on */
	return at;
}

/* Past the end: the rest of the last page is zero, pages beyond it fault. */
static void check_end(void)
{
	u8 *at = map("mapped", 4, PROT_READ, 0);

	CHECK_EQ(data_differs(SEED_MAPPED, at, MAPPED_BYTES, 0), -1);
	for (size_t i = MAPPED_BYTES; i < 2 * PAGE; i++)
		if (at[i])
			CHECK_EQ(at[i], 0);
	CHECK(!probe_readable(at + 2 * PAGE));
	CHECK(!probe_readable(at + 3 * PAGE));
	CHECK(!probe_writable(at));
	CHECK_OK(munmap(at, 4 * PAGE));
}

/* Written pages are copies: neither the file nor another mapping sees them. */
static void check_private(void)
{
	u8 *mine = map("mapped", 2, BOTH, 0), *other = map("mapped", 2, PROT_READ, 0), byte;
	int fd = (int)REQUIRE_OK(open(data_path("mapped"), O_RDONLY));

	mine[10] ^= 0xff; /* a page not read before */
	CHECK_EQ(other[10], data_byte(SEED_MAPPED, 10));
	CHECK_EQ(pread(fd, &byte, 1, 10), 1);
	CHECK_EQ(byte, data_byte(SEED_MAPPED, 10));
	CHECK_EQ(mine[10], (u8)~data_byte(SEED_MAPPED, 10));
	CHECK_EQ(mine[11], data_byte(SEED_MAPPED, 11));

	CHECK_EQ(mine[PAGE], data_byte(SEED_MAPPED, PAGE)); /* a page read before it is written */
	CHECK_EQ(pread(fd, mine + PAGE, 100, 0), 100);	    /* by the kernel */
	CHECK_EQ(data_differs(SEED_MAPPED, mine + PAGE, 100, 0), -1);
	CHECK_EQ(data_differs(SEED_MAPPED, other + PAGE, 100, PAGE), -1);

	CHECK_OK(madvise(mine, PAGE, MADV_DONTNEED)); /* the copy goes, the file comes back */
	CHECK_EQ(mine[10], data_byte(SEED_MAPPED, 10));
	CHECK_OK(mprotect(other, PAGE, BOTH));
	other[20] = 1;
	CHECK_EQ(mine[20], data_byte(SEED_MAPPED, 20));
	CHECK_OK(munmap(mine, 2 * PAGE));
	CHECK_OK(munmap(other, 2 * PAGE));
	close(fd);
}

/* From the middle of a large file, across a hole; cut in the middle, the rest keeps its place in the file. */
static void check_offset(void)
{
	u64 offset = 60 << 10;
	u8 *at = map("large", 4, PROT_READ, (off_t)offset);

	CHECK_OK(munmap(at + PAGE, PAGE));
	for (size_t i = 0; i < 4 * PAGE; i++) {
		if (i / PAGE == 1)
			continue;
		if (at[i] != large_byte(offset + i))
			CHECK_EQ(at[i], large_byte(offset + i));
	}
	CHECK_OK(munmap(at, 4 * PAGE));
	at = map("huge", 1, PROT_READ, (off_t)(HUGE_BYTES - PAGE));
	CHECK_EQ(data_differs(SEED_HUGE, at, PAGE, HUGE_BYTES - PAGE), -1);
	CHECK_OK(munmap(at, PAGE));
}

static void check_errors(void)
{
	int fd = (int)REQUIRE_OK(open(data_path("mapped"), O_RDONLY));
	int directory = (int)REQUIRE_OK(open(data_dir(), O_RDONLY | O_DIRECTORY));
	int write_only = (int)REQUIRE_OK(open("/tmp/mem-file", O_WRONLY | O_CREAT, 0600));

	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, directory, 0) == MAP_FAILED && errno == ENODEV);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, write_only, 0) == MAP_FAILED && errno == EACCES);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
	close(fd);
	close(directory);
	close(write_only);
	unlink("/tmp/mem-file");
}

static int child_main(const char *mode)
{
	volatile u8 *at = map("mapped", 4, BOTH, 0);

	if (!strcmp(mode, "read beyond"))
		return at[2 * PAGE] * 0;
	if (!strcmp(mode, "write beyond"))
		at[3 * PAGE] = 1;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child_main(argv[1]);
	child_self = argv[0];
	probe_open();
	check_end();
	check_private();
	check_offset();
	check_errors();
	CHECK_EQ(child_run("read beyond"), KILLED(SIGBUS));
	CHECK_EQ(child_run("write beyond"), KILLED(SIGBUS));
	CHECK_EQ(child_run("nothing"), EXITED(0));
	return check_done();
}
