/* mem-fork.c - after fork the two have the same memory and are two: what one writes the other does not see, whoever is
 * first; nor what a thread writes that goes on meanwhile on another hart; and a grandchild shares with both.
 *
 * machines: all crowd
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/byte.h"
#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 6, ROUNDS = 30, LOOKS = 2000 };

static volatile u32 *memory; /* a word of each page is used */
static int to_child[2], to_parent[2];

static volatile u32 *word(u32 page)
{
	return &memory[page * PAGE / sizeof(u32)];
}

static void fill(u32 value)
{
	for (u32 i = 0; i < PAGES; i++)
		*word(i) = value + i;
}

static void tell(const int *pipe)
{
	CHECK(byte_send(pipe[1], 'x'));
}

static void hear(const int *pipe)
{
	char byte;

	CHECK(byte_receive(pipe[0], &byte));
}

/* Page 0 the child writes first, page 1 the parent, page 2 both, page 3 nobody, page 4 the grandchild. */
static void child(u32 value)
{
	int status = -1;
	pid_t pid;

	checks_failed = 0;
	*word(0) = 1;
	tell(to_parent);
	hear(to_child);
	CHECK_EQ(*word(1), value + 1);
	*word(2) = 2;
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		*word(4) = 4;
		*word(2) = 22;
		_exit(*word(0) != 1 || *word(3) != value + 3);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(*word(4), value + 4);
	CHECK_EQ(*word(2), 2);
	*word(5) = 5; /* what was shared by three has one owner now, or two */
	_exit(checks_failed != 0);
}

static void check_two(u32 value)
{
	int status = -1;
	pid_t pid;

	fill(value);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid)
		child(value);
	*word(1) = 11; /* at once: this hart has just been allowed to */
	*word(2) = 12;
	hear(to_parent);
	CHECK_EQ(*word(0), value);
	tell(to_child);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(*word(0), value);
	CHECK_EQ(*word(1), 11);
	CHECK_EQ(*word(2), 12);
	CHECK_EQ(*word(4), value + 4);
	CHECK_EQ(*word(5), value + 5);
}

static u32 ends;

static void *count_up(void *unused)
{
	while (!load_relaxed(&ends))
		++*word(0);
	return unused;
}

/* What a thread of the parent goes on writing stands still for the child. */
static void check_thread(void)
{
	pthread_t thread;
	int status = -1;
	u32 before;
	pid_t pid;

	REQUIRE(!pthread_create(&thread, NULL, count_up, NULL));
	for (int i = 0; i < ROUNDS; i++) {
		for (before = *word(0); *word(0) == before;)
			sched_yield();
		pid = (pid_t)REQUIRE_OK(fork());
		if (!pid) {
			before = *word(0);
			for (u32 n = 0; n < LOOKS; n++)
				if (*word(0) != before)
					_exit(1);
			_exit(0);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
	}
	store_relaxed(&ends, 1);
	pthread_join(thread, NULL);
}

int main(void)
{
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory != MAP_FAILED);
	REQUIRE_OK(pipe(to_child));
	REQUIRE_OK(pipe(to_parent));
	for (u32 i = 0; i < ROUNDS; i++)
		check_two(1000 + i * 10);
	check_thread();
	return check_done();
}
