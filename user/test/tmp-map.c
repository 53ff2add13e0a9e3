/* tmp-map.c - a private mapping of a file in /tmp beside reads and writes of the same file, also from and into the
 * mapping itself (who held the file's lock over a page fault would hang here).
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/probe.h"

#include <signal.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 4 };

static const char path[] = "/tmp/tmp-map";
static int fd;

static char *map(void)
{
	char *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	REQUIRE(at != MAP_FAILED);
	return at;
}

static void fill(void)
{
	char page[PAGE];

	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	for (int i = 0; i < PAGES; i++) {
		memset(page, 'a' + i, PAGE);
		CHECK_EQ(write(fd, page, PAGE), PAGE);
	}
}

static void check_private(void)
{
	char *at = map(), byte;

	CHECK_EQ(at[0], 'a');
	at[0] = 'X';
	CHECK_EQ(pread(fd, &byte, 1, 0), 1);
	CHECK_EQ(byte, 'a');
	CHECK_EQ(pwrite(fd, "Y", 1, 1), 1);
	CHECK_EQ(at[1], 'a'); /* this page is a copy */
	CHECK_EQ(pwrite(fd, "Z", 1, PAGE), 1);
	CHECK_EQ(at[PAGE], 'Z'); /* this one is still the file's, and was not touched before */
	CHECK_OK(munmap(at, PAGES * PAGE));
}

/* Nothing of the mapping is present when the kernel comes to it. */
static void check_own_mapping(void)
{
	char *at = map();

	CHECK_EQ(pwrite(fd, at + PAGE, 2 * PAGE, 2 * PAGE), 2 * PAGE); /* pages 1 and 2 to 2 and 3 */
	CHECK_OK(munmap(at, PAGES * PAGE));
	at = map();
	CHECK_EQ(at[2 * PAGE + 1], 'b');
	CHECK_OK(munmap(at, PAGES * PAGE));

	fill();
	at = map();
	CHECK_EQ(pread(fd, at, PAGES * PAGE, 0), PAGES * PAGE); /* into itself */
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(at[i * PAGE + 5], 'a' + i);
	CHECK_EQ(pread(fd, at + 10, 2 * PAGE, PAGE), 2 * PAGE);
	CHECK_EQ(at[10], 'b');
	CHECK_EQ(at[9], 'a');
	CHECK_OK(munmap(at, PAGES * PAGE));
}

/* The file shrinks under the mapping: pages that are gone fault, and the kernel says EFAULT. */
static void check_shrunk(void)
{
	char *at = map();

	CHECK_EQ(at[3 * PAGE], 'd');
	CHECK_EQ(at[0], 'a');
	CHECK_OK(ftruncate(fd, PAGE + 10));
	CHECK(probe_readable(at));
	CHECK(!probe_readable(at + 2 * PAGE));
	CHECK(!probe_readable(at + 3 * PAGE));
	CHECK_EQ(at[PAGE + 9], 'b');
	CHECK_EQ(at[PAGE + 10], 0);
	CHECK_OK(ftruncate(fd, PAGES * PAGE));
	CHECK_EQ(at[3 * PAGE], 0);
	CHECK_OK(munmap(at, PAGES * PAGE));
}

/* Room that was made in advance lies behind the end, and nobody maps it. */
static void check_behind_the_end(void)
{
	char *at = map();

	CHECK_OK(ftruncate(fd, PAGE));
	CHECK_OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, PAGES * PAGE));
	CHECK(probe_readable(at));
	CHECK(!probe_readable(at + PAGE));
	CHECK_OK(munmap(at, PAGES * PAGE));
}

/* The child: the same, by an access of its own. */
static int child_main(void)
{
	volatile char *at;

	fd = (int)REQUIRE_OK(open(path, O_RDWR));
	at = map();
	CHECK_EQ(at[3 * PAGE], 'd');
	CHECK_OK(ftruncate(fd, PAGE));
	return at[3 * PAGE];
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child_main();
	child_self = argv[0];
	probe_open();
	fd = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
	fill();
	check_private();
	fill();
	check_own_mapping();
	fill();
	CHECK_EQ(child_run("shrink"), KILLED(SIGBUS));
	fill();
	check_shrunk();
	check_behind_the_end();
	close(fd);
	unlink(path);
	return check_done();
}
