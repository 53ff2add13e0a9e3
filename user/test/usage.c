/* usage.c - what a process is told to have used: time on a hart, page faults, memory; its own, and its children's only
 * after it has waited for them.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

static u64 used_ns(const struct rusage *usage)
{
	return (u64)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * NS_PER_S +
	       (u64)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

static u64 used(int who)
{
	struct rusage usage;

	REQUIRE_OK(getrusage(who, &usage));
	return used_ns(&usage);
}

/* Work until this thread is told to have used MS milliseconds more. */
static void work(unsigned ms)
{
	u64 until = used(RUSAGE_THREAD) + (u64)ms * NS_PER_MS;

	while (used(RUSAGE_THREAD) < until)
		for (volatile int i = 0; i < 1000; i++)
			;
}

static void check_self(void)
{
	u64 begin = clock_ns(CLOCK_MONOTONIC), before = used(RUSAGE_SELF), worked, slept;

	work(20);
	worked = used(RUSAGE_SELF) - before;
	CHECK(worked >= 20 * NS_PER_MS);
	CHECK(worked <= clock_ns(CLOCK_MONOTONIC) - begin + NS_PER_MS); /* one thread; the clock is read last */
	before = used(RUSAGE_SELF);
	slept = clock_ns(CLOCK_MONOTONIC);
	sleep_ms(50);
	slept = clock_ns(CLOCK_MONOTONIC) - slept;
	CHECK(used(RUSAGE_SELF) - before < slept); /* sleeping is not work */
	CHECK_ERRNO(getrusage(5, &(struct rusage){ 0 }), EINVAL);
}

static void check_memory(void)
{
	enum { BYTES = 8 << 20 };
	struct rusage before, after;
	char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	REQUIRE_OK(getrusage(RUSAGE_SELF, &before));
	memset(memory, 1, BYTES);
	REQUIRE_OK(getrusage(RUSAGE_SELF, &after));
	CHECK(after.ru_maxrss >= BYTES / 1024);
	CHECK(after.ru_minflt > before.ru_minflt);
	munmap(memory, BYTES);
	REQUIRE_OK(getrusage(RUSAGE_SELF, &after));
	CHECK(after.ru_maxrss >= BYTES / 1024);
}

static void check_children(void)
{
	u64 before = used(RUSAGE_CHILDREN);
	struct rusage usage;
	struct tms times_now;
	int status;
	pid_t pid = fork();

	REQUIRE_OK(pid);
	if (!pid) {
		work(30);
		_exit(0);
	}
	while (waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT) < 0)
		;
	CHECK_EQ(used(RUSAGE_CHILDREN), before);
	CHECK_EQ(wait4(pid, &status, 0, &usage), pid);
	CHECK(used_ns(&usage) >= 30 * NS_PER_MS);
	CHECK(usage.ru_maxrss > 0);
	CHECK(used(RUSAGE_CHILDREN) >= before + 30 * NS_PER_MS);
	CHECK(times(&times_now) != -1);
	CHECK(times_now.tms_cutime + times_now.tms_cstime >= 2);
}

int main(void)
{
	check_self();
	check_memory();
	check_children();
	return check_done();
}
