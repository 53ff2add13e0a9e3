/* group-ids.c - process groups and sessions: who may be moved where, what fork hands on, whom wait4 finds by group.
 *
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that waits until its end of PIPE closes, then ends with CODE. */
static pid_t child_start(int pipe[2], int code)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	char byte;

	if (pid)
		return pid;
	close(pipe[1]);
	(void)!read(pipe[0], &byte, 1);
	_exit(code);
}

static int run(int (*check)(void))
{
	int status = -1;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid)
		_exit(check());
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

/* In a child of the test's, which leads nothing. */
static int check_session(void)
{
	pid_t self = getpid();
	int before = getsid(0), pair[2];
	pid_t pid;

	checks_failed = 0;
	CHECK_EQ(getpgid(0), getpgid(getppid()));
	CHECK_EQ(getsid(0), getsid(getppid()));
	CHECK_EQ(setsid(), self);
	CHECK_EQ(getsid(0), self);
	CHECK_EQ(getpgid(0), self);
	CHECK(self != before);
	CHECK_ERRNO(setsid(), EPERM);
	CHECK_ERRNO(setpgid(0, 0), EPERM); /* who leads a session stays in its group */

	REQUIRE_OK(pipe(pair));
	pid = child_start(pair, 0);
	CHECK_EQ(getsid(pid), self);
	CHECK_EQ(getpgid(pid), self);
	CHECK_OK(setpgid(pid, pid));
	CHECK_EQ(getpgid(pid), pid);
	CHECK_EQ(getsid(pid), self);
	CHECK_OK(setpgid(pid, self));
	CHECK_EQ(getpgid(pid), self);
	CHECK_ERRNO(setpgid(pid, 32767), EPERM);	      /* no such group */
	CHECK_ERRNO(setpgid(pid, getpgid(getppid())), EPERM); /* of another session */
	CHECK_ERRNO(setpgid(getppid(), 0), ESRCH);
	CHECK_ERRNO(setpgid(pid, -1), EINVAL);
	CHECK_ERRNO(setpgid(32767, 0), ESRCH);
	CHECK_ERRNO(getpgid(32767), ESRCH);
	CHECK_ERRNO(getsid(32767), ESRCH);
	close(pair[1]);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(pair[0]);
	return checks_failed != 0;
}

/* wait4 by group, also by our own. */
static int check_wait(void)
{
	int pair[2], status;
	pid_t a, b, c;

	checks_failed = 0;
	CHECK_OK(setpgid(0, 0));
	REQUIRE_OK(pipe(pair));
	a = child_start(pair, 1);
	b = child_start(pair, 2);
	c = child_start(pair, 3);
	CHECK_OK(setpgid(a, a));
	CHECK_OK(setpgid(b, a));
	CHECK_EQ(waitpid(-a, &status, WNOHANG), 0);
	CHECK_ERRNO(waitpid(-b, &status, WNOHANG), ECHILD);
	close(pair[1]);
	CHECK_EQ(waitpid(0, &status, 0), c);
	CHECK_EQ(WEXITSTATUS(status), 3);
	CHECK_ERRNO(waitpid(0, &status, 0), ECHILD);
	for (int i = 0; i < 2; i++) {
		pid_t pid = waitpid(-a, &status, 0);

		CHECK(pid == a || pid == b);
		CHECK_EQ(WEXITSTATUS(status), pid == a ? 1 : 2);
	}
	CHECK_ERRNO(waitpid(-a, &status, 0), ECHILD);
	close(pair[0]);
	return checks_failed != 0;
}

static int check_waitid(void)
{
	siginfo_t info = { .si_pid = 77 };
	int pair[2];
	pid_t pid;

	checks_failed = 0;
	REQUIRE_OK(pipe(pair));
	pid = child_start(pair, 42);
	CHECK_OK(waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
	CHECK_EQ(info.si_pid, 0);
	close(pair[1]);
	CHECK_OK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	CHECK_EQ(info.si_pid, pid);
	CHECK_OK(waitid(P_PGID, 0, &info, WEXITED));
	CHECK_EQ(info.si_signo, SIGCHLD);
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(info.si_status, 42);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_uid, getuid());
	CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED | 0x100), EINVAL);
	CHECK_ERRNO(waitid((idtype_t)9, 0, &info, WEXITED), EINVAL);
	close(pair[0]);

	REQUIRE_OK(pipe(pair));
	pid = child_start(pair, 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_OK(waitid(P_PID, (id_t)pid, &info, WEXITED));
	CHECK_EQ(info.si_code, CLD_KILLED);
	CHECK_EQ(info.si_status, SIGKILL);
	close(pair[0]);
	close(pair[1]);
	return checks_failed != 0;
}

int main(void)
{
	CHECK_EQ(run(check_session), 0);
	CHECK_EQ(run(check_wait), 0);
	CHECK_EQ(run(check_waitid), 0);
	return check_done();
}
