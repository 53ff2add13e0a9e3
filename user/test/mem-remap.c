/* mem-remap.c - mremap: shorter, longer in place, elsewhere, to a fixed place; what pages show afterwards, for private,
 * shared and file memory; a second view of shared memory; what is refused; and with other threads at work.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, BOTH = PROT_READ | PROT_WRITE, PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS };
enum { SHARED = MAP_SHARED | MAP_ANONYMOUS };

static char *map(size_t pages, int prot, int flags)
{
	char *at = mmap(NULL, pages * PAGE, prot, flags, -1, 0);

	REQUIRE(at != MAP_FAILED);
	return at;
}

/* Is the page at AT readable? The kernel is asked, so nobody needs a handler. */
static bool is_there(const void *at)
{
	int pipe_ends[2];
	bool there;

	REQUIRE_OK(pipe(pipe_ends));
	there = write(pipe_ends[1], at, 1) == 1;
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return there;
}

static void fill(char *at, size_t pages, int seed)
{
	for (size_t i = 0; i < pages; i++)
		memset(at + i * PAGE, (int)(seed + i), PAGE);
}

static bool is_filled(const char *at, size_t pages, int seed)
{
	for (size_t i = 0; i < pages; i++)
		if (at[i * PAGE] != (char)(seed + i) || at[i * PAGE + PAGE - 1] != (char)(seed + i))
			return false;
	return true;
}

static void check_in_place(void)
{
	char *at = map(8, BOTH, PRIVATE);

	fill(at, 8, 1);
	CHECK(mremap(at, 8 * PAGE, 8 * PAGE, 0) == at);
	CHECK(mremap(at, 8 * PAGE - 1, 3 * PAGE - 5, 0) == at); /* lengths are rounded up */
	CHECK(is_filled(at, 3, 1));
	CHECK(!is_there(at + 3 * PAGE));
	CHECK(mremap(at, 3 * PAGE, 8 * PAGE, 0) == at); /* into the room that it has just made */
	CHECK(is_filled(at, 3, 1));
	CHECK_EQ(at[3 * PAGE], 0);
	CHECK_EQ(at[8 * PAGE - 1], 0);
	/* the middle cannot grow, the end can, if nothing is behind it */
	CHECK(mremap(at, 2 * PAGE, 4 * PAGE, 0) == MAP_FAILED && errno == ENOMEM);
	CHECK_OK(munmap(at + 7 * PAGE, PAGE));
	CHECK(mremap(at + 5 * PAGE, 2 * PAGE, 3 * PAGE, 0) == at + 5 * PAGE);
	at[7 * PAGE] = 1;
	CHECK_OK(munmap(at, 8 * PAGE));
}

static void check_move(void)
{
	char *at = map(16, BOTH, PRIVATE), *to;

	fill(at, 5, 1); /* the rest was never touched */
	fill(at + 10 * PAGE, 6, 11);
	to = mremap(at + PAGE, 12 * PAGE, 40 * PAGE, MREMAP_MAYMOVE);
	REQUIRE(to != MAP_FAILED && to != at + PAGE);
	CHECK(is_filled(to, 4, 2));
	CHECK_EQ(to[4 * PAGE], 0);
	CHECK(is_filled(to + 9 * PAGE, 3, 11));
	CHECK_EQ(to[12 * PAGE], 0);
	fill(to, 40, 50);
	CHECK(is_filled(to, 40, 50));
	CHECK(!is_there(at + PAGE) && !is_there(at + 12 * PAGE));
	CHECK(is_filled(at, 1, 1));
	CHECK(is_filled(at + 13 * PAGE, 3, 14));
	/* with its protection, and what was protected comes back */
	CHECK_OK(mprotect(to, 40 * PAGE, PROT_NONE));
	at = mremap(to, 40 * PAGE, 80 * PAGE, MREMAP_MAYMOVE);
	REQUIRE(at != MAP_FAILED);
	CHECK(!is_there(at) && !is_there(at + 79 * PAGE));
	CHECK_OK(mprotect(at, 80 * PAGE, PROT_READ));
	CHECK(is_filled(at, 40, 50));
	CHECK_EQ(at[40 * PAGE], 0);
	CHECK_OK(munmap(at, 80 * PAGE));
}

static void check_fixed(void)
{
	char *at = map(32, BOTH, PRIVATE);
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	fill(at, 32, 1);
	/* longer, over what is there */
	CHECK(mremap(at, 2 * PAGE, 3 * PAGE, flags, at + 8 * PAGE) == at + 8 * PAGE);
	CHECK(is_filled(at + 8 * PAGE, 2, 1));
	CHECK_EQ(at[10 * PAGE], 0);
	CHECK(is_filled(at + 7 * PAGE, 1, 8) && is_filled(at + 11 * PAGE, 21, 12));
	CHECK(!is_there(at) && !is_there(at + PAGE));
	/* shorter: all of the old range goes */
	CHECK(mremap(at + 20 * PAGE, 4 * PAGE, PAGE, flags, at) == at);
	CHECK(is_filled(at, 1, 21));
	CHECK(!is_there(at + 20 * PAGE) && !is_there(at + 23 * PAGE) && is_there(at + 24 * PAGE));
	/* back and forth, many times: what is left behind can be used again */
	for (int i = 0; i < 50; i++) {
		CHECK(mremap(at, PAGE, PAGE, flags, at + PAGE) == at + PAGE);
		CHECK(mremap(at + PAGE, PAGE, PAGE, flags, at) == at);
	}
	CHECK(is_filled(at, 1, 21));
	CHECK(mremap(at, 2 * PAGE, 2 * PAGE, flags, at + PAGE) == MAP_FAILED && errno == EINVAL); /* overlap */
	CHECK(mremap(at + 8 * PAGE, 2 * PAGE, 2 * PAGE, flags, at + 7 * PAGE) == MAP_FAILED && errno == EINVAL);
	CHECK(mremap(at, PAGE, PAGE, flags, at + 8 * PAGE + 1) == MAP_FAILED && errno == EINVAL);
	CHECK(mremap(at, PAGE, PAGE, flags, (char *)-PAGE) == MAP_FAILED && errno == EINVAL);
	CHECK_OK(munmap(at, 32 * PAGE));
}

static void check_shared(void)
{
	char *at = map(4, BOTH, SHARED), *second, *third;
	pid_t child;
	int status;

	fill(at, 4, 1);
	second = mremap(at, 0, 4 * PAGE, MREMAP_MAYMOVE); /* a second view of the same memory */
	REQUIRE(second != MAP_FAILED && second != at);
	CHECK(is_filled(second, 4, 1));
	second[PAGE] = 'x';
	CHECK_EQ(at[PAGE], 'x');
	CHECK(mremap(at, 0, PAGE, 0) == MAP_FAILED && errno == ENOMEM);
	third = mremap(second + PAGE, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map(3, PROT_NONE, PRIVATE));
	REQUIRE(third != MAP_FAILED);
	child = (pid_t)REQUIRE_OK(fork());
	if (!child) {
		third[PAGE] = 'y';
		_exit(at[PAGE] != 'x' || at[2 * PAGE] != 'y');
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_EQ(at[2 * PAGE], 'y');
	CHECK_OK(munmap(at, 4 * PAGE));
	CHECK_EQ(third[PAGE], 'y');
	CHECK_OK(munmap(second, PAGE));
	CHECK_OK(munmap(third, 3 * PAGE));
}

static void check_file(void)
{
	int fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	char *at = mmap(NULL, 8 * PAGE, BOTH, MAP_PRIVATE, fd, 4 * PAGE), *to;

	REQUIRE(at != MAP_FAILED);
	CHECK_EQ(data_differs(SEED_DATA, at, 2 * PAGE, 4 * PAGE), -1);
	at[PAGE] ^= 1;
	CHECK(is_there(map(1, BOTH, PRIVATE)));
	to = mremap(at + PAGE, 4 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
	REQUIRE(to != MAP_FAILED);
	CHECK_EQ(data_differs(SEED_DATA, to, 20 * PAGE, 5 * PAGE), 0); /* the byte that was changed */
	to[0] ^= 1;
	CHECK_EQ(data_differs(SEED_DATA, to, 20 * PAGE, 5 * PAGE), -1);
	CHECK_EQ(data_differs(SEED_DATA, at, PAGE, 4 * PAGE), -1);
	CHECK_EQ(data_differs(SEED_DATA, at + 5 * PAGE, 3 * PAGE, 9 * PAGE), -1);
	CHECK_OK(munmap(to, 20 * PAGE));
	CHECK_OK(munmap(at, 8 * PAGE));
	close(fd);
}

/* Much address space with few pages in it, moved to an address of another alignment. */
static void check_sparse(void)
{
	size_t mib = 1 << 20;
	char *at = mmap(NULL, 64 * mib, BOTH, PRIVATE | MAP_NORESERVE, -1, 0), *to, *page = NULL;

	REQUIRE(at != MAP_FAILED);
	for (size_t i = 0; i < 64; i += 3)
		at[i * mib + i * PAGE] = (char)(i + 1);
	page = map(1, BOTH, PRIVATE);
	to = mremap(at, 64 * mib, 128 * mib, MREMAP_MAYMOVE);
	REQUIRE(to != MAP_FAILED);
	for (size_t i = 0; i < 64; i += 3)
		CHECK_EQ(to[i * mib + i * PAGE], i + 1);
	CHECK_EQ(to[5 * mib], 0);
	CHECK_OK(munmap(to, 128 * mib));
	CHECK_OK(munmap(page, PAGE));
}

static void check_refused(void)
{
	char *at = map(4, BOTH, PRIVATE);
	struct rlimit limit, before;

	CHECK(mremap(at, PAGE, 0, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mremap(at + 1, PAGE, PAGE, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mremap(at, PAGE, PAGE, 1 << 10) == MAP_FAILED && errno == EINVAL);
	CHECK(mremap(at, PAGE, PAGE, MREMAP_FIXED, at) == MAP_FAILED && errno == EINVAL);
	CHECK(mremap(at, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL); /* private: no second view */
	CHECK(mremap(at, 1000 * PAGE, 2000 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	CHECK_OK(munmap(at + PAGE, PAGE));
	CHECK(mremap(at, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	CHECK(mremap(at + PAGE, PAGE, PAGE, 0) == MAP_FAILED && errno == EFAULT);
	CHECK(mremap(at, PAGE, (size_t)1 << 46, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM);
	CHECK_OK(getrlimit(RLIMIT_AS, &before));
	limit = before;
	limit.rlim_cur = 1ul << 34; /* more than there is */
	CHECK_OK(setrlimit(RLIMIT_AS, &limit));
	CHECK(mremap(at, PAGE, (size_t)1 << 34, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM);
	CHECK_OK(setrlimit(RLIMIT_AS, &before));
	CHECK_OK(munmap(at, 4 * PAGE));
}

/* --- with other threads --- */

static sigjmp_buf after_fault;
static volatile u32 writing; /* rounds in which the writer has begun */
static char *volatile target;

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(after_fault, 1);
}

/* Write to the page until it is gone. */
static void *writer(void *unused)
{
	(void)unused;
	if (!sigsetjmp(after_fault, 1))
		for (volatile u64 *word = (void *)target;; writing = 1)
			++*word;
	return NULL;
}

/* After mremap nobody writes to the page through the old address any more, whatever other harts have in their TLBs. */
static void check_stale(void)
{
	char *at, *to;
	pthread_t thread;
	u64 seen;

	signal(SIGSEGV, on_fault);
	for (int round = 0; round < 20; round++) {
		at = map(3, BOTH, PRIVATE);
		target = at + PAGE;
		writing = 0;
		REQUIRE_EQ(pthread_create(&thread, NULL, writer, NULL), 0);
		while (!writing)
			sched_yield();
		to = mremap(at, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map(3, PROT_NONE, PRIVATE));
		REQUIRE(to != MAP_FAILED);
		seen = *(volatile u64 *)(to + PAGE);
		sched_yield();
		CHECK_EQ(*(volatile u64 *)(to + PAGE), seen);
		CHECK(seen);
		CHECK_EQ(pthread_join(thread, NULL), 0);
		CHECK_OK(munmap(to, 3 * PAGE));
	}
	signal(SIGSEGV, SIG_DFL);
}

/* A vector that grows, as realloc does it; all at once, with forks in between. */
static void *grower(void *argument)
{
	u64 seed = (u64)argument, count = 1024, *vector = malloc(count * sizeof(u64));

	for (u64 i = 0; i < 300000; i++) {
		if (i == count)
			vector = realloc(vector, (count *= 2) * sizeof(u64));
		REQUIRE(vector != NULL);
		vector[i] = i * seed;
	}
	for (u64 i = 0; i < 300000; i++)
		if (vector[i] != i * seed) {
			CHECK_EQ(vector[i], i * seed);
			break;
		}
	free(vector);
	return NULL;
}

static void check_threads(void)
{
	pthread_t threads[3];
	int status;

	for (u64 i = 0; i < 3; i++)
		REQUIRE_EQ(pthread_create(&threads[i], NULL, grower, (void *)(i + 3)), 0);
	for (int i = 0; i < 10; i++) {
		pid_t child = (pid_t)REQUIRE_OK(fork());

		if (!child)
			_exit(7);
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK_EQ(WEXITSTATUS(status), 7);
	}
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* A file becomes shorter and longer while its mapping moves: pages that it has lost are shown by nobody. */
static void *truncater(void *argument)
{
	int fd = *(int *)argument;

	for (int i = 0; i < 200; i++) {
		CHECK_OK(ftruncate(fd, 0));
		CHECK_OK(ftruncate(fd, 64 * PAGE));
	}
	return NULL;
}

static void check_truncate(void)
{
	int fd = (int)REQUIRE_OK(open("/tmp/mem-remap", O_RDWR | O_CREAT | O_TRUNC, 0600)), flags;
	char *a, *b, *at;
	pthread_t thread;

	flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	CHECK_OK(ftruncate(fd, 64 * PAGE));
	a = mmap(NULL, 64 * PAGE, BOTH, MAP_SHARED, fd, 0);
	b = map(64, PROT_NONE, PRIVATE);
	REQUIRE(a != MAP_FAILED);
	REQUIRE_EQ(pthread_create(&thread, NULL, truncater, &fd), 0);
	at = a;
	for (int i = 0; i < 200; i++) {
		char *to = at == a ? b : a;

		for (int page = 0; page < 64; page += 5) /* pages come in through the kernel, which forgives */
			if (pread(fd, at + page * PAGE, 1, 0) < 0 && errno != EFAULT)
				CHECK_OK(-errno);
		REQUIRE(mremap(at, 64 * PAGE, 64 * PAGE, flags, to) == to);
		at = to;
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_OK(ftruncate(fd, 0));
	for (int page = 0; page < 64; page++)
		CHECK(!is_there(at + page * PAGE));
	CHECK_OK(munmap(at, 64 * PAGE));
	close(fd);
	CHECK_OK(unlink("/tmp/mem-remap"));
}

int main(void)
{
	check_in_place();
	check_move();
	check_fixed();
	check_shared();
	check_file();
	check_sparse();
	check_refused();
	check_stale();
	check_threads();
	check_truncate();
	return check_done();
}
