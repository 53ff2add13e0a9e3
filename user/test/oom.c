/* oom.c - memory runs out for real: a program that takes all there is, is killed, and nobody else is; the page cache
 * and what is in limbo is used up before that. Also threads that take it together, many processes, a file in memory; a
 * victim that is stopped, waits in the kernel, or has lent its memory; who is exempt; and processes without end.
 *
 * machines: smp=2
 * boot: memory=40M
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"
#include "user/test/child.h"
#include "user/test/data.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum { PAGE = 4096, THREADS = 4, CHILDREN = 6, BOMB_PAGES = 200, BOMB_MOST = 1000 };

static char buffer[64 * 1024];

/* By a call that needs no memory itself: others may have taken it all. */
static long total_pages(void)
{
	struct sysinfo info;

	REQUIRE_OK(sysinfo(&info));
	return (long)(info.totalram * info.mem_unit / PAGE);
}

static void touch(long pages)
{
	volatile char *at = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	REQUIRE(at != MAP_FAILED);
	for (long i = 0; i < pages; i++)
		at[i * PAGE] = (char)i;
	for (long i = 0; i < pages; i++)
		if (at[i * PAGE] != (char)i)
			_exit(WRONG);
}

static void fill_cache(void)
{
	int fd = open("/dev/vda", O_RDONLY);
	long left = total_pages() * PAGE;

	REQUIRE(fd >= 0);
	while (left > 0 && read(fd, buffer, sizeof(buffer)) > 0)
		left -= (long)sizeof(buffer);
	close(fd);
}

static void *touch_part(void *pages)
{
	touch((long)pages);
	return NULL;
}

/* --- who holds memory and does not look at it --- */

static void hold_adjusted(const char *adjust)
{
	proc_write("/proc/self/oom_score_adj", adjust);
	touch(total_pages() * 5 / 8);
	raise(SIGSTOP);
}

static void hold_stopped(void)
{
	touch(total_pages() * 3 / 4);
	raise(SIGSTOP);
}

static void hold_in_pipe(void)
{
	int pair[2];
	char byte;

	REQUIRE(pipe(pair) == 0);
	touch(total_pages() * 3 / 4);
	raise(SIGSTOP); /* for the parent to see that it has come here; then it waits in the kernel */
	(void)!read(pair[0], &byte, 1);
}

/* A parent that waits for its vfork child, which waits for nothing: they have the memory together. */
static void hold_in_vfork(void)
{
	touch(total_pages() * 3 / 4);
	raise(SIGSTOP);
	if (!vfork())
		for (;;)
			pause();
}

/* Processes until there can be no more, each with some pages. */
static void bomb(void)
{
	for (int i = 0; i < BOMB_MOST; i++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (!pid) {
			touch(BOMB_PAGES);
			for (;;)
				pause();
		}
	}
	for (;;)
		pause();
}

static int child_main(const char *mode, const char *argument)
{
	pthread_t threads[THREADS];

	if (!strcmp(mode, "all")) {
		touch(total_pages() + 1000);
	} else if (!strcmp(mode, "most")) {
		touch(total_pages() * 3 / 4);
	} else if (!strcmp(mode, "half")) {
		touch(total_pages() / 2);
	} else if (!strcmp(mode, "first")) {
		proc_write("/proc/self/oom_score_adj", "1000");
		for (;;)
			pause();
	} else if (!strcmp(mode, "threads")) {
		for (int i = 0; i < THREADS; i++)
			if (pthread_create(&threads[i], NULL, touch_part, (void *)(total_pages() / THREADS + 1000)))
				return CHECK_FAILED;
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
	} else if (!strcmp(mode, "stopped")) {
		hold_stopped();
	} else if (!strcmp(mode, "pipe")) {
		hold_in_pipe();
	} else if (!strcmp(mode, "vfork")) {
		hold_in_vfork();
	} else if (!strcmp(mode, "adjusted")) {
		hold_adjusted(argument);
	} else if (!strcmp(mode, "bomb")) {
		setpgid(0, 0);
		bomb();
	} else if (!strcmp(mode, "small")) {
		for (int i = 0; i < 100; i++) {
			touch(3);
			usleep(1000);
		}
	}
	return 0;
}

/* Who needs little lives on while another takes everything. */
static void check_small_survives(void)
{
	pid_t small = child_start("small", NULL), large = child_start("all", NULL);

	REQUIRE(small > 0 && large > 0);
	CHECK_EQ(child_wait(large), KILLED(SIGKILL));
	CHECK_EQ(child_wait(small), EXITED(0));
}

/* Together they are too large: one after the other goes until the rest fits. */
static void check_many(void)
{
	pid_t children[CHILDREN];
	int killed = 0;

	for (int i = 0; i < CHILDREN; i++)
		children[i] = child_start("most", NULL);
	for (int i = 0; i < CHILDREN; i++) {
		/* exec needs memory, too, and is told when there is none */
		int status = children[i] == -ENOMEM ? KILLED(SIGKILL) : child_wait(children[i]);

		CHECK(status == EXITED(0) || status == KILLED(SIGKILL));
		killed += status == KILLED(SIGKILL);
	}
	CHECK(killed < CHILDREN);
}

/* A system call that needs a page for its caller. */
static void check_file_in_memory(void)
{
	int fd = open("/tmp/oom", O_RDWR | O_CREAT | O_EXCL, 0600);
	ssize_t done;

	REQUIRE(fd >= 0);
	do
		done = write(fd, buffer, sizeof(buffer));
	while (done > 0);
	CHECK(done == -1 && (errno == ENOSPC || errno == ENOMEM));
	CHECK_EQ(child_run("small"), EXITED(0));
	CHECK_EQ(unlink("/tmp/oom"), 0);
	close(fd);
	/* room in advance: the same */
	fd = open("/tmp/oom", O_RDWR | O_CREAT | O_EXCL, 0600);
	REQUIRE(fd >= 0);
	CHECK_ERRNO(fallocate(fd, 0, 0, total_pages() * PAGE), ENOSPC);
	CHECK_EQ(child_run("small"), EXITED(0));
	CHECK_EQ(unlink("/tmp/oom"), 0);
	close(fd);
}

/* Start one that holds memory, and wait until it has it. */
static pid_t holder(const char *mode, const char *argument)
{
	pid_t pid = child_start(mode, argument);
	int status = 0;

	REQUIRE(pid > 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	return pid;
}

/* The largest is killed wherever it is: stopped, in the kernel, or with its memory lent to a child. */
static void check_holders(void)
{
	static const char *const modes[] = { "stopped", "pipe", "vfork" };
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		pid = holder(modes[i], NULL);
		if (i)
			CHECK_EQ(kill(pid, SIGCONT), 0);
		if (!CHECK_EQ(child_run("most"), EXITED(0)))
			check_note("beside one that holds memory: %s", modes[i]);
		CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
	}
}

/* Who is exempt stays, though it is the largest; who offers itself goes first, though it is small. */
static void check_adjusted(void)
{
	pid_t exempt = holder("adjusted", "-1000"), first;

	CHECK_EQ(child_run("half"), KILLED(SIGKILL));
	CHECK_EQ(kill(exempt, SIGCONT), 0);
	CHECK_EQ(child_wait(exempt), EXITED(0));
	first = child_start("first", NULL);
	REQUIRE(first > 0);
	CHECK_EQ(child_run("all"), KILLED(SIGKILL));
	CHECK_EQ(child_wait(first), KILLED(SIGKILL));
}

/* While there is no memory vfork and exec may be refused. */
static void check_small(void)
{
	int status = child_run("small");

	CHECK(status == EXITED(0) || status == -ENOMEM || status == -EAGAIN);
}

/* A program that makes processes without end: the machine goes on, and who is exempt does, too. Of all others anyone
 * may be the largest for a moment. */
static void check_bomb(void)
{
	pid_t pid = child_start("bomb", NULL);

	REQUIRE(pid > 0);
	proc_write("/proc/self/oom_score_adj", "-1000");
	check_small();
	usleep(500000);
	check_small();
	CHECK(kill(-pid, SIGKILL) == 0 || errno == ESRCH);
	CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
	while (kill(-pid, 0) == 0 || errno != ESRCH) /* they are init's children by now */
		usleep(1000);
	proc_write("/proc/self/oom_score_adj", "0");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child_main(argv[1], argv[2]);
	child_self = argv[0];
	fill_cache();
	CHECK_EQ(child_run("most"), EXITED(0)); /* the cache goes first */
	fill_cache();
	CHECK_EQ(child_run("all"), KILLED(SIGKILL));
	CHECK_EQ(child_run("threads"), KILLED(SIGKILL));
	check_small_survives();
	check_many();
	check_file_in_memory();
	check_holders();
	check_adjusted();
	check_bomb();
	CHECK_EQ(child_run("most"), EXITED(0));
	return check_done();
}
