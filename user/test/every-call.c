/* every-call.c - every system call number there can be, also Chime's own, with hostile arguments: nothing, kernel
 * addresses, odd ones, across the end of a page, read-only, huge lengths, wild descriptors. Several processes do it
 * at once, each until it has had enough, has ruined itself or is killed while it waits for something. Any of these is
 * fine: the kernel must not mind, and must give back all of it.
 *
 * Left out is what would hit others or multiply. Seed: environment CHIME_SEED, printed.
 *
 * machines: all crowd
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"
#include "user/test/data.h"
#include "user/test/random.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { PAGE = 4096, ROUNDS = 6, CHILDREN = 4, CALLS = 3000, RESTORE_EVERY = 64, TIME_MS = 60 };
enum { LINUX_END = 512, OWN_FIRST = 1000, OWN_END = 1010 };

static const long left_out[] = { SYS_exit,   SYS_exit_group,	  SYS_kill,   SYS_tkill,     SYS_tgkill,     SYS_clone,
				 SYS_reboot, SYS_rt_sigqueueinfo, SYS_clone3, SYS_prlimit64, SYS_setpriority };

/* Read and write | read only | nothing allowed | not mapped */
static char *arena;

static u64 any_number(void)
{
	static const u64 odd[] = { 0,	       1,	   2,	       8,	   16,	  4096,	   0x7fffffff,
				   0x80000000, 0xffffffff, 1ull << 62, 1ull << 63, -1ull, -100ull, -4096ull };

	return random_below(3) ? odd[random_below(ARRAY_SIZE(odd))] : random_next() >> random_below(64);
}

static u64 any_pointer(void)
{
	static const u64 odd[] = { 0,
				   1,
				   -1ull,
				   -8ull,
				   -4096ull,
				   1ull << 38,
				   (1ull << 38) - 8,
				   1ull << 63,
				   0xffffffc000000000,
				   0xffffffc080200000,
				   0xffffffc0a0000000 };
	u64 page = (uintptr_t)arena + random_below(4) * PAGE;

	switch (random_below(4)) {
	case 0:
		return odd[random_below(ARRAY_SIZE(odd))];
	case 1:
		return page;
	case 2:
		return page + random_below(PAGE);
	default:
		return page + PAGE - 1 - random_below(16);
	}
}

static u64 any_argument(void)
{
	switch (random_below(5)) {
	case 0:
	case 1:
		return any_pointer();
	case 2:
		return random_below(16); /* a descriptor, an operation, a flag */
	default:
		return any_number();
	}
}

static long any_call(void)
{
	long number;

	do {
		number = random_below(8) ? (long)random_below(LINUX_END)
					 : OWN_FIRST + (long)random_below(OWN_END - OWN_FIRST);
		for (size_t i = 0; i < ARRAY_SIZE(left_out); i++)
			if (number == left_out[i])
				number = -1;
	} while (number < 0);
	return number;
}

/* What a call may have taken away; and nothing of ours shows on the console. */
static void restore(void)
{
	static const char *const paths[] = { "/dev/null", "/dev/null",	     "/dev/null",   "/dev/zero",
					     "/",	  "/proc/self/stat", "/dev/urandom" };
	int fd;

	for (int i = 0; i < 40; i++)
		close(i);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		open(paths[i], i < 3 ? O_RDWR : O_RDONLY);
	open(data_path("data"), O_RDONLY);
	eventfd(1, 0);
	fd = open("/tmp/every-call", O_RDWR | O_CREAT, 0600);
	unlink("/tmp/every-call");
	if (fd >= 0)
		dup(fd);
	arena = mmap((void *)0x30000000, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0);
	for (int i = 0; i < 2 * PAGE; i += 8)
		*(u64 *)(arena + i) = random_below(2) ? any_number() : 0;
	mprotect(arena + PAGE, PAGE, PROT_READ);
	mprotect(arena + 2 * PAGE, PAGE, PROT_NONE);
	munmap(arena + 3 * PAGE, PAGE);
}

static int hostile(const char *seed)
{
	random_state = strtoull(seed, NULL, 0);
	for (int i = 0; i < CALLS; i++) {
		u64 args[6];

		if (i % RESTORE_EVERY == 0)
			restore();
		for (int n = 0; n < 6; n++)
			args[n] = any_argument();
		syscall(any_call(), args[0], args[1], args[2], args[3], args[4], args[5]);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t pids[CHILDREN];
	char seed[24];

	child_self = argv[0];
	if (argc > 2)
		return hostile(argv[2]);
	random_init();
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < CHILDREN; i++) {
			snprintf(seed, sizeof(seed), "%llu", (unsigned long long)random_next());
			pids[i] = (pid_t)REQUIRE_OK(child_start("hostile", seed));
		}
		sleep_ms(TIME_MS);
		for (int i = 0; i < CHILDREN; i++) {
			kill(pids[i], SIGKILL);
			CHECK(child_wait(pids[i]) >= 0);
		}
	}
	return check_done();
}
