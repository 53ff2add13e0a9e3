/* mem-shootdown.c - what one thread takes away is away for a thread that runs on another hart all the time and touches
 * it in each moment: once the call is over, no old translation is left anywhere.
 *
 *     this hart      prepare ........ go        take away, over = 1 ........ look at what the other one met
 *     the other      touches, touches, touches ...........  sees over, touches once more: a fault, or the new page
 *
 * machines: smp>=2 crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 20, ROUNDS = 6, FAULT = -1, OLD = 7 };

static char *memory;
static int file;
static u32 round_begun, over, touched, round_ended;
static bool writes;	 /* the other one stores; else it loads */
static volatile int met; /* by its last touch: a byte, or FAULT */
static sigjmp_buf out;

static void fault(int signal)
{
	siglongjmp(out, signal);
}

/* The second page, and the last one: long ranges are flushed in another way. */
static int touch(volatile char *at)
{
	int value = at[PAGE];

	if (writes)
		at[PAGE] = (char)value;
	if (value == OLD)
		value = at[(PAGES - 1) * PAGE];
	return value;
}

static void pin(int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	(void)!sched_setaffinity(0, sizeof(set), &set); /* where that is not allowed, they mostly are apart anyway */
}

/* Until it is over, and once more. */
static void touch_all_the_time(u32 round)
{
	bool last;

	if (sigsetjmp(out, 1)) {
		met = FAULT;
		return;
	}
	do {
		last = load_acquire(&over) == round;
		met = touch(memory);
		store_release(&touched, round);
	} while (!last);
}

static void *other_main(void *unused)
{
	pin(1);
	for (u32 round = 1;; round++) {
		while (load_acquire(&round_begun) < round)
			cpu_relax();
		if (!memory)
			return unused;
		touch_all_the_time(round);
		while (load_acquire(&over) != round)
			cpu_relax(); /* it may have met the change before that was told */
		store_release(&round_ended, round);
	}
}

static u32 rounds;

/* TAKE takes the memory away while the other one touches it. What its last touch meets. */
static int meets(void (*take)(void), bool stores, int flags)
{
	bool file_backed = !(flags & MAP_ANONYMOUS);

	CHECK_OK(ftruncate(file, PAGES * PAGE));
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags, file_backed ? file : -1, 0);
	REQUIRE(memory != MAP_FAILED);
	for (int i = 0; i < PAGES; i++)
		memory[i * PAGE] = OLD;
	writes = stores;
	store_release(&round_begun, ++rounds);
	while (load_acquire(&touched) != rounds)
		cpu_relax();
	take();
	store_release(&over, rounds);
	while (load_acquire(&round_ended) != rounds)
		cpu_relax();
	munmap(memory, PAGES * PAGE);
	return met;
}

static void take_unmap(void)
{
	CHECK_OK(munmap(memory, PAGES * PAGE));
}

static void take_unmap_one(void)
{
	CHECK_OK(munmap(memory + PAGE, PAGE));
}

static void take_rights(void)
{
	CHECK_OK(mprotect(memory, PAGES * PAGE, PROT_NONE));
}

static void take_rights_one(void)
{
	CHECK_OK(mprotect(memory + PAGE, PAGE, PROT_NONE));
}

static void take_writing(void)
{
	CHECK_OK(mprotect(memory + PAGE, PAGE, PROT_READ));
}

static void take_content(void)
{
	CHECK_OK(madvise(memory, PAGES * PAGE, MADV_DONTNEED));
}

static void take_place(void)
{
	char *to = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mremap(memory, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	CHECK_OK(munmap(to, PAGES * PAGE));
}

static void take_file(void)
{
	CHECK_OK(ftruncate(file, 0));
}

static const struct way {
	const char *name;
	void (*take)(void);
	int stores, flags, meets;
} ways[] = {
	{ "munmap", take_unmap, 0, MAP_PRIVATE | MAP_ANONYMOUS, FAULT },
	{ "munmap of a page", take_unmap_one, 0, MAP_PRIVATE | MAP_ANONYMOUS, FAULT },
	{ "mprotect", take_rights, 0, MAP_PRIVATE | MAP_ANONYMOUS, FAULT },
	{ "mprotect of a page", take_rights_one, 0, MAP_PRIVATE | MAP_ANONYMOUS, FAULT },
	{ "mprotect, read only", take_writing, 1, MAP_PRIVATE | MAP_ANONYMOUS, FAULT },
	{ "madvise", take_content, 0, MAP_PRIVATE | MAP_ANONYMOUS, 0 },
	{ "mremap", take_place, 0, MAP_PRIVATE | MAP_ANONYMOUS, FAULT },
	{ "ftruncate", take_file, 0, MAP_SHARED, FAULT },
};

int main(void)
{
	struct sigaction action = { .sa_handler = fault };
	pthread_t other;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return check_skip("one hart");
	file = (int)REQUIRE_OK(open("/tmp/mem-shootdown", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CHECK_OK(unlink("/tmp/mem-shootdown"));
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	REQUIRE(!pthread_create(&other, NULL, other_main, NULL));
	pin(0);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		for (int round = 0; round < ROUNDS; round++)
			if (!CHECK_EQ(meets(ways[i].take, ways[i].stores, ways[i].flags), ways[i].meets)) {
				check_note("%s", ways[i].name);
				break;
			}
	memory = NULL;
	store_release(&round_begun, rounds + 1);
	pthread_join(other, NULL);
	return check_done();
}
