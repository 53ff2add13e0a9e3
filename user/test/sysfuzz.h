/* sysfuzz.h - a worker that makes random system calls, with random arguments, good ones and absurd ones mixed: it has
 * no rights, and what it spoils it can restore. For sysfuzz*.c alone.
 */
#pragma once

#include "user/test/sysfuzz-arguments.h"

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
