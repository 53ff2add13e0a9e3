/* usage.c - what a process is told to have used: time on a hart, in the kernel or not, waits, page faults, memory;
 * its own, and its children's only after it has waited for them.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <signal.h>
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

/* Let the pages of FD be forgotten. */
static void drop_cache(int fd)
{
	int drop = open("/proc/chime-drop-caches", O_WRONLY);

	if (drop == -1)
		CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	else
		CHECK_EQ(write(drop, "1", 1), 1);
	if (drop != -1)
		close(drop);
}

static long fault_field(int number)
{
	char text[1024] = "", *at;
	int fd = (int)REQUIRE_OK(open("/proc/self/stat", O_RDONLY));

	REQUIRE(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strrchr(text, ')');
	for (int i = 2; i < number; i++)
		at = strchr(at + 1, ' ');
	return strtol(at, NULL, 10);
}

/* The first touch of a page of a file waits for the disk; that of another mapping of it does not. */
static void check_major(void)
{
	int fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	struct rusage before, first, second;
	unsigned char in_memory = 1;
	volatile char *a, *b;

	a = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 300 * 1024);
	b = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 300 * 1024);
	REQUIRE(a != MAP_FAILED && b != MAP_FAILED);
	drop_cache(fd);
	CHECK_OK(mincore((void *)a, 4096, &in_memory));
	REQUIRE_OK(getrusage(RUSAGE_SELF, &before));
	(void)*a;
	REQUIRE_OK(getrusage(RUSAGE_SELF, &first));
	(void)*b;
	REQUIRE_OK(getrusage(RUSAGE_SELF, &second));
	if (!(in_memory & 1)) /* a host may keep it for another reader */
		CHECK(first.ru_majflt > before.ru_majflt);
	CHECK_EQ(second.ru_majflt, first.ru_majflt);
	CHECK(second.ru_minflt > first.ru_minflt);
	CHECK_EQ(fault_field(12), second.ru_majflt);
	CHECK(fault_field(10) >= second.ru_minflt);
	munmap((void *)a, 4096);
	munmap((void *)b, 4096);
	close(fd);
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

static u64 ns_of(struct timeval time)
{
	return (u64)time.tv_sec * NS_PER_S + (u64)time.tv_usec * 1000;
}

/* Until MS milliseconds have been used: counting, or copying in the kernel. */
static void work_in(bool kernel, unsigned ms)
{
	static char page[65536];
	u64 until = used(RUSAGE_THREAD) + (u64)ms * NS_PER_MS;
	int zero = (int)REQUIRE_OK(open("/dev/zero", O_RDONLY));

	while (used(RUSAGE_THREAD) < until) {
		for (int i = 0; kernel && i < 10; i++)
			CHECK_EQ(read(zero, page, sizeof(page)), sizeof(page));
		for (volatile int i = 0; !kernel && i < 100000; i++)
			;
	}
	close(zero);
}

struct split {
	u64 user, system;
};

/* Where the time of 60 ms of work went. */
static struct split split_of(bool kernel)
{
	struct rusage before, after;

	REQUIRE_OK(getrusage(RUSAGE_SELF, &before));
	work_in(kernel, 60);
	REQUIRE_OK(getrusage(RUSAGE_SELF, &after));
	return (struct split){ ns_of(after.ru_utime) - ns_of(before.ru_utime),
			       ns_of(after.ru_stime) - ns_of(before.ru_stime) };
}

/* Where the time goes: the program's own, and the kernel's for it. When the host gives the machine's time to others,
 * that counts for whoever was running; so the largest difference of a few is looked at. */
static void check_kinds(void)
{
	bool told_apart;
	struct split split;
	struct tms now;

	for (int kernel = 0; kernel < 2; kernel++) {
		told_apart = false;
		for (int i = 0; i < 8 && !told_apart; i++) {
			split = split_of(kernel);
			told_apart = kernel ? split.system > 2 * split.user : split.user > 2 * split.system;
		}
		if (!CHECK(told_apart))
			check_note("%s: %llu ns user, %llu ns system", kernel ? "kernel" : "user",
				   (unsigned long long)split.user, (unsigned long long)split.system);
	}
	CHECK(times(&now) != -1);
	CHECK(now.tms_utime > 0);
	CHECK(now.tms_stime > 0);
}

static siginfo_t told;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	told = *info;
}

/* The parent is told of its child's time in the signal, too. */
static void check_signal(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct rusage usage;
	pid_t pid;
	int status;

	sigaction(SIGCHLD, &action, NULL);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		work_in(false, 60);
		work_in(true, 60);
		_exit(0);
	}
	CHECK_EQ(wait4(pid, &status, 0, &usage), pid);
	CHECK(told.si_utime > 0);
	CHECK(told.si_stime > 0);
	CHECK(ns_of(usage.ru_utime) / (10 * NS_PER_MS) >= (u64)told.si_utime - 1);
	signal(SIGCHLD, SIG_DFL);
}

/* How often it waited. */
static void check_switches(void)
{
	struct rusage before, after;

	REQUIRE_OK(getrusage(RUSAGE_SELF, &before));
	for (int i = 0; i < 5; i++)
		sleep_ms(1);
	REQUIRE_OK(getrusage(RUSAGE_SELF, &after));
	CHECK(after.ru_nvcsw >= before.ru_nvcsw + 5);
	CHECK(after.ru_nivcsw >= before.ru_nivcsw);
}

int main(void)
{
	check_kinds();
	check_signal();
	check_switches();
	check_self();
	check_memory();
	check_major();
	check_children();
	return check_done();
}
