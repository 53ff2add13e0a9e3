/* membarrier.c - one side pays for both: a store and a load with no fence between them in one thread, and membarrier in
 * the other. Never do both miss the other's store. What must be registered first; what is refused.
 *
 * oracle: native
 * links: user/lib/entries.c
 */
#define _GNU_SOURCE
#include "user/lib/entries.h"
#include "user/test/check.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 300, VISITS = 100, PRIVATE = MEMBARRIER_CMD_PRIVATE_EXPEDITED };

static long membarrier(int command, unsigned flags)
{
	return syscall(SYS_membarrier, command, flags, 0);
}

/* Far from each other. */
static struct {
	u32 round __attribute__((aligned(256))), done __attribute__((aligned(256)));
	u32 mine __attribute__((aligned(256))), other __attribute__((aligned(256)));
	u32 seen __attribute__((aligned(256)));
} shared;

static void *light_side(void *unused)
{
	(void)unused;
	for (u32 round = 1; round <= ROUNDS; round++) {
		while (load_acquire(&shared.round) != round)
			;
		store_relaxed(&shared.mine, round);
		__asm__ volatile("" ::: "memory"); /* no fence: a barrier for the compiler alone */
		store_relaxed(&shared.seen, load_relaxed(&shared.other));
		store_release(&shared.done, round);
	}
	return NULL;
}

static void check_order(void)
{
	u32 both_missed = 0, seen;
	pthread_t thread;

	REQUIRE_EQ(pthread_create(&thread, NULL, light_side, NULL), 0);
	for (u32 round = 1; round <= ROUNDS; round++) {
		store_release(&shared.round, round);
		for (u32 i = 0; i < round * 7 % 50; i++)
			__asm__ volatile("");
		store_relaxed(&shared.other, round);
		CHECK_OK(membarrier(PRIVATE, 0));
		seen = load_relaxed(&shared.mine);
		while (load_acquire(&shared.done) != round)
			;
		both_missed += seen != round && load_relaxed(&shared.seen) != round;
	}
	CHECK_EQ(both_missed, 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

static u32 spins, over; /* atomic */

static void *spinner(void *unused)
{
	(void)unused;
	while (!load_relaxed(&over))
		atomic_add_relaxed(&spins, 1);
	return NULL;
}

/* Order alone shows little on a machine that drains its store buffers in no time. So where the kernel counts its
 * entries: a thread that makes no calls enters it for each barrier, if it runs on another hart. */
static void check_visits(void)
{
	long before = kernel_entries(), asking = kernel_entries() - before, alone, both;
	pthread_t thread;
	u32 seen;

	if (before < 0 || sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	before = kernel_entries();
	for (int i = 0; i < VISITS; i++)
		CHECK_EQ(membarrier(PRIVATE, 0), 0);
	alone = kernel_entries() - before - asking;
	REQUIRE_EQ(pthread_create(&thread, NULL, spinner, NULL), 0);
	while (!load_relaxed(&spins))
		sched_yield();
	before = kernel_entries();
	for (int i = 0; i < VISITS; i++) {
		seen = load_relaxed(&spins);
		CHECK_EQ(membarrier(PRIVATE, 0), 0);
		while (load_relaxed(&spins) == seen) /* it is back in user mode */
			;
	}
	both = kernel_entries() - before - asking;
	store_relaxed(&over, 1);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	if (!CHECK(both >= alone + VISITS / 2))
		check_note("%ld entries alone, %ld with another thread", alone, both);
}

int main(void)
{
	long all = membarrier(MEMBARRIER_CMD_QUERY, 0);
	int status;
	pid_t child;

	if (all < 0 && errno == ENOSYS)
		return check_skip("no membarrier here");
	CHECK(all & PRIVATE && all & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
	CHECK_ERRNO(membarrier(PRIVATE, 0), EPERM);
	CHECK_ERRNO(membarrier(PRIVATE, 64), EINVAL);
	CHECK_ERRNO(membarrier(1 << 29, 0), EINVAL);
	CHECK_ERRNO(membarrier(3, 0), EINVAL);
	CHECK_EQ(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0), 0);
	CHECK_EQ(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0), 0);
	CHECK_EQ(membarrier(PRIVATE, 0), 0);
	CHECK_ERRNO(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0), EPERM);
	if (all & MEMBARRIER_CMD_GLOBAL)
		CHECK_EQ(membarrier(MEMBARRIER_CMD_GLOBAL, 0), 0);
	child = (pid_t)REQUIRE_OK(fork());
	if (!child)
		_exit(membarrier(PRIVATE, 0) ? 1 : 0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	check_order();
	check_visits();
	return check_done();
}
