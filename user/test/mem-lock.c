/* mem-lock.c - memory that is kept: mlock, mlock2, MAP_LOCKED, mlockall; how much of it a process may have
 * (RLIMIT_MEMLOCK), and what fork, exec, munmap, mremap and madvise do with it. VmLck tells how much there is.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, BOTH = PROT_READ | PROT_WRITE, PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS, USER = 1234 };
enum { LIMIT_PAGES = 16, ON_FAULT = 1, ALL_ON_FAULT = 4 };

#define EXEC_WORD "--after-exec"

/* Pages that are locked, as status tells it. */
static long locked(void)
{
	char text[4096] = "", *at;
	int fd = (int)REQUIRE_OK(open("/proc/self/status", O_RDONLY));

	REQUIRE(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strstr(text, "VmLck:");
	REQUIRE(at);
	return strtol(at + 6, NULL, 10) / (PAGE / 1024);
}

static int resident(void *at, size_t pages)
{
	unsigned char answers[64] = { 0 };
	int count = 0;

	CHECK_OK(mincore(at, pages * PAGE, answers));
	for (size_t i = 0; i < pages; i++)
		count += answers[i] & 1;
	return count;
}

static char *map(size_t pages, int flags)
{
	char *at = mmap(NULL, pages * PAGE, BOTH, PRIVATE | flags, -1, 0);

	REQUIRE(at != MAP_FAILED);
	return at;
}

static void set_limit(size_t pages)
{
	struct rlimit limit = { pages * PAGE, LIMIT_PAGES * PAGE };

	CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
}

/* --- what is locked --- */

static void check_count(void)
{
	char *at = map(8, 0);

	CHECK_EQ(locked(), 0);
	CHECK_OK(mlock(at + PAGE + 5, PAGE)); /* parts of two pages */
	CHECK_EQ(locked(), 2);
	CHECK_OK(mlock(at + PAGE, 2 * PAGE)); /* once more changes nothing */
	CHECK_EQ(locked(), 2);
	CHECK_OK(mlock(at, 8 * PAGE));
	CHECK_EQ(locked(), 8);
	CHECK_OK(munlock(at + 3 * PAGE, 2 * PAGE));
	CHECK_EQ(locked(), 6);
	CHECK_OK(munmap(at + 7 * PAGE, PAGE));
	CHECK_EQ(locked(), 5);
	CHECK_ERRNO(mlock(at + 6 * PAGE, 2 * PAGE), ENOMEM); /* a hole */
	CHECK_ERRNO(munlock(at + 6 * PAGE, 2 * PAGE), ENOMEM);
	CHECK_EQ(locked(), 4); /* but what lies before it has changed */
	CHECK_ERRNO(mlock(at + 5, -PAGE - 5ul), EINVAL);
	CHECK_OK(mlock(at, 0));
	CHECK_OK(munlockall());
	CHECK_EQ(locked(), 0);
	CHECK_OK(munmap(at, 7 * PAGE));
}

static void check_later(void)
{
	char *at = map(4, 0);

	CHECK_OK(syscall(SYS_mlock2, at, 4 * PAGE, ON_FAULT));
	CHECK_EQ(locked(), 4);
	CHECK_EQ(resident(at, 4), 0);
	at[PAGE] = 1;
	CHECK_EQ(resident(at, 4), 1);
	CHECK_OK(mlock(at, 2 * PAGE));
	CHECK_EQ(resident(at, 4), 2);
	CHECK_EQ(locked(), 4);
	CHECK_ERRNO(syscall(SYS_mlock2, at, PAGE, 2), EINVAL);
	CHECK_OK(munmap(at, 4 * PAGE));
	CHECK_EQ(locked(), 0);
}

static void check_advice(void)
{
	char *at = map(3, 0);

	at[0] = at[PAGE] = at[2 * PAGE] = 1;
	CHECK_OK(mlock(at + PAGE, PAGE));
	CHECK_ERRNO(madvise(at + PAGE, PAGE, MADV_DONTNEED), EINVAL);
	CHECK_EQ(at[PAGE], 1);
	CHECK_ERRNO(msync(at + PAGE, PAGE, MS_INVALIDATE), EBUSY);
	CHECK_OK(munlock(at + PAGE, PAGE));
	CHECK_OK(madvise(at + PAGE, PAGE, MADV_DONTNEED));
	CHECK_EQ(at[PAGE], 0);
	CHECK_OK(msync(at + PAGE, PAGE, MS_INVALIDATE));
	CHECK_OK(munmap(at, 3 * PAGE));
}

static void check_move(void)
{
	char *at = map(2, MAP_LOCKED), *to;

	CHECK_EQ(locked(), 2);
	CHECK_EQ(resident(at, 2), 2);
	to = mremap(at, 2 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
	REQUIRE(to != MAP_FAILED);
	CHECK_EQ(locked(), 6);
	CHECK_EQ(resident(to, 6), 6);
	to = mremap(to, 6 * PAGE, PAGE, 0);
	REQUIRE(to != MAP_FAILED);
	CHECK_EQ(locked(), 1);
	CHECK_OK(munmap(to, PAGE));
	CHECK_EQ(locked(), 0);
}

static void check_all(void)
{
	char *at = map(3, 0), *other, *heap;
	long all;

	CHECK_ERRNO(mlockall(0), EINVAL);
	CHECK_ERRNO(mlockall(ALL_ON_FAULT), EINVAL);
	CHECK_ERRNO(mlockall(8 | MCL_CURRENT), EINVAL);
	CHECK_OK(mlockall(MCL_CURRENT));
	CHECK_EQ(resident(at, 3), 3);
	all = locked();
	CHECK(all >= 3);
	other = map(2, 0); /* is new: not locked */
	CHECK_EQ(locked(), all);
	CHECK_EQ(resident(other, 2), 0);
	CHECK_OK(munlockall());
	CHECK_EQ(locked(), 0);
	CHECK_OK(munmap(at, 3 * PAGE));
	CHECK_OK(munmap(other, 2 * PAGE));

	CHECK_OK(mlockall(MCL_FUTURE));
	CHECK_EQ(locked(), 0);
	at = map(3, 0);
	CHECK_EQ(locked(), 3);
	CHECK_EQ(resident(at, 3), 3);
	heap = sbrk(2 * PAGE);
	CHECK_EQ(locked(), 5);
	CHECK_EQ(resident((char *)(((unsigned long)heap + PAGE - 1) & -PAGE), 2), 2);
	CHECK(sbrk(-2 * PAGE) != (void *)-1);
	CHECK_OK(mlockall(MCL_FUTURE | ALL_ON_FAULT));
	other = map(2, 0);
	CHECK_EQ(locked(), 5);
	CHECK_EQ(resident(other, 2), 0);
	CHECK_OK(munlockall());
	CHECK_EQ(locked(), 0);
	CHECK_OK(munmap(other, 2 * PAGE));
	other = map(1, 0);
	CHECK_EQ(locked(), 0);
	CHECK_OK(munmap(other, PAGE));
	CHECK_OK(munmap(at, 3 * PAGE));
}

/* --- children --- */

static int wait_status(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

/* A fork child has nothing locked, and nothing that will be; neither has a program after exec. */
static void check_children(const char *self)
{
	char *at = map(3, MAP_LOCKED);
	long before;
	pid_t pid;

	CHECK_OK(mlockall(MCL_FUTURE));
	before = locked();
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		CHECK_EQ(locked(), 0);
		map(1, 0);
		CHECK_EQ(locked(), 0);
		CHECK_OK(mlock(at, PAGE));
		CHECK_EQ(locked(), 1);
		_exit(check_done());
	}
	CHECK_EQ(wait_status(pid), 0);
	CHECK_EQ(locked(), before);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		mlockall(MCL_CURRENT | MCL_FUTURE);
		execl(self, self, EXEC_WORD, NULL);
		_exit(100);
	}
	CHECK_EQ(wait_status(pid), 0);
	CHECK_OK(munlockall());
	CHECK_OK(munmap(at, 3 * PAGE));
}

/* --- the limit, for who is not root --- */

static void check_limit(void)
{
	char *at = map(40, 0), *other;

	set_limit(LIMIT_PAGES);
	CHECK_OK(mlock(at, LIMIT_PAGES * PAGE));
	CHECK_ERRNO(mlock(at + LIMIT_PAGES * PAGE, 1), ENOMEM);
	CHECK_OK(mlock(at + 3 * PAGE, 5 * PAGE)); /* is locked: not counted again */
	CHECK_ERRNO(mlock(at, (LIMIT_PAGES + 1) * PAGE), ENOMEM);
	CHECK(mmap(NULL, PAGE, BOTH, PRIVATE | MAP_LOCKED, -1, 0) == MAP_FAILED && errno == EAGAIN);
	CHECK_OK(munlock(at, 2 * PAGE));
	other = map(2, MAP_LOCKED);
	CHECK_EQ(locked(), LIMIT_PAGES);
	CHECK(mremap(other, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EAGAIN);
	CHECK_OK(munmap(other, 2 * PAGE));
	set_limit(4); /* less than there is: that stays */
	CHECK_EQ(locked(), LIMIT_PAGES - 2);
	CHECK_ERRNO(mlock(at, PAGE), ENOMEM);
	CHECK_ERRNO(mlockall(MCL_CURRENT), ENOMEM);
	CHECK_OK(munlockall());
	CHECK_OK(mlockall(MCL_FUTURE));
	other = map(4, 0);
	CHECK_EQ(locked(), 4);
	CHECK(mmap(NULL, PAGE, BOTH, PRIVATE, -1, 0) == MAP_FAILED && errno == EAGAIN);
	CHECK(sbrk(PAGE) == (void *)-1 && errno == ENOMEM);
	CHECK_OK(munlockall());
	CHECK_OK(munmap(other, 4 * PAGE));
	set_limit(0);
	CHECK_ERRNO(mlock(at, PAGE), EPERM);
	CHECK_ERRNO(mlock(at, 0), EPERM);
	CHECK_ERRNO(syscall(SYS_mlock2, at, PAGE, ON_FAULT), EPERM);
	CHECK_ERRNO(mlockall(MCL_FUTURE), EPERM);
	CHECK(mmap(NULL, PAGE, BOTH, PRIVATE | MAP_LOCKED, -1, 0) == MAP_FAILED && errno == EPERM);
	CHECK_OK(munlock(at, PAGE));
	CHECK_OK(munlockall());
}

static void check_limit_of_user(void)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		if (!geteuid())
			REQUIRE_OK(setresuid(USER, USER, USER));
		check_limit();
		_exit(check_done());
	}
	CHECK_EQ(wait_status(pid), 0);
}

/* Root has none. */
static void check_root(void)
{
	pid_t pid;

	if (geteuid())
		return;
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		char *at = map(20, 0);

		set_limit(0);
		if (mlock(at, 20 * PAGE)) /* a host's container may withhold the right */
			_exit(errno == EPERM ? 0 : 1);
		CHECK_EQ(locked(), 20);
		_exit(check_done());
	}
	CHECK_EQ(wait_status(pid), 0);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], EXEC_WORD)) {
		CHECK_EQ(locked(), 0);
		return check_done();
	}
	check_count();
	check_later();
	check_advice();
	check_move();
	check_all();
	check_children(argv[0]);
	check_limit_of_user();
	check_root();
	return check_done();
}
