/* proc-wait.c - wait4: whom it finds, whom it does not wait for, and what it says about them.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

static void check_no_child(void)
{
	CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
	CHECK_ERRNO(waitpid(-1, NULL, WNOHANG), ECHILD);
	CHECK_ERRNO(waitpid(getpid(), NULL, 0), ECHILD);
	CHECK_ERRNO(waitpid(1, NULL, 0), ECHILD);
	CHECK_ERRNO(waitpid(-1, NULL, 0x40000000 >> 8), EINVAL);
}

static void check_running(void)
{
	int status = 0x5555;
	pid_t pid = child_start("sleep", NULL);

	REQUIRE(pid > 0);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(waitpid(-1, &status, WNOHANG), 0);
	CHECK_EQ(status, 0x5555);
	CHECK_OK(kill(pid, 0));
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_ERRNO(waitpid(pid, &status, 0), ECHILD);
	CHECK_ERRNO(kill(pid, 0), ESRCH);
}

/* A child that has ended stays until it is waited for, with its code. */
static void check_ended(void)
{
	struct rusage usage;
	int status;
	pid_t pid = child_start("code", "5");

	REQUIRE(pid > 0);
	while (waitpid(pid, &status, WNOHANG) == 0)
		sleep_ms(1);
	CHECK_EQ(status, EXITED(5));

	pid = child_start("code", "6");
	sleep_ms(20);
	CHECK_OK(kill(pid, 0)); /* a zombie is somebody */
	memset(&usage, 0xff, sizeof(usage));
	CHECK_EQ(wait4(pid, &status, 0, &usage), pid);
	CHECK_EQ(status, EXITED(6));
	CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_usec >= 0 && usage.ru_utime.tv_usec < 1000000);

	pid = child_start("code", "7");
	CHECK_EQ(waitpid(pid, NULL, 0), pid); /* who does not want to know */
}

/* Several: each is found once, in whatever order; a given one can be picked. */
static void check_several(void)
{
	static const char *const codes[] = { "10", "11", "12", "13" };
	pid_t pids[4];
	unsigned seen = 0;
	int status;

	for (int i = 0; i < 4; i++)
		pids[i] = (pid_t)REQUIRE_OK(child_start("code", codes[i]));
	CHECK_EQ(child_wait(pids[2]), EXITED(12));
	for (int round = 0; round < 3; round++) {
		pid_t pid = waitpid(-1, &status, 0);

		for (int i = 0; i < 4; i++)
			if (pids[i] == pid) {
				CHECK_EQ(status, EXITED(10 + i));
				seen |= 1u << i;
			}
	}
	CHECK_EQ(seen, 0xb);
	CHECK_ERRNO(waitpid(-1, &status, 0), ECHILD);
}

/* Any thread may wait for the process's children. */
static void *wait_in_thread(void *pid)
{
	return (void *)(intptr_t)child_wait((pid_t)(intptr_t)pid);
}

static void check_thread(void)
{
	pid_t pid = child_start("code", "21");
	pthread_t thread;
	void *status;

	REQUIRE(!pthread_create(&thread, NULL, wait_in_thread, (void *)(intptr_t)pid));
	CHECK_EQ(pthread_join(thread, &status), 0);
	CHECK_EQ((intptr_t)status, EXITED(21));
}

int main(int argc, char **argv)
{
	child_self = argv[0];
	if (argc > 2)
		return atoi(argv[2]);
	if (argc > 1)
		sleep_ms(1000 * 1000);
	check_no_child();
	check_running();
	check_ended();
	check_several();
	check_thread();
	return check_done();
}
