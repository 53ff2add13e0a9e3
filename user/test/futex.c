/* futex.c - the system call itself: value compared, counts woken, bit sets, time limits, and every way to be refused.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WAITERS = 4 };

static u32 word;

static long futex(u32 *address, int op, u32 value, const struct timespec *limit, u32 bits)
{
	return syscall(SYS_futex, address, op, value, limit, NULL, bits);
}

static void check_compare(void)
{
	word = 1;
	for (int private = 0; private <= FUTEX_PRIVATE_FLAG; private += FUTEX_PRIVATE_FLAG) {
		CHECK_ERRNO(futex(&word, FUTEX_WAIT | private, 0, NULL, 0), EAGAIN);
		CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | private, 2, NULL, 1), EAGAIN);
		CHECK_EQ(futex(&word, FUTEX_WAKE | private, 100, NULL, 0), 0);
		CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET | private, 100, NULL, ~0u), 0);
	}
}

static void check_limits(void)
{
	struct timespec zero = { 0, 0 }, soon = { 0, 10 * 1000 * 1000 }, at;
	u64 begin = clock_ns(CLOCK_MONOTONIC);

	CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 1, &zero, 0), ETIMEDOUT);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 1, &soon, 0), ETIMEDOUT);
	CHECK(clock_ns(CLOCK_MONOTONIC) - begin >= 10 * 1000 * 1000);

	at = clock_after(CLOCK_MONOTONIC, 10 * 1000 * 1000); /* BITSET: absolute */
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, &at, ~0u), ETIMEDOUT);
	CHECK(clock_ns(CLOCK_MONOTONIC) >= timespec_ns(&at));
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, &at, ~0u), ETIMEDOUT);
	at = clock_after(CLOCK_REALTIME, 10 * 1000 * 1000);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, &at, ~0u), ETIMEDOUT);
	CHECK(clock_ns(CLOCK_REALTIME) >= timespec_ns(&at));
}

static void check_refused(void)
{
	struct timespec negative = { -1, 0 }, too_many = { 0, 1000000000 };
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(page != MAP_FAILED);
	REQUIRE_OK(munmap(page + 4096, 4096));
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 1, &negative, 0), EINVAL);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 1, &too_many, 0), EINVAL);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 1, (void *)(page + 4096), 0), EFAULT);
	CHECK_ERRNO(futex((u32 *)((char *)&word + 1), FUTEX_WAIT_PRIVATE, 1, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((u32 *)((char *)&word + 2), FUTEX_WAKE_PRIVATE, 1, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((u32 *)(page + 4096), FUTEX_WAIT_PRIVATE, 0, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((u32 *)-4096, FUTEX_WAIT_PRIVATE, 0, NULL, 0), EFAULT);
	CHECK_ERRNO(futex(NULL, FUTEX_WAIT_PRIVATE, 0, NULL, 0), EFAULT);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&word, 99, 1, NULL, 0), ENOSYS);
	/* A page never touched is zero: the kernel brings it in. */
	CHECK_ERRNO(futex((u32 *)page, FUTEX_WAIT_PRIVATE, 1, NULL, 0), EAGAIN);
	CHECK_OK(munmap(page, 4096));
}

struct waiter {
	pthread_t thread;
	u32 bits, woken;
};

static void *wait_main(void *argument)
{
	struct waiter *waiter = argument;

	REQUIRE_EQ(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, NULL, waiter->bits), 0);
	store_release(&waiter->woken, 1); /* pairs with the loads of wait_until_woken */
	return NULL;
}

static unsigned count_woken(const struct waiter *waiters)
{
	unsigned count = 0;

	for (int i = 0; i < WAITERS; i++)
		count += load_acquire(&waiters[i].woken);
	return count;
}

/* Wake up to COUNT waiters for BITS until that many are awake: they may not have gone to sleep yet. */
static void wake_exactly(unsigned count, u32 bits)
{
	for (unsigned woken = 0; woken < count;) {
		long ret = futex(&word, FUTEX_WAKE_BITSET_PRIVATE, count - woken, NULL, bits);

		REQUIRE(ret >= 0 && (unsigned)ret <= count - woken);
		woken += (unsigned)ret;
		if (!ret)
			sched_yield();
	}
}

static void check_wake(void)
{
	struct waiter waiters[WAITERS] = { { 0 } };

	word = 1;
	for (int i = 0; i < WAITERS; i++) {
		waiters[i].bits = i == 0 ? 1 : 2;
		REQUIRE(!pthread_create(&waiters[i].thread, NULL, wait_main, &waiters[i]));
	}
	wake_exactly(1, 1); /* number 0 alone waits for bit 0 */
	while (!load_acquire(&waiters[0].woken))
		sched_yield();
	wake_exactly(2, 2);
	while (count_woken(waiters) < 3)
		sched_yield();
	sleep_ms(5);
	CHECK_EQ(count_woken(waiters), 3);
	wake_exactly(1, 2);
	for (int i = 0; i < WAITERS; i++)
		CHECK_EQ(pthread_join(waiters[i].thread, NULL), 0);
}

/* Two threads pass a word to and fro: a lost wake-up hangs here. */
static u32 turn;

static void *pass_back(void *unused)
{
	for (u32 i = 0; i < 500; i++) {
		while (load_acquire(&turn) != 1)
			futex(&turn, FUTEX_WAIT_PRIVATE, 0, NULL, 0);
		store_release(&turn, 0);
		futex(&turn, FUTEX_WAKE_PRIVATE, 1, NULL, 0);
	}
	return unused;
}

static void check_ping_pong(void)
{
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, pass_back, NULL));
	for (u32 i = 0; i < 500; i++) {
		store_release(&turn, 1);
		futex(&turn, FUTEX_WAKE_PRIVATE, 1, NULL, 0);
		while (load_acquire(&turn) != 0)
			futex(&turn, FUTEX_WAIT_PRIVATE, 1, NULL, 0);
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

int main(void)
{
	check_compare();
	check_limits();
	check_refused();
	check_wake();
	check_ping_pong();
	return check_done();
}
