/* proc-kill.c - a signal with its default action ends a child wherever it is: spinning, asleep, waiting for a futex
 * or an eventfd, with many threads; and kill refuses what it must.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

static void spin(void)
{
	for (volatile u64 count = 0;; count++)
		;
}

static void yield(void)
{
	for (;;)
		sched_yield();
}

static void sleep_long(void)
{
	sleep_ms(1000 * 1000);
}

static void wait_futex(void)
{
	static u32 word;

	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void wait_eventfd(void)
{
	eventfd_t value;

	eventfd_read(eventfd(0, 0), &value);
}

static void *thread_main(void *go)
{
	((void (*)(void))(uintptr_t)go)();
	return NULL;
}

static void many_threads(void)
{
	static void (*const each[])(void) = { spin, sleep_long, wait_futex, wait_eventfd, yield };
	pthread_t thread;

	for (size_t i = 0; i < ARRAY_SIZE(each); i++)
		REQUIRE(!pthread_create(&thread, NULL, thread_main, (void *)(uintptr_t)each[i]));
	spin();
}

static const struct state {
	const char *name;
	void (*go)(void);
} states[] = {
	{ "spin", spin },	 { "yield", yield },	      { "sleep", sleep_long },
	{ "futex", wait_futex }, { "eventfd", wait_eventfd }, { "threads", many_threads },
	{ "abort", abort },
};

static void check_killed(const char *name, int signal, unsigned delay_ms)
{
	pid_t pid = (pid_t)REQUIRE_OK(child_start(name, NULL));

	if (delay_ms)
		sleep_ms(delay_ms); /* else it may not have reached its first instruction */
	CHECK_OK(kill(pid, signal));
	if (!CHECK_EQ(child_wait(pid), KILLED(signal)))
		check_note("child: %s", name);
}

static void check_refused(void)
{
	CHECK_ERRNO(kill(getpid(), 65), EINVAL);
	CHECK_ERRNO(kill(getpid(), -1), EINVAL);
	CHECK_ERRNO(kill(0x3ffffff, SIGKILL), ESRCH);
	CHECK_OK(kill(getpid(), 0));
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(states); i++)
		if (!strcmp(argv[1], states[i].name))
			states[i].go();
	if (argc > 1)
		return 1;
	child_self = argv[0];
	for (size_t i = 0; strcmp(states[i].name, "abort"); i++) {
		check_killed(states[i].name, SIGKILL, 0);
		check_killed(states[i].name, SIGKILL, 10);
	}
	check_killed("spin", SIGTERM, 10);
	check_killed("sleep", SIGTERM, 10);
	CHECK_EQ(child_run("abort"), KILLED(SIGABRT));
	check_refused();
	return check_done();
}
