/* proc-prctl.c - prctl: signals at the parent's end, who takes orphans, dumpable.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/asleep.h"
#include "user/test/check.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int end_of(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static pid_t test;

/* In a child: the test would wait for ever for what it could not make. */
static pid_t fork_or_end(void)
{
	pid_t pid = fork();

	if (pid < 0) {
		kill(test, SIGKILL);
		_exit(99);
	}
	return pid;
}

/* A child makes a child and ends: that one is ours then, and we are told of its end. */
static void check_orphan(void)
{
	int numbers[2], go[2];
	pid_t middle, orphan;
	char byte;

	REQUIRE_OK(pipe(numbers));
	REQUIRE_OK(pipe(go));
	middle = (pid_t)REQUIRE_OK(fork());
	if (!middle) {
		orphan = fork();
		if (orphan) {
			(void)!write(numbers[1], &orphan, sizeof(orphan));
			_exit(3);
		}
		close(go[1]);
		(void)!read(go[0], &byte, 1);
		_exit(7);
	}
	CHECK_EQ(read(numbers[0], &orphan, sizeof(orphan)), sizeof(orphan));
	CHECK_EQ(end_of(middle), -3);
	close(go[1]);
	CHECK_EQ(end_of(orphan), -7);
	close(go[0]);
	close(numbers[0]);
	close(numbers[1]);
}

/* One that had ended before its parent does: we wait, and are woken by what we get. Our own child lives on. */
static void check_zombie(void)
{
	pid_t first = (pid_t)REQUIRE_OK(fork()), us, got;
	int status = -1;

	if (!first) {
		us = getppid();
		if (!fork_or_end()) {
			siginfo_t info;

			if (!fork_or_end())
				_exit(9);
			waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
			wait_until_asleep(us, us);
			_exit(8); /* first has no news of it: it does not wait */
		}
		for (;;)
			pause();
	}
	got = waitpid(-1, &status, 0);
	CHECK(got != first);
	CHECK_EQ(WEXITSTATUS(status), 9);
	CHECK_OK(kill(first, SIGKILL));
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void check_death_signal(void)
{
	int ready[2];
	pid_t middle, orphan;

	REQUIRE_OK(pipe(ready));
	middle = (pid_t)REQUIRE_OK(fork());
	if (!middle) {
		if (!fork_or_end()) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			orphan = getpid();
			(void)!write(ready[1], &orphan, sizeof(orphan));
			for (;;)
				pause();
		}
		for (;;)
			pause();
	}
	close(ready[1]);
	REQUIRE_EQ(read(ready[0], &orphan, sizeof(orphan)), sizeof(orphan));
	kill(middle, SIGKILL);
	CHECK_EQ(end_of(middle), SIGKILL);
	CHECK_EQ(end_of(orphan), SIGTERM);
	close(ready[0]);
}

int main(void)
{
	int value = -1;

	test = getpid();
	CHECK_OK(prctl(PR_GET_PDEATHSIG, &value));
	CHECK_EQ(value, 0);
	CHECK_OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	CHECK_OK(prctl(PR_GET_PDEATHSIG, &value));
	CHECK_EQ(value, SIGUSR1);
	CHECK_ERRNO(prctl(PR_SET_PDEATHSIG, 65), EINVAL);
	CHECK_OK(prctl(PR_SET_PDEATHSIG, 0));
	CHECK_OK(prctl(PR_GET_CHILD_SUBREAPER, &value));
	CHECK_EQ(value, 0);
	CHECK_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	CHECK_OK(prctl(PR_GET_CHILD_SUBREAPER, &value));
	CHECK_EQ(value, 1);
	check_orphan();
	check_zombie();
	check_death_signal();
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_OK(prctl(PR_SET_DUMPABLE, 0));
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
	CHECK_ERRNO(prctl(PR_SET_DUMPABLE, 3), EINVAL);
	CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
	CHECK_ERRNO(prctl(9999, 0), EINVAL);
	return check_done();
}
