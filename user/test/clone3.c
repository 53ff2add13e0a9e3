/* clone3.c - clone by a struct: the three sizes, a child with a stack of its own, and what is refused; nice values,
 * policies, getcpu.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long clone3(struct clone_args *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

static void check_sizes(void)
{
	static const size_t sizes[] = { 64, 80, 88 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct clone_args args = { .exit_signal = SIGCHLD };
		long pid = clone3(&args, sizes[i]);
		int status;

		if (!pid)
			_exit((int)i + 10);
		CHECK_EQ(waitpid((pid_t)pid, &status, 0), pid);
		CHECK_EQ(WEXITSTATUS(status), i + 10);
	}
}

/* A program that is newer than the kernel says nothing with what the kernel does not know. */
static void check_newer(void)
{
	struct {
		struct clone_args args;
		char more[4096 - 88 + 8];
	} newer = { .args = { .exit_signal = SIGCHLD } };
	static const size_t sizes[] = { 89, 96, 1000, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		long pid = clone3(&newer.args, sizes[i]);

		if (!pid)
			_exit(0);
		CHECK_EQ(waitpid((pid_t)pid, NULL, 0), pid);
		newer.more[sizes[i] - 88 - 1] = 1;
		CHECK_ERRNO(clone3(&newer.args, sizes[i]), E2BIG);
		newer.more[sizes[i] - 88 - 1] = 0;
	}
	CHECK_ERRNO(clone3(&newer.args, 4097), E2BIG);
}

static void check_refused(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	CHECK_ERRNO(clone3(&args, 63), EINVAL);
	CHECK_ERRNO(clone3(&args, 1 << 20), E2BIG);
	CHECK_ERRNO(clone3((void *)-4096, 88), EFAULT);
	args.exit_signal = 65;
	CHECK_ERRNO(clone3(&args, 88), EINVAL);
	args = (struct clone_args){ .flags = SIGCHLD };
	CHECK_ERRNO(clone3(&args, 88), EINVAL);
	args = (struct clone_args){ .flags = 1ull << 60 };
	CHECK_ERRNO(clone3(&args, 88), EINVAL);
	args = (struct clone_args){ .stack = 4096 };
	CHECK_ERRNO(clone3(&args, 88), EINVAL);
	args = (struct clone_args){ .flags = CLONE_THREAD };
	CHECK_ERRNO(clone3(&args, 88), EINVAL);
}

static void check_policies(void)
{
	struct sched_param param = { 5 };
	struct timespec slice;
	unsigned cpu = 1000, node = 1000;

	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
	CHECK_OK(sched_getparam(0, &param));
	CHECK_EQ(param.sched_priority, 0);
	CHECK_OK(sched_setscheduler(0, SCHED_OTHER, &param));
	CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
	CHECK_EQ(sched_get_priority_min(SCHED_RR), 1);
	CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
	CHECK_ERRNO(sched_get_priority_max(77), EINVAL);
	CHECK_ERRNO(sched_getscheduler(-1), EINVAL);
	CHECK_OK(sched_rr_get_interval(0, &slice));
	CHECK_OK(getcpu(&cpu, &node));
	CHECK(cpu < 64);
	CHECK_EQ(node, 0);
}

static void check_nice(void)
{
	int status;
	pid_t pid;

	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		checks_failed = 0;
		CHECK_OK(setpriority(PRIO_PROCESS, 0, 5));
		CHECK_EQ(getpriority(PRIO_PROCESS, 0), 5);
		CHECK_OK(setpriority(PRIO_PROCESS, getpid(), 100));
		CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
		CHECK_ERRNO(getpriority(7, 0), EINVAL);
		CHECK_ERRNO(setpriority(PRIO_PROCESS, 0x7ffffff, 0), ESRCH);
		_exit(checks_failed != 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0);
}

int main(void)
{
	check_sizes();
	check_newer();
	check_refused();
	check_policies();
	check_nice();
	return check_done();
}
