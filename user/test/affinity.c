/* affinity.c - a thread stays on the hart that it has chosen, its children begin there; and one that takes its user
 * interrupts itself takes them wherever it has moved.
 *
 * machines: smp>=2 crowd
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/uintr.h"
#include "user/test/check.h"
#include "user/test/child.h"

#include <pthread.h>
#include <sched.h>

static unsigned hart_total;

static int choose(unsigned hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static int choose_all(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	return sched_setaffinity(0, sizeof(set), &set);
}

/* Is this thread on HART after each of many chances to leave it? */
static bool stays(unsigned hart)
{
	for (int i = 0; i < 50; i++) {
		if (sched_getcpu() != (int)hart)
			return false;
		sched_yield();
	}
	return true;
}

static void *thread_stays(void *hart)
{
	return stays(*(unsigned *)hart) ? hart : NULL;
}

static void check_children(unsigned hart)
{
	pthread_t thread;
	void *result;
	pid_t pid;

	CHECK_OK(choose(hart));
	CHECK(stays(hart));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid)
		_exit(!stays(hart));
	CHECK_EQ(child_wait(pid), 0);
	REQUIRE(!pthread_create(&thread, NULL, thread_stays, &hart));
	CHECK(!pthread_join(thread, &result) && result == &hart);
}

static u64 chimes;

static void chime(u64 vectors)
{
	chimes += vectors;
}

static void check_chime(int index)
{
	u64 before = chimes;

	CHECK(!senduipi(index));
	sched_yield();
	CHECK_EQ(chimes, before + 2);
}

static void check_direct(void)
{
	unsigned last = hart_total - 1;
	int fd, index;

	REQUIRE(!uintr_register_handler(chime, UINTR_DIRECT));
	fd = (int)REQUIRE_OK(uintr_create_fd(1));
	index = (int)REQUIRE_OK(uintr_register_sender(fd));
	for (unsigned i = 0; i < hart_total; i++) {
		CHECK_OK(choose(i));
		CHECK(stays(i));
		check_chime(index);
	}
	CHECK_OK(choose_all());
	check_chime(index);
	CHECK(!uintr_is_direct() || stays(last)); /* it moves only if it says so */
	CHECK(!uintr_unregister_handler());
	close(fd);
}

int main(void)
{
	hart_total = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	for (unsigned i = 0; i < hart_total; i++) {
		check_children(i);
		check_direct();
	}
	CHECK_OK(choose_all());
	return check_done();
}
