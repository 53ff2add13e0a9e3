/* futex-requeue.c - the calls on two words: moving waiters from one to the other, and changing one while waking the
 * other's; pages that are not in memory; and what is refused.
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

enum { WAITERS = 6, PAGE = 4096 };

static u32 from, to;
static u32 woken;

static long futex2(u32 *a, int op, u32 value, long value2, u32 *b, u32 value3)
{
	return syscall(SYS_futex, a, op | FUTEX_PRIVATE_FLAG, value, value2, b, value3);
}

static long wake(u32 *word, u32 count)
{
	return futex2(word, FUTEX_WAKE, count, 0, NULL, 0);
}

static void *wait_main(void *word)
{
	CHECK_EQ(futex2(word, FUTEX_WAIT, 0, 0, NULL, 0), 0);
	atomic_add(&woken, 1);
	return NULL;
}

/* Start WAITERS threads that wait for FROM, and do not return before all of them do. */
static void start(pthread_t *threads)
{
	u32 n = 0;

	woken = 0;
	for (int i = 0; i < WAITERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, wait_main, &from));
	/* moving them to where they are counts them */
	while (n < WAITERS) {
		n = (u32)CHECK_OK(futex2(&from, FUTEX_REQUEUE, 0, WAITERS, &from, 0));
		sched_yield();
	}
}

static void join(pthread_t *threads)
{
	for (int i = 0; i < WAITERS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK_EQ(woken, WAITERS);
}

static void check_move(void)
{
	pthread_t threads[WAITERS];

	start(threads);
	CHECK_ERRNO(futex2(&from, FUTEX_CMP_REQUEUE, 1, 1, &to, 1), EAGAIN);
	CHECK_EQ(futex2(&from, FUTEX_CMP_REQUEUE, 1, 3, &to, 0), 4);
	CHECK_EQ(wake(&to, 1), 1);
	CHECK_EQ(wake(&from, 100), 2);
	CHECK_EQ(wake(&from, 100), 0);
	CHECK_EQ(futex2(&to, FUTEX_REQUEUE, 0, 1, &from, 0), 1);
	CHECK_EQ(wake(&from, 100), 1);
	CHECK_EQ(wake(&to, 100), 1);
	join(threads);

	start(threads);
	CHECK_EQ(wake(&from, 0), 1); /* nothing is one, as in Linux */
	CHECK_EQ(futex2(&from, FUTEX_REQUEUE, 0, 0, &to, 0), 0);
	CHECK_EQ(futex2(&from, FUTEX_REQUEUE, 0, 0x7fffffff, &to, 0), WAITERS - 1);
	CHECK_EQ(wake(&to, 0x7fffffff), WAITERS - 1);
	join(threads);
}

/* Pages that nobody has touched are brought in. */
static void check_absent(void)
{
	char *page = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	u32 *a = (u32 *)page, *b = (u32 *)(page + PAGE), *gone = (u32 *)(page + 2 * PAGE);

	REQUIRE(page != MAP_FAILED);
	CHECK_OK(munmap(gone, PAGE));
	CHECK_EQ(futex2(a, FUTEX_CMP_REQUEUE, 1, 1, b, 0), 0);
	CHECK_ERRNO(futex2(b, FUTEX_CMP_REQUEUE, 1, 1, a, 1), EAGAIN);
	CHECK_OK(madvise(page, 2 * PAGE, MADV_DONTNEED));
	CHECK_EQ(futex2(a, FUTEX_WAKE_OP, 1, 1, b, FUTEX_OP(FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 0)), 0);
	CHECK_EQ(*b, 5);
	CHECK_ERRNO(futex2(gone, FUTEX_CMP_REQUEUE, 1, 1, a, 0), EFAULT);
	CHECK_ERRNO(futex2(a, FUTEX_WAKE_OP, 1, 1, gone, FUTEX_OP(FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 0)), EFAULT);
	CHECK_ERRNO(syscall(SYS_futex, gone, FUTEX_REQUEUE, 1, 1, a, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_futex, a, FUTEX_REQUEUE, 1, 1, gone, 0), EFAULT);
	CHECK_OK(mprotect(page, PAGE, PROT_READ));
	CHECK_ERRNO(futex2(b, FUTEX_WAKE_OP, 1, 1, a, FUTEX_OP(FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 0)), EFAULT);
	CHECK_OK(munmap(page, 2 * PAGE));
}

static void check_change(void)
{
	static const struct {
		int op, argument;
		u32 before, after;
	} changes[] = {
		{ FUTEX_OP_SET, 7, 3, 7 },     { FUTEX_OP_ADD, 7, 3, 10 },
		{ FUTEX_OP_ADD, 0xfff, 3, 2 }, /* -1 */
		{ FUTEX_OP_OR, 4, 3, 7 },      { FUTEX_OP_ANDN, 1, 3, 2 },
		{ FUTEX_OP_XOR, 5, 3, 6 },     { FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 31, 3, 0x80000003 },
	};
	static const struct {
		int op, argument;
		u32 value;
		bool holds;
	} compares[] = {
		{ FUTEX_OP_CMP_EQ, 3, 3, true },  { FUTEX_OP_CMP_EQ, 4, 3, false },
		{ FUTEX_OP_CMP_NE, 3, 3, false }, { FUTEX_OP_CMP_NE, 4, 3, true },
		{ FUTEX_OP_CMP_LT, 3, 3, false }, { FUTEX_OP_CMP_LT, 0, 0xffffffff, true },
		{ FUTEX_OP_CMP_LE, 3, 3, true },  { FUTEX_OP_CMP_GT, 0xfff, 0, true },
		{ FUTEX_OP_CMP_GT, 3, 3, false }, { FUTEX_OP_CMP_GE, 3, 3, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		to = changes[i].before;
		CHECK_EQ(futex2(&from, FUTEX_WAKE_OP, 1, 1, &to,
				(u32)changes[i].op << 28 | (u32)changes[i].argument << 12),
			 0);
		if (!CHECK_EQ(to, changes[i].after))
			check_note("change %zu", i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(compares); i++) {
		pthread_t threads[WAITERS];
		u32 code = (u32)FUTEX_OP_OR << 28 | (u32)compares[i].op << 24 | (u32)compares[i].argument;

		start(threads);
		CHECK_EQ(futex2(&from, FUTEX_REQUEUE, 0, 4, &to, 0), 4);
		to = compares[i].value;
		if (!CHECK_EQ(futex2(&from, FUTEX_WAKE_OP, 1, 3, &to, code), compares[i].holds ? 4 : 1))
			check_note("comparison %zu", i);
		wake(&from, WAITERS);
		wake(&to, WAITERS);
		join(threads);
	}
}

static void check_refused(void)
{
	u32 *odd = (u32 *)((char *)&from + 2);

	CHECK_ERRNO(futex2(odd, FUTEX_REQUEUE, 1, 1, &to, 0), EINVAL);
	CHECK_ERRNO(futex2(&from, FUTEX_REQUEUE, 1, 1, odd, 0), EINVAL);
	CHECK_ERRNO(futex2(odd, FUTEX_WAKE_OP, 1, 1, &to, 0), EINVAL);
	CHECK_ERRNO(futex2(&from, FUTEX_REQUEUE, -1u, 1, &to, 0), EINVAL);
	CHECK_ERRNO(futex2(&from, FUTEX_CMP_REQUEUE, 1, -1, &to, 0), EINVAL);
	CHECK_ERRNO(futex2(&from, FUTEX_WAKE_OP, 1, 1, &to, 5u << 28), ENOSYS);
	CHECK_ERRNO(futex2(&from, FUTEX_WAKE_OP, 1, 1, &to, 6u << 24), ENOSYS);
	CHECK_ERRNO(futex2(&from, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, 0, NULL, 0), ENOSYS);
}

int main(void)
{
	check_move();
	check_absent();
	check_change();
	check_refused();
	return check_done();
}
