/* job-control.c - a session with a terminal: keys that send signals, readers and writers in the background, orphans,
 * the leader's end; who gets it by opening it; the reader of commands with its ^Z, fg and ^C.
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
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { GONE = 32000 };

static int console;

static void type(const char *text)
{
	for (; *text; text++)
		REQUIRE_OK(ioctl(console, TIOCSTI, text));
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

/* A job that writes once it is told to; its end says whether it could. */
static pid_t writer_start(void (*handler)(int), int *go)
{
	int ends[2];
	pid_t pid;

	REQUIRE_OK(pipe(ends));
	pid = (pid_t)REQUIRE_OK(fork());
	*go = ends[1];
	if (pid) {
		setpgid(pid, pid);
		close(ends[0]);
		return pid;
	}
	setpgid(0, 0);
	signal(SIGTTOU, handler);
	close(ends[1]);
	(void)!read(ends[0], ends, 1);
	_exit(write(console, "", 0) == 0 && write(console, ".", 1) == 1 ? 3 : 4);
}

static void set_lflag(tcflag_t set, tcflag_t clear)
{
	struct termios termios;

	CHECK_OK(tcgetattr(console, &termios));
	termios.c_lflag = (termios.c_lflag | set) & ~clear;
	CHECK_OK(tcsetattr(console, TCSANOW, &termios));
}

/* Writers in the background stop with TOSTOP alone, unless they want no signal. */
static void check_writers(void)
{
	int go;
	pid_t job;

	CHECK_OK(tcsetpgrp(console, getpgrp()));
	job = writer_start(SIG_DFL, &go);
	close(go);
	CHECK_EQ(status_of(job), 3 << 8);
	set_lflag(TOSTOP, 0);
	job = writer_start(SIG_IGN, &go);
	close(go);
	CHECK_EQ(status_of(job), 3 << 8);
	job = writer_start(SIG_DFL, &go);
	close(go);
	CHECK_EQ(status_of(job), SIGTTOU << 8 | 0x7f);
	set_lflag(0, TOSTOP);
	CHECK_OK(kill(-job, SIGCONT));
	CHECK_EQ(status_of(job), 3 << 8);
}

/* Who changes the terminal from the background stops, too. */
static void check_changer(void)
{
	struct termios termios;
	pid_t job;

	CHECK_OK(tcgetattr(console, &termios));
	job = (pid_t)REQUIRE_OK(fork());
	if (!job) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_DFL);
		_exit(tcsetattr(console, TCSANOW, &termios) ? 4 : 3);
	}
	CHECK_EQ(status_of(job), SIGTTOU << 8 | 0x7f);
	CHECK_OK(tcsetpgrp(console, job));
	CHECK_OK(kill(-job, SIGCONT));
	CHECK_EQ(status_of(job), 3 << 8);
	CHECK_OK(tcsetpgrp(console, getpgrp()));
}

/* An interrupt throws away what nobody has read, also whole lines; not so with NOFLSH. */
static void check_flush(void)
{
	char line[8] = "";
	int waiting = -1;

	signal(SIGINT, SIG_IGN);
	type("a\nb");
	CHECK_OK(ioctl(console, FIONREAD, &waiting));
	CHECK_EQ(waiting, 2);
	type("\003");
	CHECK_OK(ioctl(console, FIONREAD, &waiting));
	CHECK_EQ(waiting, 0);
	set_lflag(NOFLSH, 0);
	type("c\nd\003e\n");
	CHECK_EQ(read(console, line, sizeof(line)), 2);
	CHECK_EQ(line[0], 'c');
	CHECK_EQ(read(console, line, sizeof(line)), 3);
	CHECK_EQ(line[0], 'd');
	CHECK_EQ(line[1], 'e');
	set_lflag(0, NOFLSH);
	signal(SIGINT, SIG_DFL);
}

/* In a group that nobody of the session could let go on, a reader or writer in the background is refused. The group is
 * the child's, whose parent, in the same group, has a parent in another session: us, when the middle one has ended. */
static void check_orphan(void)
{
	int ends[2];
	char results[2] = { 0 };
	pid_t middle;

	REQUIRE_OK(pipe(ends));
	set_lflag(TOSTOP, 0);
	middle = (pid_t)REQUIRE_OK(fork());
	if (!middle) {
		setpgid(0, 0);
		middle = getpid();
		if (fork())
			_exit(0);
		while (getppid() == middle)
			usleep(500);
		signal(SIGTTIN, SIG_DFL);
		signal(SIGTTOU, SIG_DFL);
		results[0] = (char)(read(console, results, 1) < 0 ? errno : 0);
		results[1] = (char)(write(console, ".", 1) < 0 ? errno : 0);
		(void)!write(ends[1], results, 2);
		_exit(0);
	}
	close(ends[1]);
	CHECK_EQ(status_of(middle), 0);
	CHECK_EQ(read(ends[0], results, 2), 2);
	CHECK_EQ(results[0], EIO);
	CHECK_EQ(results[1], EIO);
	close(ends[0]);
	set_lflag(0, TOSTOP);
}

/* The reader of commands: what ^Z has stopped goes on with fg, and ^C ends it there. */
static u32 foreground_of(pid_t pid)
{
	char path[40], text[256] = "";
	unsigned group = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	REQUIRE(file != NULL);
	REQUIRE(fgets(text, sizeof(text), file) != NULL);
	fclose(file);
	sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %u", &group);
	return group;
}

/* Wait until the job is in the foreground (JOB) or the shell is; and for the process that it is about to sleep. */
static u32 wait_foreground(pid_t shell, bool job)
{
	u32 group;

	while (((group = foreground_of(shell)) != (u32)shell) != job)
		usleep(1000);
	return group;
}

static void check_shell(void)
{
	pid_t shell;
	u32 job;

	shell = (pid_t)REQUIRE_OK(fork());
	if (!shell) {
		setsid();
		REQUIRE_OK(ioctl(console, TIOCSCTTY, 0));
		dup2(console, 0);
		execl("/bin/sh", "sh", NULL);
		_exit(9);
	}
	while (foreground_of(shell) != (u32)shell)
		usleep(1000);
	type("cat\n");
	job = wait_foreground(shell, true);
	type("\032");
	wait_foreground(shell, false);
	type("fg\n");
	CHECK_EQ(wait_foreground(shell, true), job);
	type("\003");
	wait_foreground(shell, false);
	CHECK_ERRNO(kill((pid_t)job, 0), ESRCH);
	type("exit 7\n");
	CHECK_EQ(status_of(shell), 7 << 8);
}

/* Who does not lead a session, or leads another one than its owner, does not get it: 0 if a child is told so. */
static int child_is_refused(bool leads)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (pid)
		return status_of(pid);
	if (leads)
		setsid();
	_exit(!(ioctl(console, TIOCSCTTY, 0) == -1 && errno == EPERM));
}

/* Whose terminal it is, by its names. */
static void open_it(void)
{
	int fd;

	CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
	CHECK_EQ(setsid(), getpid());
	close((int)CHECK_OK(open("/dev/console", O_RDWR)));
	close((int)CHECK_OK(open("/dev/ttyS0", O_RDWR | O_NOCTTY)));
	close((int)CHECK_OK(open("/dev/ttyS0", O_WRONLY)));
	CHECK_ERRNO(tcgetpgrp(console), ENOTTY);
	CHECK_EQ(child_is_refused(false), 0);
	fd = (int)CHECK_OK(open("/dev/ttyS0", O_RDWR));
	CHECK_EQ(fcntl(fd, F_GETFL) & O_NOCTTY, 0);
	CHECK_EQ(tcgetpgrp(fd), getpid());
	close(fd);
	fd = (int)CHECK_OK(open("/dev/tty", O_RDWR));
	CHECK_EQ(tcgetpgrp(fd), getpid());
	CHECK_EQ(child_is_refused(true), 0);
	CHECK_EQ(tcgetpgrp(fd), getpid());
	signal(SIGHUP, SIG_IGN);
	CHECK_OK(ioctl(fd, TIOCNOTTY));
	CHECK_ERRNO(tcgetpgrp(fd), ENOTTY);
	_exit(check_done());
}

static void check_open(void)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid)
		open_it();
	CHECK_EQ(status_of(pid), 0);
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
	check_writers();
	check_changer();
	check_flush();
	check_orphan();
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
	check_open();
	check_shell();
	return check_done();
}
