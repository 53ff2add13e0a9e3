/* sysfuzz.c - random system calls with random arguments, good ones and absurd ones mixed. Each must answer something
 * that is an answer; memory that was not handed to the kernel must not change; at the end everything ordinary still
 * works.
 *
 * Left out is what would end, stop or block the program rightly: exit, kill, clone, sleeping for an hour. Names are
 * relative to a directory of its own, memory calls stay in an arena. Seed: environment CHIME_SEED, printed.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clean.h"
#include "user/test/data.h"
#include "user/test/random.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, ARENA_PAGES = 16, STEPS = 3000, RESTORE_EVERY = 50 };

/* One letter per argument: f descriptor, p pointer, n name, s size, i any number, o flags of open, t time limit (never
 * long), c clock (not one of processor time: it stands still while one sleeps), u futex operation that does not wait,
 * a memory address, l its length, r protection, m mmap flags, v advice, 0 zero. */
static const struct call {
	long number;
	const char *arguments;
	bool makes_descriptor;
} calls[] = {
	{ SYS_read, "fps", false },
	{ SYS_write, "fps", false },
	{ SYS_pread64, "fpsi", false },
	{ SYS_pwrite64, "fpsi", false },
	{ SYS_readv, "fpi", false },
	{ SYS_writev, "fpi", false },
	{ SYS_preadv, "fpii", false },
	{ SYS_lseek, "fii", false },
	{ SYS_openat, "fnoi", true },
	{ SYS_dup, "f", true },
	{ SYS_dup3, "ffi", false },
	{ SYS_fcntl, "fii", true },
	{ SYS_ioctl, "fip", false },
	{ SYS_fstat, "fp", false },
	{ SYS_newfstatat, "fnpi", false },
	{ SYS_statx, "fniip", false },
	{ SYS_readlinkat, "fnps", false },
	{ SYS_getdents64, "fps", false },
	{ SYS_getcwd, "ps", false },
	{ SYS_mkdirat, "fni", false },
	{ SYS_mknodat, "fnii", false },
	{ SYS_unlinkat, "fni", false },
	{ SYS_symlinkat, "nfn", false },
	{ SYS_linkat, "fnfni", false },
	{ SYS_renameat2, "fnfni", false },
	{ SYS_ftruncate, "fs", false },
	{ SYS_truncate, "ns", false },
	{ SYS_faccessat, "fni", false },
	{ SYS_fsync, "f", false },
	{ SYS_fdatasync, "f", false },
	{ SYS_nanosleep, "tp", false },
	{ SYS_clock_nanosleep, "c0tp", false },
	{ SYS_clock_gettime, "ip", false },
	{ SYS_clock_getres, "ip", false },
	{ SYS_gettimeofday, "pp", false },
	{ SYS_uname, "p", false },
	{ SYS_sysinfo, "p", false },
	{ SYS_getrandom, "psi", false },
	{ SYS_ppoll, "pitps", false },
	{ SYS_futex, "puitpi", false },
	{ SYS_eventfd2, "ii", true },
	{ SYS_mmap, "alrmfi", false },
	{ SYS_munmap, "al", false },
	{ SYS_mprotect, "alr", false },
	{ SYS_madvise, "alv", false },
	{ SYS_io_uring_setup, "ip", true },
	{ SYS_io_uring_enter, "fi0ipi", false },
	{ SYS_io_uring_register, "fipi", false },
	{ SYS_sched_getaffinity, "isp", false },
	{ SYS_sched_yield, "", false },
	{ SYS_getpid, "", false },
	{ SYS_wait4, "ipip", false },
	{ SYS_execve, "npp", false },
	{ 4000, "iiiiii", false },
	{ 100000, "iiiiii", false },
};

static const char base[] = "/tmp/sysfuzz";
static const char *const names[] = {
	"a", "b", "a/b", "b/c", "a/../b", "", ".", "s", "a/", "//", "much/too/deep/for/this"
};

static char *arena;
static char witness[PAGE * 4]; /* never given to the kernel */
static struct timespec limits[] = { { 0, 0 }, { 0, 1000 }, { 0, 100000 }, { -1, 0 }, { 0, -1 }, { 0, 1000000000 } };
static int descriptors[10];

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
	REQUIRE_OK(chdir(base));
	for (int i = 0; i < 2; i++)
		descriptors[i] = (int)REQUIRE_OK(open(makes[i], O_RDWR | O_CREAT | O_TRUNC, 0600));
	descriptors[2] = (int)REQUIRE_OK(open(base, O_RDONLY | O_DIRECTORY));
	descriptors[3] = (int)REQUIRE_OK(eventfd(1, EFD_NONBLOCK));
	descriptors[4] = (int)REQUIRE_OK(open("/dev/zero", O_RDONLY));
	descriptors[5] = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
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
	static const u64 odd[] = { 0, 1, -1ull, -4096ull, 1ull << 63 };
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
	default:
		return any_number();
	}
}

static void step(void)
{
	const struct call *call = &calls[random_below(ARRAY_SIZE(calls))];
	u64 args[6] = { 0 };
	long ret;

	for (int i = 0; call->arguments[i]; i++)
		args[i] = argument(call->arguments[i], i ? args[i - 1] : 0);
	errno = 0;
	ret = syscall(call->number, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (!CHECK(ret != -1 || (errno > 0 && errno < 134))) /* no internal code comes out */
		check_note("system call %ld: errno %d", call->number, errno);
	if (call->makes_descriptor && ret > 2)
		close((int)ret);
}

int main(void)
{
	char *heap;

	random_init();
	umask(0);
	REQUIRE(!mkdir(base, 0700) || errno == EEXIST);
	for (size_t i = 0; i < sizeof(witness); i++)
		witness[i] = (char)(i * 7);
	arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(arena != MAP_FAILED);
	for (int i = 0; i < STEPS; i++) {
		if (i % RESTORE_EVERY == 0)
			restore();
		step();
	}
	restore();
	for (size_t i = 0; i < sizeof(witness); i++)
		if (witness[i] != (char)(i * 7))
			CHECK_EQ(i, -1);
	heap = malloc(1 << 20);
	REQUIRE(heap != NULL);
	memset(heap, 1, 1 << 20);
	free(heap);
	clean_here(8);
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir(base));
	return check_done();
}
