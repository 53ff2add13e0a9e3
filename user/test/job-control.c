/* job-control.c - a session with a terminal: keys that send signals, readers in the background, the leader's end.
 *
 * What is typed comes from TIOCSTI.
 *
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { GONE = 32000 };

static int console;

static void type(const char *text)
{
	for (; *text; text++)
		CHECK_OK(ioctl(console, TIOCSTI, text));
}

/* A job in a group of its own, which reads a line from the terminal and ends with its first byte; not before it is in
 * the foreground, unless EARLY. */
static pid_t job_start(bool early)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	char line[16] = "";

	if (pid) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	signal(SIGTTOU, SIG_DFL);
	while (!early && tcgetpgrp(console) != getpgrp())
		usleep(500);
	(void)!read(console, line, sizeof(line));
	_exit(line[0]);
}

static int status_of(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	return status & ~0x80;
}

static void check_key(const char *key, int signal)
{
	pid_t job = job_start(false);

	CHECK_OK(tcsetpgrp(console, job));
	CHECK_EQ(tcgetpgrp(console), job);
	type(key);
	CHECK_EQ(status_of(job), signal);
}

static void check_stop(void)
{
	pid_t job = job_start(false);

	CHECK_OK(tcsetpgrp(console, job));
	type("\032");
	CHECK_EQ(status_of(job), SIGTSTP << 8 | 0x7f);
	CHECK_OK(kill(-job, SIGCONT));
	type("x\n");
	CHECK_EQ(status_of(job), 'x' << 8);
}

static void check_background(void)
{
	char byte;
	pid_t job;

	CHECK_OK(tcsetpgrp(console, getpgrp()));
	job = job_start(true);
	CHECK_EQ(status_of(job), SIGTTIN << 8 | 0x7f);
	CHECK_OK(tcsetpgrp(console, job));
	CHECK_OK(kill(-job, SIGCONT));
	type("y\n");
	CHECK_EQ(status_of(job), 'y' << 8);
	signal(SIGTTIN, SIG_IGN);
	job = job_start(false);
	CHECK_OK(tcsetpgrp(console, job));
	CHECK_ERRNO(read(console, &byte, 1), EIO);
	type("\003");
	CHECK_EQ(status_of(job), SIGINT);
}

static void check_errors(void)
{
	CHECK_ERRNO(tcsetpgrp(console, GONE), ESRCH);
	CHECK_ERRNO(tcsetpgrp(console, 1), EPERM);
	CHECK_EQ(tcgetsid(console), getpid());
	CHECK_OK(tcsetpgrp(console, getpgrp()));
}

/* The leader of a session. The job that it leaves in the foreground is told of its end; NUMBER says who it is. */
static void leader(int number)
{
	pid_t job;

	CHECK_EQ(setsid(), getpid());
	CHECK_ERRNO(tcgetpgrp(console), ENOTTY);
	REQUIRE_OK(ioctl(console, TIOCSCTTY, 0));
	CHECK_EQ(tcgetpgrp(console), getpid());
	signal(SIGTTOU, SIG_IGN);
	check_key("\003", SIGINT);
	check_key("\034", SIGQUIT);
	check_stop();
	check_background();
	check_errors();
	signal(SIGTTIN, SIG_DFL);
	job = job_start(false);
	CHECK_OK(tcsetpgrp(console, job));
	(void)!write(number, &job, sizeof(job));
	_exit(check_done());
}

int main(void)
{
	int numbers[2];
	pid_t pid, job;

	console = (int)REQUIRE_OK(open("/dev/console", O_RDWR | O_NOCTTY));
	REQUIRE_OK(pipe(numbers));
	REQUIRE_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int round = 0; round < 3; round++) {
		pid = (pid_t)REQUIRE_OK(fork());
		if (!pid)
			leader(numbers[1]);
		REQUIRE_EQ(status_of(pid), 0);
		REQUIRE_EQ(read(numbers[0], &job, sizeof(job)), sizeof(job));
		CHECK_EQ(status_of(job), SIGHUP);
		CHECK_ERRNO(tcgetpgrp(console), ENOTTY);
	}
	return check_done();
}
