/* futex-keys.c - a wake reaches whoever waits for that very word with those bits, and nobody else: many words, some of
 * which share a bucket in the kernel; the same place in many files; bits that do not meet.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WORDS = 2048, FILES = 48, PAGE = 4096, BITS = 4 };

static u32 words[WORDS], aside;

static long futex(u32 *address, int op, u32 value, u32 bits)
{
	return syscall(SYS_futex, address, op, value, NULL, NULL, bits);
}

/* Wake nobody, move up to MOVE: how many were there. */
static long requeue(u32 *from, u32 *to, int private, u32 move)
{
	return syscall(SYS_futex, from, FUTEX_REQUEUE | private, 0, (u64)move, to, 0);
}

struct waiter {
	pthread_t thread;
	u32 *word;
	int private;
};

static void *wait_main(void *argument)
{
	struct waiter *w = argument;

	CHECK_EQ(futex(w->word, FUTEX_WAIT_BITSET | w->private, 0, BITS), 0);
	return NULL;
}

/* It waits when this returns: who can be moved aside and back does. */
static void waiter_start(struct waiter *w, u32 *word, int private)
{
	*w = (struct waiter){ .word = word, .private = private };
	REQUIRE(!pthread_create(&w->thread, NULL, wait_main, w));
	while (requeue(word, &aside, private, 1) != 1)
		sched_yield();
	CHECK_EQ(requeue(&aside, word, private, 1), 1);
}

/* With the right word and the right bits, now: one is woken. */
static void waiter_end(struct waiter *w)
{
	CHECK_EQ(futex(w->word, FUTEX_WAKE_BITSET | w->private, 9, BITS | 1), 1);
	pthread_join(w->thread, NULL);
}

static void check_words(void)
{
	struct waiter w;
	long found = 0;

	waiter_start(&w, &words[77], FUTEX_PRIVATE_FLAG);
	for (u32 i = 0; i < WORDS; i++)
		if (i != 77) {
			found += futex(&words[i], FUTEX_WAKE_PRIVATE, 9, 0);
			found += requeue(&words[i], &aside, FUTEX_PRIVATE_FLAG, 9);
		}
	CHECK_EQ(found, 0);
	waiter_end(&w);
}

static void check_bits(void)
{
	struct waiter w;

	waiter_start(&w, &words[5], FUTEX_PRIVATE_FLAG);
	CHECK_EQ(futex(&words[5], FUTEX_WAKE_BITSET_PRIVATE, 9, ~(u32)BITS), 0);
	CHECK_EQ(futex(&words[5], FUTEX_WAKE_BITSET_PRIVATE, 9, 1), 0);
	waiter_end(&w);
}

static void check_files(void)
{
	u32 *firsts[FILES];
	struct waiter w;
	long found = 0;

	for (u32 i = 0; i < FILES; i++) {
		int fd = (int)REQUIRE_OK(open("/tmp/futex-keys", O_RDWR | O_CREAT | O_EXCL, 0600));

		CHECK_OK(unlink("/tmp/futex-keys"));
		CHECK_OK(ftruncate(fd, PAGE));
		firsts[i] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		REQUIRE(firsts[i] != MAP_FAILED);
		CHECK_OK(close(fd));
	}
	waiter_start(&w, firsts[9], 0);
	for (u32 i = 0; i < FILES; i++)
		if (i != 9)
			found += futex(firsts[i], FUTEX_WAKE, 9, 0);
	CHECK_EQ(found, 0);
	waiter_end(&w);
	for (u32 i = 0; i < FILES; i++)
		CHECK_OK(munmap(firsts[i], PAGE));
}

int main(void)
{
	check_words();
	check_bits();
	check_files();
	return check_done();
}
