/* thread-exit.c - ends of processes with several threads: the main thread leaves first, one thread ends all while the
 * others run, spin and sleep in every way there is, one of them crashes, one of them executes a new program.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

static void *spin(void *unused)
{
	static volatile u64 count;

	for (;;)
		count++;
	return unused;
}

static void *yield(void *unused)
{
	for (;;)
		sched_yield();
	return unused;
}

static void *sleep_long(void *unused)
{
	sleep_ms(1000 * 1000);
	return unused;
}

static void *wait_futex(void *unused)
{
	static u32 word;

	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return unused;
}

static void *wait_eventfd(void *unused)
{
	eventfd_t value;

	eventfd_read(eventfd(0, 0), &value);
	return unused;
}

static void *wait_poll(void *unused)
{
	struct pollfd poll_fd = { .fd = eventfd(0, 0), .events = POLLIN };

	poll(&poll_fd, 1, -1);
	return unused;
}

static const char outliving[] = "/tmp/thread-exit";

/* A grandchild: lives until its parent, whose number is the argument, is gone; then removes the file that the test
 * waits for. */
static int outlive(const char *argument)
{
	pid_t parent = argument ? atoi(argument) : 0;

	while (getppid() == parent)
		sleep_ms(2);
	return unlink(outliving);
}

static void *(*const others[])(void *) = { spin, yield, sleep_long, wait_futex, wait_eventfd, wait_poll };

static void start(void *(*go)(void *))
{
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, go, NULL));
}

/* Where another's exec may be ending all threads just now there need not be a new one. */
static void start_unless_ending(void *(*go)(void *))
{
	pthread_t thread;

	(void)!pthread_create(&thread, NULL, go, NULL);
}

static void start_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		start(others[i]);
	sleep_ms(5); /* most of them are where they want to be; the test holds wherever they are */
}

static void *exit_with_7(void *unused)
{
	sleep_ms(5);
	exit(7);
	return unused;
}

/* Ends by another thread while it waits for a child, which is there by then. */
static void wait_child(void)
{
	char pid[20];
	pid_t child;

	close(open(outliving, O_CREAT | O_WRONLY, 0600));
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	child = child_start("outlive", pid);
	start(exit_with_7);
	waitpid(child, NULL, 0);
}

static pthread_t main_thread;

/* Not before: an exit takes the tables away that pthread_exit finds its way with. */
static void *exit_behind_main(void *unused)
{
	CHECK_EQ(pthread_join(main_thread, NULL), 0);
	exit(7);
	return unused;
}

static void *leave_raw_5(void *unused)
{
	sleep_ms(5);
	syscall(SYS_exit, 5);
	return unused;
}

static volatile uintptr_t nowhere = 8;

static void *crash(void *unused)
{
	*(volatile int *)nowhere = 1;
	return unused;
}

static void *exec_plain(void *unused)
{
	char pid[20];
	const char *const argv[] = { child_self, "same pid", pid, NULL };

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	execve(child_self, (char *const *)argv, environ);
	exit(1); /* the others would run on for ever */
	return unused;
}

static void *exec_six(void *unused)
{
	const char *const argv[] = { child_self, "six", NULL };

	execve(child_self, (char *const *)argv, environ);
	return unused;
}

static int child_main(const char *mode, const char *argument)
{
	if (!strcmp(mode, "same pid"))
		return argument && atoi(argument) == getpid() && syscall(SYS_gettid) == getpid() ? 0 : 1;
	if (!strcmp(mode, "six"))
		return 6;
	if (!strcmp(mode, "outlive"))
		return outlive(argument);
	if (!strcmp(mode, "odd word")) { /* cleared at the end, over the border of two pages */
		static char pages[8192] __attribute__((aligned(4096)));

		syscall(SYS_set_tid_address, pages + 4094);
		syscall(SYS_exit, 6);
	}
	if (!strcmp(mode, "main leaves")) {
		main_thread = pthread_self();
		start(exit_behind_main);
		pthread_exit(NULL);
	}
	if (!strcmp(mode, "all leave")) {
		start(leave_raw_5);
		syscall(SYS_exit, 3);
	}
	if (!strcmp(mode, "wait for child"))
		wait_child();
	if (!strcmp(mode, "all exec")) {
		for (u32 i = 0; i < 4; i++)
			start_unless_ending(exec_six);
		exec_six(NULL);
	}
	start_all();
	if (!strcmp(mode, "exit"))
		exit(9);
	if (!strcmp(mode, "thread exits"))
		start(exit_with_7);
	if (!strcmp(mode, "crash"))
		start(crash);
	if (!strcmp(mode, "exec"))
		exec_plain(NULL);
	if (!strcmp(mode, "thread execs"))
		start(exec_plain);
	sleep_long(NULL);
	return 1;
}

int main(int argc, char **argv)
{
	child_self = argv[0];
	if (argc > 1)
		return child_main(argv[1], argv[2]);
	CHECK_EQ(child_run("odd word"), EXITED(6));
	CHECK_EQ(child_run("main leaves"), EXITED(7));
	CHECK_EQ(child_run("all leave"), EXITED(5)); /* the code of the last thread is the process's */
	CHECK_EQ(child_run("exit"), EXITED(9));
	CHECK_EQ(child_run("thread exits"), EXITED(7));
	CHECK_EQ(child_run("crash"), KILLED(SIGSEGV));
	CHECK_EQ(child_run("exec"), EXITED(0));
	CHECK_EQ(child_run("thread execs"), EXITED(0));
	for (u32 i = 0; i < 30; i++)
		CHECK_EQ(child_run("all exec"), EXITED(6)); /* one of them; the others end with the rest */
	CHECK_EQ(child_run("wait for child"), EXITED(7));
	while (!access(outliving, F_OK))
		sleep_ms(2);
	return check_done();
}
