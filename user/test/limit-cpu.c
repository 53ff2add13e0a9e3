/* limit-cpu.c - RLIMIT_CPU: a signal at the soft limit and each second from then on, the end at the hard one; the
 * limits of children. Takes seconds of CPU time.
 *
 * machines: !icount
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <signal.h>
#include <sys/resource.h>

static volatile int caught;

static void note(int signal)
{
	(void)signal;
	caught++;
}

static int run(rlim_t soft, rlim_t hard, void (*handler)(int))
{
	struct rlimit limit = { soft, hard };
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (pid)
		return child_wait(pid);
	setrlimit(RLIMIT_CPU, &limit);
	signal(SIGXCPU, handler);
	while (!caught)
		;
	getrlimit(RLIMIT_CPU, &limit);
	_exit((int)limit.rlim_cur);
}

int main(void)
{
	struct rlimit limit = { 100, 100 };

	CHECK_EQ(run(1, RLIM_INFINITY, SIG_DFL), KILLED(SIGXCPU));
	CHECK_EQ(run(1, 1, note), KILLED(SIGKILL));
	CHECK_EQ(run(1, 100, note), EXITED(2)); /* the next one is due a second later */
	CHECK_OK(setrlimit(RLIMIT_CPU, &limit));
	CHECK_OK(getrlimit(RLIMIT_CPU, &limit));
	CHECK_EQ(limit.rlim_cur, 100);
	return check_done();
}
