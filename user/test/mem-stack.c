/* mem-stack.c - the stack grows by itself: by recursion, by a jump over many pages, by the kernel writing below it;
 * and a recursion without end dies of it, in the main thread and in another.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

enum { STEP = 4000 };

/* Use DEPTH bytes of stack in steps of less than a page; the sum of what stands there. */
static __attribute__((noinline)) u64 recurse(long depth)
{
	volatile u8 bytes[STEP];

	bytes[0] = 1;
	bytes[STEP - 1] = 2;
	if (depth <= STEP)
		return 0;
	return recurse(depth - STEP) + bytes[0] + bytes[STEP - 1];
}

static __attribute__((noinline)) int jump(void)
{
	volatile u8 bytes[1 << 20];

	bytes[0] = 5; /* the lowest address first: 256 pages below the last one touched */
	bytes[(1 << 20) - 1] = 6;
	return bytes[0] + bytes[1 << 19] * 0 + bytes[(1 << 20) - 1];
}

/* The kernel is the first to touch these pages. */
static __attribute__((noinline)) void filled_by_kernel(void)
{
	char bytes[256 << 10];
	int fd = (int)REQUIRE_OK(open("/tmp/mem-stack", O_RDWR | O_CREAT | O_TRUNC, 0600));

	CHECK_EQ(write(fd, "12345678", 8), 8);
	CHECK_EQ(pread(fd, bytes + 100, 8, 0), 8);
	CHECK(!memcmp(bytes + 100, "12345678", 8));
	close(fd);
	unlink("/tmp/mem-stack");
}

static void *endless(void *unused)
{
	(void)unused;
	return (void *)(uintptr_t)recurse(1l << 40);
}

static int child_main(const char *mode)
{
	pthread_t thread;

	if (!strcmp(mode, "endless"))
		return (int)recurse(1l << 40);
	if (pthread_create(&thread, NULL, endless, NULL))
		return 1;
	pthread_join(thread, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	long depth = 6 << 20;

	if (argc > 1)
		return child_main(argv[1]);
	child_self = argv[0];
	CHECK_OK(getrlimit(RLIMIT_STACK, &limit));
	CHECK(limit.rlim_cur >= 8 << 20);
	filled_by_kernel();
	CHECK_EQ(jump(), 11);
	CHECK_EQ(recurse(depth), (depth - 1) / STEP * 3);
	CHECK_EQ(recurse(depth), (depth - 1) / STEP * 3);
	CHECK_EQ(child_run("endless"), KILLED(SIGSEGV));
	CHECK_EQ(child_run("thread"), KILLED(SIGSEGV));
	return check_done();
}
