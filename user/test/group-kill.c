/* group-kill.c - signals to groups, and who may signal whom.
 *
 * machines: all crowd
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int pair[2]; /* children wait until its writing end closes */

static pid_t child_start(void)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	char byte;

	if (pid)
		return pid;
	close(pair[1]);
	(void)!read(pair[0], &byte, 1);
	_exit(5);
}

static int end_of(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void check_group(void)
{
	pid_t a, b, c;

	REQUIRE_OK(pipe(pair));
	a = child_start();
	b = child_start();
	c = child_start();
	CHECK_OK(setpgid(a, a));
	CHECK_OK(setpgid(b, a));
	CHECK_OK(kill(-a, 0));
	CHECK_ERRNO(kill(-b, 0), ESRCH);
	CHECK_OK(kill(-a, SIGTERM));
	CHECK_EQ(end_of(a), SIGTERM);
	CHECK_EQ(end_of(b), SIGTERM);
	CHECK_ERRNO(kill(-a, 0), ESRCH);
	close(pair[1]);
	CHECK_EQ(end_of(c), -5);
	close(pair[0]);
}

/* kill(0): to the sender's own group, itself included. */
static void check_own(void)
{
	pid_t leader = (pid_t)REQUIRE_OK(fork());

	if (!leader) {
		setpgid(0, 0);
		REQUIRE_OK(pipe(pair));
		child_start();
		kill(0, SIGUSR1);
		_exit(1);
	}
	CHECK_EQ(end_of(leader), SIGUSR1);
}

static void check_permission(void)
{
	pid_t root, sender;

	if (geteuid())
		return;
	REQUIRE_OK(pipe(pair));
	root = child_start();
	sender = (pid_t)REQUIRE_OK(fork());
	if (!sender) {
		checks_failed = 0;
		CHECK_OK(setuid(100));
		CHECK_ERRNO(kill(root, SIGTERM), EPERM);
		CHECK_ERRNO(kill(root, 0), EPERM);
		CHECK_OK(kill(root, SIGCONT)); /* one session */
		CHECK_OK(kill(getpid(), 0));
		CHECK_OK(setsid());
		CHECK_ERRNO(kill(root, SIGCONT), EPERM);
		_exit(checks_failed != 0);
	}
	CHECK_EQ(end_of(sender), 0);
	close(pair[1]);
	CHECK_EQ(end_of(root), -5);
	close(pair[0]);
}

int main(void)
{
	check_group();
	check_own();
	check_permission();
	return check_done();
}
