/* sysfuzz.h - random arguments for system calls, good ones and absurd ones mixed, and what those are about: a
 * directory, descriptors and an arena, which belong to a worker without rights. For sysfuzz*.c alone.
 */
#pragma once

#include "kernel/abi/syscalls.h"
#include "user/test/check.h"
#include "user/test/clean.h"
#include "user/test/clock.h"
#include "user/test/data.h"
#include "user/test/random.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, ARENA_PAGES = 16, WORKERS = 4, NOBODY = 1000 };

enum made { NOTHING, DESCRIPTOR, MAPPING };

static const struct call {
	long number;
	const char *arguments;
	enum made made;
} calls[] = {
#include "user/test/sysfuzz-calls.inc"
};

static char base[] = "/tmp/sysfuzz-N";
static const char *const names[] = {
	"a", "b", "a/b", "b/c", "a/../b", "", ".", "s", "a/", "//", "much/too/deep/for/this"
};

static char *arena;
static char witness[PAGE * 4]; /* never given to the kernel */
static struct timespec limits[] = { { 0, 0 }, { 0, 1000 }, { 0, 100000 }, { -1, 0 }, { 0, -1 }, { 0, 1000000000 } };
static int descriptors[14];

static void heard(int signal)
{
	(void)signal;
}

/* Well-formed ones of what calls are given by address. */
static char stack[1 << 14];
#if defined(__riscv)
#define HANDLER heard
#else
#define HANDLER SIG_IGN /* a handler needs code of the C library's to return through */
#endif
static struct {
	void (*handler)(int);
	u64 flags, mask, more;
} actions[] = {
	{ HANDLER, 0, 0, 0 },
	{ HANDLER, SA_ONSTACK | SA_RESTART | SA_NODEFER, 0, 0 },
	{ SIG_IGN, 0, 0, 0 },
	{ SIG_DFL, 0, 0, 0 },
};
static u64 sets[] = { 0, 1ul << (SIGWINCH - 1), 1ul << (SIGURG - 1) | 1ul << (SIGCHLD - 1), -1ul };
static struct sigevent events[] = {
	{ .sigev_notify = SIGEV_NONE },
	{ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGWINCH },
	{ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 1000 },
	{ .sigev_notify = 77, .sigev_signo = SIGURG },
};
static struct itimerspec intervals[] = {
	{ { 0, 0 }, { 0, 0 } },
	{ { 0, 100 }, { 0, 50 } },
	{ { 0, 0 }, { 0, 1000 } },
	{ { -1, 0 }, { 0, -1 } },
};
static stack_t stacks[] = {
	{ .ss_sp = stack, .ss_size = sizeof(stack) },
	{ .ss_flags = SS_DISABLE },
	{ .ss_sp = stack, .ss_size = 8 },
	{ .ss_sp = stack, .ss_size = sizeof(stack), .ss_flags = 99 },
};

/* What may have been taken away, by whoever may give it back. */
static void restore_rights(void)
{
	static const int own[] = { SIGALRM, SIGVTALRM, SIGPROF };
	struct sigaction action = { .sa_handler = heard };
	sigset_t none;

	sigemptyset(&none);
	for (int i = 0; i < 3; i++)
		REQUIRE_OK(sigaction(own[i], &action, NULL));
	REQUIRE_OK(sigprocmask(SIG_SETMASK, &none, NULL));
	umask(0);
	REQUIRE_OK(chmod(base, 0700));
	REQUIRE_OK(chdir(base));
	for (int i = 0; i < 2; i++)
		chmod(i ? "a" : "b", 0700);
	unlink("f");
	unlink("g");
}

static void restore(void)
{
	static const char *const makes[] = { "f", "g" };

	REQUIRE(mmap(arena, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0) == arena);
	REQUIRE_OK(mprotect(arena + 13 * PAGE, PAGE, PROT_READ));
	REQUIRE_OK(mprotect(arena + 14 * PAGE, PAGE, PROT_NONE));
	REQUIRE_OK(munmap(arena + 15 * PAGE, PAGE));
	for (size_t i = 0; i < ARRAY_SIZE(descriptors); i++)
		if (descriptors[i] > 2)
			close(descriptors[i]);
	restore_rights();
	for (int i = 0; i < 2; i++)
		descriptors[i] = (int)REQUIRE_OK(open(makes[i], O_RDWR | O_CREAT | O_TRUNC, 0600));
	descriptors[2] = (int)REQUIRE_OK(open(base, O_RDONLY | O_DIRECTORY));
	descriptors[3] = (int)REQUIRE_OK(eventfd(1, EFD_NONBLOCK));
	descriptors[4] = (int)REQUIRE_OK(open("/dev/zero", O_RDONLY));
	descriptors[5] = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	REQUIRE_OK(pipe2(&descriptors[10], O_NONBLOCK));
	descriptors[12] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	descriptors[13] = (int)syscall(SYS_io_uring_setup, 8, memset(arena, 0, 120));
	descriptors[6] = -1;
	descriptors[7] = 999;
	descriptors[8] = AT_FDCWD;
	descriptors[9] = (int)REQUIRE_OK(open(data_is_read_only() ? data_path("many") : base, O_RDONLY | O_DIRECTORY));
}

static u64 any_number(void)
{
	static const u64 odd[] = { 0,	       1,	   2,	       3,	   8,	       64,
				   255,	       256,	   4096,       0x7fffffff, 0x80000000, 0xffffffff,
				   1ull << 32, 1ull << 62, 1ull << 63, -1ull,	   -2ull,      -4096ull };

	return random_below(4) ? odd[random_below(ARRAY_SIZE(odd))] : random_next() >> random_below(64);
}

static u64 any_pointer(void)
{
	static const u64 odd[] = { 0, 1, -1ull, -4096ull, 1ull << 62, 1ull << 63, -(1ull << 38), 1ull << 38 };
	u64 where = random_below(10);

	if (where < 3)
		return odd[random_below(ARRAY_SIZE(odd))];
	/* the first pages can be written; around page 13 the rights end, and the arena does after 15 */
	return (uintptr_t)arena + (where < 7 ? random_below(8) : 12 + random_below(4)) * PAGE +
	       (random_below(2) ? 0 : random_below(PAGE));
}

static u64 any_time(void)
{
	return random_below(3) ? (uintptr_t)&limits[random_below(ARRAY_SIZE(limits))] : (u64)-4096;
}

static u64 any_address(void)
{
	return (uintptr_t)arena + random_below(ARENA_PAGES) * PAGE + (random_below(8) ? 0 : random_below(PAGE));
}

/* Not more than is left of the arena behind ADDRESS; or an absurd length that leads over the end of all addresses. */
static u64 any_length(u64 address)
{
	static const u64 odd[] = { 0, 1, -1ull, -4096ull }; /* not 1ull << 63: Linux' madvise forgets all up to there */
	u64 left = (uintptr_t)arena + ARENA_PAGES * PAGE - address;

	return random_below(4) ? 1 + random_below(left) : odd[random_below(ARRAY_SIZE(odd))];
}

static u64 any_mmap_flags(void)
{
	static const u64 some[] = {
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		MAP_PRIVATE | MAP_FIXED,
		MAP_FIXED,
		MAP_SHARED | MAP_FIXED | MAP_ANONYMOUS,
	};

	return some[random_below(ARRAY_SIZE(some))];
}

/* A good one, or an address at which nothing is. */
static u64 good(void *first, size_t bytes, size_t count)
{
	static const u64 nowhere[] = { 0, 8, -8ull, 1ull << 63 };

	return random_below(5) ? (u64)first + random_below(count) * bytes : nowhere[random_below(ARRAY_SIZE(nowhere))];
}
#define GOOD(objects) good(objects, sizeof((objects)[0]), ARRAY_SIZE(objects))

static u64 any_process(void)
{
	return random_below(3) ? (u64)getpid() : random_below(2) ? 9999999 : -9999999ul;
}

static u64 signal_argument(char letter)
{
	static const u64 harmless[] = { 0, SIGCHLD, SIGURG, SIGWINCH, SIGCONT, 65, 1000, -1ull };

	switch (letter) {
	case 'g':
		return harmless[random_below(ARRAY_SIZE(harmless))];
	case 'z':
		return random_below(8) ? 8 : any_number();
	case 'A':
		return GOOD(actions);
	case 'S':
		return random_below(2) ? GOOD(sets) : any_pointer();
	case 'E':
		return GOOD(events);
	case 'I':
		return random_below(3) ? GOOD(intervals) : any_pointer();
	default:
		return GOOD(stacks);
	}
}

static u64 argument(char letter, u64 before)
{
	static const u64 futex_ops[] = { FUTEX_WAKE, FUTEX_WAKE_PRIVATE, FUTEX_WAKE_BITSET, FUTEX_REQUEUE, 99, -1ull };
	static const u64 clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, 12345, 1ull << 31 };

	switch (letter) {
	case 'f':
		return (u64)descriptors[random_below(ARRAY_SIZE(descriptors))];
	case 'p':
		return any_pointer();
	case 'n':
		return random_below(8) ? (uintptr_t)names[random_below(ARRAY_SIZE(names))] : any_pointer();
	case 's':
		return random_below(2) ? random_below(3 * PAGE) : any_number();
	case 'o':
		return random_below(2) ? any_number() & ~(u64)O_PATH : O_RDWR | O_CREAT;
	case 't':
		return any_time();
	case 'u':
		return futex_ops[random_below(ARRAY_SIZE(futex_ops))];
	case 'a':
		return any_address();
	case 'l':
		return any_length(before);
	case 'r':
		return random_below(16);
	case 'm':
		return any_mmap_flags();
	case 'v':
		return random_below(2) ? random_below(15) : 1000 + random_below(1000);
	case 'c':
		return clocks[random_below(ARRAY_SIZE(clocks))];
	case '0':
		return 0;
	case 'w':
		return random_below(10);
	case 'q':
		return any_process();
	case 'L':
		return random_below(3) ? 1 + random_below(PAGE) : any_number() | 1ull << 40;
	case 'M':
		return random_below(5) ? random_below(4) : any_number();
	case 'g':
	case 'z':
	case 'A':
	case 'S':
	case 'E':
	case 'I':
	case 'K':
		return signal_argument(letter);
	default:
		return any_number();
	}
}

static void witness_begin(void)
{
	for (size_t i = 0; i < sizeof(witness); i++)
		witness[i] = (char)(i * 7);
}

static void check_ordinary(void)
{
	char *heap = malloc(1 << 20);

	for (size_t i = 0; i < sizeof(witness); i++)
		if (witness[i] != (char)(i * 7))
			CHECK_EQ(i, -1);
	REQUIRE(heap != NULL);
	memset(heap, 1, 1 << 20);
	free(heap);
}

static void directory_of(u32 me)
{
	base[sizeof(base) - 2] = (char)('0' + me);
}

/* The directory of worker ME, which will be nobody. */
static void directory_make(u32 me)
{
	directory_of(me);
	REQUIRE(!mkdir(base, 0700) || errno == EEXIST);
	if (!geteuid())
		REQUIRE_OK(chown(base, NOBODY, NOBODY));
}

static void clean(u32 me)
{
	directory_of(me);
	REQUIRE_OK(chdir(base));
	clean_here(8);
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir(base));
}

/* Worker ME begins: random numbers and an arena of its own, and no rights. */
static void worker_begin(u32 me)
{
	for (u32 i = 0; i <= me; i++)
		random_state = random_next();
	if (!geteuid())
		REQUIRE(!setgroups(0, NULL) && !setgid(NOBODY) && !setuid(NOBODY));
	arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(arena != MAP_FAILED);
}
