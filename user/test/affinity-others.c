/* affinity-others.c - sets of harts: told, inherited, given to other threads, which run there and nowhere else,
 * whatever they were doing; and who may not.
 *
 * machines: smp>=2 crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/byte.h"
#include "user/test/check.h"
#include "user/test/child.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

enum { NOBODY = 65534, NO_TASK = 32767, WORD_BITS = 64 };

/* The harts that this program may use, in their order. */
static u64 all;
static u32 harts[WORD_BITS], hart_total;

static u64 told(pid_t tid)
{
	u64 words[16] = { 0 };

	CHECK_OK(syscall(SYS_sched_getaffinity, tid, sizeof(words), words));
	return words[0];
}

static long tell(pid_t tid, u64 mask)
{
	return syscall(SYS_sched_setaffinity, tid, sizeof(mask), &mask);
}

static u64 here(void)
{
	return 1ul << sched_getcpu();
}

/* --- a thread of each kind: one that never leaves user mode but to ask where it is, one that mostly sleeps --- */

static struct other {
	pthread_t thread;
	pid_t tid;
	int pipe[2];
	u64 place; /* where it was at last; 0: not seen since somebody cleared it */
	bool stop;
} spinner, sleeper;

static void be_seen(struct other *other)
{
	store_release(&other->place, here());
}

static void *spin(void *argument)
{
	struct other *self = argument;

	store_release(&self->tid, (pid_t)syscall(SYS_gettid));
	while (!load_acquire(&self->stop)) {
		be_seen(self);
		for (volatile int i = 0; i < 1000; i++)
			;
	}
	return NULL;
}

static void *sleep_mostly(void *argument)
{
	struct other *self = argument;
	char byte;

	store_release(&self->tid, (pid_t)syscall(SYS_gettid));
	while (byte_receive(self->pipe[0], &byte))
		be_seen(self);
	return NULL;
}

static u64 seen(struct other *other)
{
	u64 place;

	store_release(&other->place, 0ul);
	if (other->pipe[1])
		REQUIRE(byte_send(other->pipe[1], 0));
	while (!(place = load_acquire(&other->place)))
		sched_yield();
	return place;
}

static void start(struct other *other, void *(*run)(void *))
{
	REQUIRE(!pthread_create(&other->thread, NULL, run, other));
	while (!load_acquire(&other->tid))
		sched_yield();
}

/* It was somewhere else when it was told; soon it is inside MASK, and stays there. */
static void check_goes_to(struct other *other, u64 mask)
{
	CHECK_OK(tell(other->tid, mask));
	CHECK_EQ(told(other->tid), mask);
	while (!(seen(other) & mask))
		;
	for (int i = 0; i < 4; i++)
		CHECK(seen(other) & mask);
}

static void check_others(void)
{
	u64 own = told(0);

	REQUIRE_OK(pipe(sleeper.pipe));
	start(&spinner, spin);
	start(&sleeper, sleep_mostly);
	for (u32 i = 0; i < hart_total; i++) {
		u32 hart = harts[i % hart_total], next = harts[(i + 1) % hart_total];

		check_goes_to(&spinner, 1ul << hart);
		check_goes_to(&sleeper, 1ul << hart);
		check_goes_to(&sleeper, 1ul << hart | 1ul << next);
		check_goes_to(&spinner, all & ~(1ul << hart));
		check_goes_to(&sleeper, all & ~(1ul << hart));
	}
	CHECK_EQ(told(0), own);
	store_release(&spinner.stop, true);
	close(sleeper.pipe[1]);
	pthread_join(spinner.thread, NULL);
	pthread_join(sleeper.thread, NULL);
	while (!tell(spinner.tid, all)) /* it tells that it has ended just before it has */
		sched_yield();
	CHECK_EQ(errno, ESRCH);
}

/* --- one's own; several threads in a set --- */

static u64 places; /* where anybody of the set was seen */
static bool enough;

static void *wander(void *mask)
{
	CHECK_EQ(told(0), *(u64 *)mask);
	while (!load_acquire(&enough)) {
		CHECK(here() & *(u64 *)mask);
		atomic_or(&places, here());
		for (volatile int i = 0; i < 20000; i++)
			;
	}
	return NULL;
}

/* As many as there are harts in the set, begun on one of them: they spread over all of it, and no farther. */
static void check_spread(u64 mask)
{
	u32 count = (u32)__builtin_popcountl(mask);
	pthread_t threads[WORD_BITS];

	places = 0;
	enough = false;
	CHECK_OK(tell(0, mask));
	CHECK(here() & mask);
	for (u32 i = 0; i < count; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, wander, &mask));
	while (load_acquire(&places) != mask)
		usleep(1000); /* our hart is one of theirs: idle harts take what waits */
	store_release(&enough, true);
	for (u32 i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(places, mask);
}

static void check_own(void)
{
	for (u32 i = 0; i < hart_total; i++) {
		CHECK_OK(tell(0, 1ul << harts[i]));
		CHECK_EQ(here(), 1ul << harts[i]);
		CHECK_EQ(told(0), 1ul << harts[i]);
	}
	check_spread(1ul << harts[0] | 1ul << harts[hart_total - 1]);
	check_spread(all & ~(1ul << harts[0]));
	check_spread(all);
}

/* --- children, programs --- */

static int child(const char *mask)
{
	return told(0) == strtoul(mask, NULL, 16) && here() & told(0) ? 0 : 1;
}

static void check_inherited(void)
{
	char mask[20];

	for (u32 i = 0; i < hart_total; i++) {
		snprintf(mask, sizeof(mask), "%lx", all & ~(1ul << harts[i]));
		CHECK_OK(tell(0, all & ~(1ul << harts[i])));
		CHECK_EQ(child_run(mask), 0);
		if (!fork())
			_exit(child(mask));
		CHECK_EQ(child_wait(-1), 0);
	}
	CHECK_OK(tell(0, all));
}

/* --- what /proc tells --- */

static void status_line(const char *name, char *value)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];

	REQUIRE(file);
	*value = 0;
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			sscanf(line + strlen(name) + 1, " %60s", value);
	fclose(file);
}

static void check_status(void)
{
	char value[64], expected[64];

	for (u32 i = 0; i < hart_total; i++) {
		CHECK_OK(tell(0, 1ul << harts[i]));
		status_line("Cpus_allowed", value);
		CHECK_EQ(strtoul(value, NULL, 16), 1ul << harts[i]);
		status_line("Cpus_allowed_list", value);
		snprintf(expected, sizeof(expected), "%u", harts[i]);
		CHECK(!strcmp(value, expected));
	}
	CHECK_OK(tell(0, 1ul << harts[0] | 1ul << harts[1]));
	status_line("Cpus_allowed_list", value);
	snprintf(expected, sizeof(expected), "%u%c%u", harts[0], harts[1] == harts[0] + 1 ? '-' : ',', harts[1]);
	CHECK(!strcmp(value, expected));
	CHECK_OK(tell(0, all));
}

/* --- what is refused --- */

static void check_refused(void)
{
	u64 mask = all;
	u8 few = 1;

	CHECK_ERRNO(tell(0, 0), EINVAL);
	CHECK_ERRNO(tell(0, 1ul << 63), EINVAL);
	CHECK_ERRNO(tell(NO_TASK, all), ESRCH);
	CHECK_ERRNO(tell(-1, all), ESRCH);
	CHECK_ERRNO(syscall(SYS_sched_setaffinity, 0, 8, NULL), EFAULT);
	CHECK_ERRNO(syscall(SYS_sched_setaffinity, 0, 0, &mask), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 4, &mask), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getaffinity, NO_TASK, 128, &mask), ESRCH);
	CHECK_EQ(told(0), all);
	if (all & 1) {
		CHECK_OK(syscall(SYS_sched_setaffinity, 0, 1, &few));
		CHECK_EQ(told(0), 1);
	}
	CHECK_OK(tell(0, all));
}

static void check_rights(void)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		checks_failed = 0;
		CHECK_OK(setresuid(NOBODY, NOBODY, NOBODY));
		CHECK_ERRNO(tell(getppid(), all), EPERM);
		CHECK_EQ(told(getppid()), all);
		CHECK_OK(tell(0, 1ul << harts[0]));
		_exit(checks_failed != 0);
	}
	CHECK_EQ(child_wait(pid), 0);
	CHECK_EQ(told(0), all);
}

int main(int argc, char **argv)
{
	child_self = argv[0];
	if (argc > 1)
		return child(argv[1]);
	all = told(0);
	for (u32 i = 0; i < WORD_BITS; i++)
		if (all >> i & 1)
			harts[hart_total++] = i;
	if (hart_total < 2 || geteuid())
		return check_skip("it takes two harts, and root");
	check_refused();
	check_rights();
	check_own();
	check_inherited();
	check_status();
	check_others();
	return check_done();
}
