/* signal-stop.c - a process that is stopped does nothing until it is continued or killed, and its parent learns of all
 * of it: wait4 and SIGCHLD.
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
#include <sys/mman.h>

static volatile int chlds;
static siginfo_t last;

static void note_child(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	last = *info;
	chlds++;
}

static void handle_child(int flags)
{
	struct sigaction action = { .sa_sigaction = note_child, .sa_flags = SA_SIGINFO | SA_RESTART | flags };

	sigaction(SIGCHLD, &action, NULL);
}

static void *spin(void *shared)
{
	for (;;)
		(*(volatile u64 *)shared)++;
	return NULL;
}

static void *sleep_all(void *unused)
{
	for (;;)
		sleep_ms(1);
	return unused;
}

/* A child with three threads that counts in shared memory. Its group is one that we could let go on, so that what a
 * terminal stops its users with stops it. */
static pid_t start_counting(u64 *shared)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	pthread_t thread;

	if (pid)
		return pid;
	setpgid(0, 0);
	signal(SIGCHLD, SIG_DFL);
	pthread_create(&thread, NULL, sleep_all, NULL);
	pthread_create(&thread, NULL, sleep_all, NULL);
	spin(shared);
	return 0;
}

static void wait_moving(volatile u64 *shared)
{
	u64 was = *shared;

	while (*shared == was)
		sleep_ms(1);
}

static void check_stop(u64 *shared, int signal)
{
	int status;
	pid_t pid;
	u64 was;

	handle_child(0);
	pid = start_counting(shared);
	wait_moving(shared);
	CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED | WCONTINUED), 0);
	chlds = 0;
	CHECK_OK(kill(pid, signal));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_EQ(WSTOPSIG(status), signal);
	CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED), 0); /* told once */
	while (!chlds)
		sleep_ms(1);
	CHECK_EQ(last.si_code, CLD_STOPPED);
	CHECK_EQ(last.si_status, signal);
	CHECK_EQ(last.si_pid, pid);
	was = load_relaxed(shared);
	sleep_ms(20);
	CHECK_EQ(load_relaxed(shared), was);
	CHECK_OK(kill(pid, SIGTERM)); /* later */
	CHECK_OK(kill(pid, SIGUSR1));
	CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED), 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
	CHECK_EQ(last.si_code, CLD_KILLED);
	CHECK_EQ(last.si_status, SIGKILL);
}

static void check_continue(u64 *shared)
{
	int status;
	pid_t pid = start_counting(shared);

	wait_moving(shared);
	for (int i = 0; i < 10; i++) {
		CHECK_OK(kill(pid, SIGSTOP));
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK_OK(kill(pid, SIGCONT));
		CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
		CHECK(WIFCONTINUED(status));
		wait_moving(shared);
	}
	CHECK_EQ(last.si_code, CLD_CONTINUED);
	CHECK_EQ(last.si_status, SIGCONT);
	CHECK_OK(kill(pid, SIGSTOP));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_OK(kill(pid, SIGTERM));
	CHECK_OK(kill(pid, SIGCONT));
	while (waitpid(pid, &status, 0) < 0)
		;
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	/* stop and continue at once: whatever comes of it, it runs on */
	pid = start_counting(shared);
	for (int i = 0; i < 50; i++) {
		kill(pid, i & 1 ? SIGCONT : SIGSTOP);
		if (i % 7 == 0)
			sleep_ms(1);
	}
	wait_moving(shared);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
}

/* A child that sleeps is stopped and goes on: how it ends. 0: on a busy machine it woke up before the stop. */
static int stop_sleeper(unsigned ms)
{
	struct timespec time = { 0, (long)ms * NS_PER_MS };
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	int status;

	if (!pid)
		_exit(nanosleep(&time, NULL) ? 1 : 7);
	sleep_ms(10);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	if (!WIFSTOPPED(status))
		return 0;
	kill(pid, SIGCONT);
	return child_wait(pid);
}

/* A call that waits does not notice a stop. */
static void check_unnoticed(void)
{
	int status = 0;

	for (unsigned ms = 50; !status && ms < 1000; ms *= 2)
		status = stop_sleeper(ms);
	CHECK_EQ(status, EXITED(7));
}

static void check_flags(u64 *shared)
{
	int status;
	pid_t pid;

	handle_child(SA_NOCLDSTOP);
	pid = start_counting(shared);
	wait_moving(shared);
	chlds = 0;
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	sleep_ms(5);
	CHECK_EQ(chlds, 0);
	kill(pid, SIGKILL);
	CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
	CHECK_EQ(chlds, 1);
	handle_child(SA_NOCLDWAIT);
	REQUIRE_OK(pid = fork());
	if (!pid)
		_exit(3);
	CHECK_ERRNO(waitpid(pid, &status, 0), ECHILD);
	CHECK_EQ(chlds, 2);
	signal(SIGCHLD, SIG_IGN);
	REQUIRE_OK(pid = fork());
	if (!pid)
		_exit(3);
	CHECK_ERRNO(waitpid(pid, &status, 0), ECHILD);
	CHECK_ERRNO(kill(pid, 0), ESRCH);
	handle_child(0);
	REQUIRE_OK(pid = fork());
	if (!pid)
		_exit(5);
	CHECK_EQ(child_wait(pid), EXITED(5));
	CHECK_EQ(last.si_code, CLD_EXITED);
	CHECK_EQ(last.si_status, 5);
}

int main(void)
{
	u64 *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(shared != MAP_FAILED);
	check_stop(shared, SIGSTOP);
	check_stop(shared, SIGTSTP);
	check_continue(shared);
	check_unnoticed();
	check_flags(shared);
	return check_done();
}
