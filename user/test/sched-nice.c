/* sched-nice.c - nice values and policies: who has them, who inherits them, who may change them, what /proc tells.
 * What they do: sched-shares.c.
 *
 * machines: all
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/in-child.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { NOBODY = 65534, NO_TASK = 32767, RESET = 0x40000000, RESET_FLAG = 1, KEEP_POLICY = 8 };

static int nice_of(int which, int who)
{
	int nice;

	errno = 0;
	nice = getpriority(which, (id_t)who);
	return errno ? -errno - 100 : nice;
}

static pid_t self(void)
{
	return (pid_t)syscall(SYS_gettid);
}

/* Field N, counted from 1, of /proc/<pid>/task/<tid>/stat. */
static long stat_field(pid_t tid, int n)
{
	char path[64], text[1024] = "", *at;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", getpid(), tid);
	file = fopen(path, "r");
	REQUIRE(file);
	if (!CHECK(fgets(text, sizeof(text), file)))
		return -1000;
	fclose(file);
	at = strrchr(text, ')');
	REQUIRE(at);
	for (; n > 2; n--)
		at = strchr(at + 1, ' ');
	return strtol(at, NULL, 10);
}

static void check_stat(pid_t tid, long priority, long nice, long real_time, long policy)
{
	CHECK_EQ(stat_field(tid, 18), priority);
	CHECK_EQ(stat_field(tid, 19), nice);
	CHECK_EQ(stat_field(tid, 40), real_time);
	CHECK_EQ(stat_field(tid, 41), policy);
}

/* --- one's own --- */

static void check_own(void)
{
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 0);
	check_stat(self(), 20, 0, 0, 0);
	CHECK_OK(setpriority(PRIO_PROCESS, 0, 7));
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 7);
	CHECK_EQ(nice_of(PRIO_PROCESS, self()), 7);
	check_stat(self(), 27, 7, 0, 0);
	CHECK_OK(setpriority(PRIO_PROCESS, 0, 1000));
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 19);
	check_stat(self(), 39, 19, 0, 0);
	CHECK_ERRNO(setpriority(3, 0, 0), EINVAL);
	CHECK_ERRNO(setpriority((unsigned)-1, 0, 0), EINVAL);
	CHECK_ERRNO(setpriority(PRIO_PROCESS, NO_TASK, 0), ESRCH);
	CHECK_EQ(nice_of(PRIO_PROCESS, NO_TASK), -ESRCH - 100);
	CHECK_EQ(nice_of(PRIO_USER, NO_TASK), -ESRCH - 100);
}

/* --- threads, groups --- */

static pthread_barrier_t ready, done;
static pid_t other;

static void *be_nice(void *unused)
{
	other = self();
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 2);
	CHECK_OK(setpriority(PRIO_PROCESS, 0, 4));
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&done);
	return unused;
}

static void check_threads(void)
{
	pthread_t thread;

	CHECK_OK(setpgid(0, 0));
	pthread_barrier_init(&ready, NULL, 2);
	pthread_barrier_init(&done, NULL, 2);
	CHECK_OK(setpriority(PRIO_PROCESS, 0, 2));
	REQUIRE(!pthread_create(&thread, NULL, be_nice, NULL));
	pthread_barrier_wait(&ready);
	CHECK_EQ(nice_of(PRIO_PROCESS, self()), 2);
	CHECK_EQ(nice_of(PRIO_PROCESS, other), 4);
	check_stat(self(), 22, 2, 0, 0);
	check_stat(other, 24, 4, 0, 0);
	CHECK_OK(setpriority(PRIO_PROCESS, (id_t)other, 9));
	CHECK_EQ(nice_of(PRIO_PROCESS, other), 9);
	CHECK_EQ(nice_of(PRIO_PGRP, 0), 2); /* the lowest */
	CHECK_OK(setpriority(PRIO_PGRP, 0, 11));
	CHECK_EQ(nice_of(PRIO_PROCESS, self()), 11);
	CHECK_EQ(nice_of(PRIO_PROCESS, other), 11);
	pthread_barrier_wait(&done);
	pthread_join(thread, NULL);
	while (nice_of(PRIO_PROCESS, other) != -ESRCH - 100) /* it may be joined a moment before it is gone */
		sched_yield();
}

/* --- children --- */

static void check_is_nice(void)
{
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 3);
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	check_stat(self(), 23, 3, 0, SCHED_BATCH);
}

static void check_inherits(void)
{
	struct sched_param none = { 0 };

	CHECK_OK(setpriority(PRIO_PROCESS, 0, 3));
	CHECK_OK(sched_setscheduler(0, SCHED_BATCH, &none));
	in_child(check_is_nice);
}

/* --- rights --- */

static void be_nobody(void)
{
	CHECK_OK(setresuid(NOBODY, NOBODY, NOBODY));
}

static void check_nobody(void)
{
	struct sched_param none = { 0 }, one = { .sched_priority = 1 };

	CHECK_OK(setpriority(PRIO_PROCESS, 0, 5));
	be_nobody();
	CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, 4), EACCES);
	CHECK_ERRNO(setpriority(PRIO_PROCESS, (id_t)getppid(), 19), EPERM);
	CHECK_EQ(nice_of(PRIO_PROCESS, getppid()), 0);
	CHECK_OK(setpriority(PRIO_PROCESS, 0, 6));
	CHECK_ERRNO(sched_setscheduler(0, SCHED_FIFO, &one), EPERM);
	CHECK_ERRNO(sched_setscheduler(getppid(), SCHED_OTHER, &none), EPERM);
	CHECK_OK(sched_setscheduler(0, SCHED_IDLE, &none));
	CHECK_ERRNO(sched_setscheduler(0, SCHED_OTHER, &none), EPERM);
	CHECK_EQ(sched_getscheduler(0), SCHED_IDLE);
}

static void check_limit(void)
{
	struct rlimit limit = { 25, 25 }; /* nice -5 */
	struct sched_param none = { 0 };

	if (setrlimit(RLIMIT_NICE, &limit) < 0)
		return; /* the host forbids it */
	be_nobody();
	CHECK_OK(setpriority(PRIO_PROCESS, 0, 9));
	CHECK_OK(setpriority(PRIO_PROCESS, 0, -5));
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), -5);
	CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, -6), EACCES);
	CHECK_OK(sched_setscheduler(0, SCHED_IDLE, &none));
	CHECK_OK(sched_setscheduler(0, SCHED_OTHER, &none));
}

/* --- policies --- */

static void check_policies(void)
{
	static const int known[] = { SCHED_OTHER, SCHED_BATCH, SCHED_IDLE };
	struct sched_param none = { 0 }, one = { .sched_priority = 1 }, told = { .sched_priority = 9 };
	struct timespec slice = { -1, -1 };

	for (int i = 0; i < 3; i++) {
		CHECK_OK(sched_setscheduler(0, known[i], &none));
		CHECK_EQ(sched_getscheduler(0), known[i]);
		CHECK_EQ(sched_getscheduler(self()), known[i]);
		CHECK_OK(sched_getparam(0, &told));
		CHECK_EQ(told.sched_priority, 0);
		check_stat(self(), 20, 0, 0, known[i]);
		CHECK_ERRNO(sched_setscheduler(0, known[i], &one), EINVAL);
		CHECK_OK(sched_setparam(0, &none));
		CHECK_ERRNO(sched_setparam(0, &one), EINVAL);
		CHECK_EQ(sched_get_priority_max(known[i]), 0);
		CHECK_OK(sched_rr_get_interval(0, &slice));
		CHECK(slice.tv_sec == 0 && slice.tv_nsec >= 0 && slice.tv_nsec < 1000000000);
	}
	CHECK_ERRNO(sched_setscheduler(0, 4, &none), EINVAL);
	CHECK_ERRNO(sched_setscheduler(0, 77, &none), EINVAL);
	CHECK_ERRNO(sched_setscheduler(0, -1, &none), EINVAL);
	CHECK_ERRNO(sched_setscheduler(-1, SCHED_OTHER, &none), EINVAL);
	CHECK_ERRNO(sched_setscheduler(NO_TASK, SCHED_OTHER, &none), ESRCH);
	CHECK_ERRNO(sched_setscheduler(0, SCHED_FIFO, &none), EINVAL);
	CHECK_ERRNO(sched_getscheduler(NO_TASK), ESRCH);
	CHECK_ERRNO(sched_getscheduler(-1), EINVAL);
	CHECK_ERRNO(sched_getparam(NO_TASK, &told), ESRCH);
	CHECK_ERRNO(sched_rr_get_interval(NO_TASK, &slice), ESRCH);
	CHECK_EQ(sched_get_priority_max(SCHED_FIFO), 99);
	CHECK_EQ(sched_get_priority_min(SCHED_RR), 1);
	CHECK_ERRNO(sched_get_priority_max(77), EINVAL);
}

/* struct sched_attr, for which there is no header that goes with sched.h. */
struct attributes {
	u32 size, sched_policy;
	u64 sched_flags;
	s32 sched_nice;
	u32 sched_priority;
	u64 runtime, deadline, period;
	u32 util[2];
};

static long set_attr(int pid, struct attributes *attr, unsigned flags)
{
	return syscall(SYS_sched_setattr, pid, attr, flags);
}

static long get_attr(int pid, void *attr, unsigned size, unsigned flags)
{
	return syscall(SYS_sched_getattr, pid, attr, size, flags);
}

static void check_attr(void)
{
	struct attributes attr = { .size = sizeof(attr), .sched_policy = SCHED_BATCH, .sched_nice = 8 }, told;
	struct {
		struct attributes attr;
		char more[64];
	} long_one = { .attr = attr };

	CHECK_OK(set_attr(0, &attr, 0));
	memset(&told, 0xff, sizeof(told));
	CHECK_OK(get_attr(0, &told, sizeof(told), 0));
	CHECK_EQ(told.size, sizeof(told));
	CHECK_EQ(told.sched_policy, SCHED_BATCH);
	CHECK_EQ(told.sched_nice, 8);
	CHECK_EQ(told.sched_priority, 0);
	CHECK_EQ(told.sched_flags, 0);
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 8);
	attr.size = 48;
	attr.sched_nice = 100;
	attr.sched_flags = KEEP_POLICY;
	attr.sched_policy = SCHED_OTHER;
	CHECK_OK(set_attr(0, &attr, 0));
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 19);
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	attr.size = 47;
	CHECK_ERRNO(set_attr(0, &attr, 0), E2BIG);
	CHECK(attr.size >= 56); /* what it should have been */
	attr.size = 56;
	attr.sched_flags = 1 << 30;
	CHECK_ERRNO(set_attr(0, &attr, 0), EINVAL);
	attr.sched_flags = 0;
	CHECK_ERRNO(set_attr(0, &attr, 1), EINVAL);
	CHECK_ERRNO(set_attr(-1, &attr, 0), EINVAL);
	CHECK_ERRNO(set_attr(NO_TASK, &attr, 0), ESRCH);
	CHECK_ERRNO(set_attr(0, NULL, 0), EINVAL);
	CHECK_ERRNO(get_attr(0, &told, 47, 0), EINVAL);
	CHECK_ERRNO(get_attr(0, &told, 48, 1), EINVAL);
	long_one.attr.size = sizeof(long_one);
	long_one.attr.sched_nice = 10;
	CHECK_OK(set_attr(0, &long_one.attr, 0));
	long_one.more[60] = 1;
	CHECK_ERRNO(set_attr(0, &long_one.attr, 0), E2BIG);
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 10);
}

/* --- children that begin anew --- */

static void check_is_reset(void)
{
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	CHECK_EQ(nice_of(PRIO_PROCESS, 0), 0);
}

static void check_reset(void)
{
	struct sched_param none = { 0 };
	struct attributes attr;

	CHECK_OK(sched_setscheduler(0, SCHED_BATCH | RESET, &none));
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH | RESET);
	CHECK_OK(get_attr(0, &attr, sizeof(attr), 0));
	CHECK_EQ(attr.sched_flags, RESET_FLAG);
	if (setpriority(PRIO_PROCESS, 0, -3) < 0)
		CHECK_EQ(errno, EACCES); /* the host forbids it */
	in_child(check_is_reset);
	be_nobody();
	CHECK_ERRNO(sched_setscheduler(0, SCHED_BATCH, &none), EPERM);
}

int main(void)
{
	if (geteuid())
		return check_skip("root alone may do all of this");
	in_child(check_own);
	in_child(check_threads);
	in_child(check_inherits);
	in_child(check_nobody);
	in_child(check_limit);
	in_child(check_policies);
	in_child(check_attr);
	in_child(check_reset);
	return check_done();
}
