/* share.c - threads that tell the kernel how urgent they are: the page and its life, what may stand in it, and that
 * nobody is starved by it. The order in which threads run is share-order.c's.
 *
 * machines: all crowd
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/share.h"

#include "kernel/abi/syscalls.h"
#include "user/lib/uintr.h"
#include "user/test/check.h"
#include "user/test/child.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

static u32 *counter; /* shared with children */

/* Everybody on one hart, so that they compete for it. */
static void one_hart(void)
{
	cpu_set_t harts;

	CPU_ZERO(&harts);
	CPU_SET(0, &harts);
	CHECK_OK(sched_setaffinity(0, sizeof(harts), &harts));
}

static void wait_for(const u32 *word, u32 value)
{
	while (load_relaxed(word) < value)
		;
}

/* --- the page --- */

static void check_call(void)
{
	long first = syscall(NR_sched_share, 0);

	CHECK_ERRNO(syscall(NR_sched_share, 1), EINVAL);
	CHECK_ERRNO(syscall(NR_sched_share, -1), EINVAL);
	REQUIRE(first > 0 && !share_start());
	CHECK_EQ((long)share_self, first);
	CHECK_EQ(share_self->level, SHARE_DEFAULT);
}

static pthread_barrier_t all_have_one;
static u32 had_none;

static void *take_part(void *taken)
{
	int err = share_start();

	if (err)
		atomic_add(&had_none, 1u);
	CHECK(!err || err == -ENOSPC);
	*(struct sched_share **)taken = share_self;
	share_level(SHARE_WORST);
	pthread_barrier_wait(&all_have_one);
	return NULL;
}

/* As many as there is room for, and one more, beside this thread. Those that end give back what they had. */
static void check_threads(void)
{
	struct sched_share *taken[SHARE_THREADS] = { NULL };
	pthread_t threads[SHARE_THREADS];
	u64 parts = 0;

	had_none = 0;
	pthread_barrier_init(&all_have_one, NULL, SHARE_THREADS);
	for (u32 i = 0; i < SHARE_THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, take_part, &taken[i]));
	for (u32 i = 0; i < SHARE_THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(had_none, 1);
	for (u32 i = 0; i < SHARE_THREADS; i++)
		if (taken[i])
			parts |= 1ul << (taken[i] - (struct sched_share *)SHARE_PAGE);
	CHECK_EQ(parts | 1ul << (share_self - (struct sched_share *)SHARE_PAGE), UINT64_MAX);
}

/* No file, no argument of a call and no other mapping can be there. */
static void check_place(void)
{
	void *page = (void *)SHARE_PAGE;

	CHECK_ERRNO(munmap(page, 4096), EINVAL);
	CHECK(mprotect(page, 4096, PROT_READ) < 0);
	CHECK_ERRNO(write(1, page, 1), EFAULT);
	CHECK(mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED);
}

/* --- what may stand there --- */

static void check_hostile(void)
{
	static const u32 values[] = { 0, 4, 5, 7, 8, 31, 32, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff };

	for (u32 i = 0; i < 12; i++) {
		memset(share_self, (int)values[i], sizeof(*share_self));
		store_relaxed(&share_self->level, values[i]);
		sched_yield();
		usleep(1);
	}
	share_level(SHARE_DEFAULT);
}

/* --- other programs --- */

/* What stands at the address in the process that asks. */
static int child(const char *mode)
{
	if (!strcmp(mode, "touch"))
		return *(volatile u32 *)SHARE_PAGE ? 1 : 2;
	if (!strcmp(mode, "again"))
		return share_start() || share_self->level != SHARE_DEFAULT;
	share_start();
	share_level(SHARE_BEST);
	if (!strcmp(mode, "exec")) {
		execl(child_self, child_self, "touch", NULL);
		return 3;
	}
	for (;;)
		store_relaxed(&share_self->level, share_self->level + 1);
}

static int fork_and(const char *mode)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		if (share_self)
			_exit(9);
		_exit(child(mode));
	}
	return child_wait(pid);
}

static void ignore(u64 vectors)
{
	(void)vectors;
}

/* A thread in VS-mode reaches the page in the same way, whichever came first. */
static int direct_child(bool share_first)
{
	if (share_first)
		CHECK(!share_start());
	CHECK(!uintr_register_handler(ignore, UINTR_DIRECT));
	CHECK(!share_start());
	for (u32 level = 0; level < 8; level++) {
		share_level(level);
		sched_yield();
		CHECK_EQ(share_self->level, level);
	}
	CHECK(!uintr_unregister_handler());
	share_level(SHARE_BEST);
	return check_done();
}

static void check_direct(void)
{
	for (int i = 0; i < 2; i++) {
		pid_t pid = (pid_t)REQUIRE_OK(fork());

		if (!pid)
			_exit(direct_child(i));
		CHECK_EQ(child_wait(pid), 0);
	}
}

static void check_children(void)
{
	pid_t pid;

	CHECK_EQ(fork_and("touch"), KILLED(SIGSEGV));
	CHECK_EQ(fork_and("again"), 0);
	CHECK_EQ(child_run("touch"), KILLED(SIGSEGV));
	CHECK_EQ(child_run("exec"), KILLED(SIGSEGV));
	CHECK_EQ(child_run("again"), 0);
	share_level(SHARE_BEST);
	for (u32 i = 0; i < 5; i++) {
		pid = child_start("spin", NULL);
		CHECK(pid > 0);
		sched_yield();
		CHECK_OK(kill(pid, SIGKILL));
		CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
	}
	share_level(SHARE_DEFAULT);
}

/* --- nobody is starved --- */

static void *count(void *level)
{
	one_hart();
	if (level) {
		CHECK(!share_start());
		share_level((u32)(u64)level);
	}
	wait_for(counter, 1); /* until the main thread spins, too */
	for (u32 i = 0; i < 5; i++) {
		atomic_add(counter, 1u);
		if (i % 2)
			sched_yield();
	}
	return NULL;
}

static void spin(void)
{
	one_hart();
	share_start();
	share_level(SHARE_BEST);
	for (;;)
		;
}

/* The best level spins, in this process and in another; two of worse ones, and one that tells nothing, get on. */
static void check_starving(void)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	pthread_t threads[3];

	if (!pid)
		spin();
	one_hart();
	*counter = 0;
	for (u64 i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, count, (void *)(i ? i + 2 : 0)));
	share_level(SHARE_BEST);
	atomic_add(counter, 1u);
	wait_for(counter, 16);
	share_level(SHARE_DEFAULT);
	for (u32 i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
}

int main(int argc, char **argv)
{
	child_self = argv[0];
	if (argc > 1)
		return child(argv[1]);
	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(counter != MAP_FAILED);
	check_call();
	check_threads();
	check_threads();
	check_place();
	check_hostile();
	check_children();
	check_direct();
	check_starving();
	return check_done();
}
