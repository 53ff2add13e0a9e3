/* init.c - the first process.
 *
 *     init                          a command reader on the console; its exit status is the machine's
 *     init PROGRAM ARGUMENT...      that command, nothing else
 *     init --test [X=Y...] NAME...  the test programs /test/NAME (a name with a slash is a path), one after the other;
 *                                   CHIME_FUSE=N: seconds that each may take
 *     init --test-all               all of /test
 *
 * Contract: when init exits the kernel powers the machine off with init's status, so that is the command's own status,
 * 128 + signal when it was killed, or 0 or 1 after tests.
 *
 * The judgement of each test goes to /dev/verdict, which only process 1 can open: no program's output can forge it.
 *
 *     begin NAME
 *     leak NAME pages N slab N      before its end line: the test passed, but memory is missing since
 *     end NAME exit N | signal N | fuse | start ERRNO
 *     done
 *
 * After a command the trace goes the same way, if there is one.
 */
#define _GNU_SOURCE
#include "user/lib/trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef VERDICT_PATH
#define VERDICT_PATH "/dev/verdict"
#endif

enum {
	FUSE_SECONDS = 120,
	POLL_MICROSECONDS_LEAST = 500,
	POLL_MICROSECONDS_MOST = 20000,
	QUIET_TRIES = 30, /* x 10 ms: how long freed memory may take to come back */
	TEST_SKIPPED = 77,
};

/* How a program ended. */
struct ending {
	enum { EXITED, KILLED, FUSE, NOT_STARTED } how;
	int number; /* status, signal, unused, errno */
};

struct memory {
	long pages, slab;
};

static int verdict = -1;

static void console_open(void)
{
	int fd;

	while ((fd = open("/dev/console", O_RDWR)) >= 0 && fd <= 2)
		;
	if (fd > 2)
		close(fd);
}

static void pause_microseconds(long microseconds)
{
	struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000 };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The child runs in our memory until it has called exec: ERROR comes back through that. */
static pid_t program_start(const char *path, char *const argv[], bool foreground, int *error)
{
	volatile int failure = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		if (foreground) {
			setpgid(0, 0);
			tcsetpgrp(0, getpid());
			signal(SIGTTOU, SIG_DFL);
		}
		execve(path, argv, environ);
		failure = errno;
		_exit(127);
	}
	*error = pid < 0 ? errno : failure;
	return pid;
}

static struct ending ending_of(int status)
{
	if (WIFSIGNALED(status))
		return (struct ending){ KILLED, WTERMSIG(status) };
	return (struct ending){ EXITED, WEXITSTATUS(status) };
}

/* What everybody waits for, for those who read why a test hung. */
static void tasks_show(void)
{
	char text[1024];
	int fd = open("/proc/tasks", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	while (fd >= 0 && (got = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)got, stdout);
	fflush(stdout);
	if (fd >= 0)
		close(fd);
}

/* Run PATH to its end, at most FUSE seconds when that is not 0; else in the terminal's foreground. */
static struct ending program_run(const char *path, char *const argv[], double fuse)
{
	long step = POLL_MICROSECONDS_LEAST;
	double end = seconds_now() + fuse;
	int status = 0, error;
	pid_t pid = program_start(path, argv, !fuse, &error), got;

	if (error) {
		if (pid > 0)
			waitpid(pid, &status, 0);
		return (struct ending){ NOT_STARTED, error };
	}
	while ((got = waitpid(-1, &status, fuse ? WNOHANG : 0)) != pid) {
		if (got < 0 && errno != EINTR)
			return (struct ending){ NOT_STARTED, errno };
		if (got > 0) /* the child of one that has ended: it is ours to bury */
			continue;
		if (fuse && seconds_now() > end) {
			tasks_show();
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return (struct ending){ FUSE, 0 };
		}
		pause_microseconds(step);
		step = step * 2 < POLL_MICROSECONDS_MOST ? step * 2 : POLL_MICROSECONDS_MOST;
	}
	return ending_of(status);
}

static int machine_status(struct ending ending, const char *path)
{
	if (ending.how == NOT_STARTED) {
		printf("init: %s: %s\n", path, strerror(ending.number));
		return 127;
	}
	return ending.how == EXITED ? ending.number : 128 + ending.number;
}

/* One command as init's only child; a bare name is looked for in /bin. */
static int command_run(char *const argv[])
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", strchr(argv[0], '/') ? "" : "/bin/", argv[0]);
	return machine_status(program_run(path, argv, 0), path);
}

/* Everything, whatever the length of one write is. */
static void verdict_write(const void *bytes, size_t count)
{
	ssize_t done;

	for (const char *at = bytes; count; at += done, count -= (size_t)done) {
		done = write(verdict, at, count);
		if (done <= 0)
			break;
	}
}

/* What the kernel has recorded (boot option trace=, /proc/trace), for scripts/trace.py. */
static void trace_save(void)
{
	struct trace_record *records;
	long count;

	trace_off();
	count = trace_read(&records);
	if (count <= 0)
		return;
	dprintf(verdict, "chime-trace %zu\n", sizeof(*records));
	verdict_write(records, (size_t)count * sizeof(*records));
	free(records);
}

static void children_reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* What a test has left behind, when it failed or was killed, would be in the way of the next one. */
static void leftovers_end(void)
{
	while (!kill(-1, SIGKILL)) { /* who is just being made gets the next one */
		children_reap();
		pause_microseconds(POLL_MICROSECONDS_LEAST);
	}
	children_reap();
}

static long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

/* What is free, apart from clean caches. False: this kernel does not tell. */
static bool memory_read(struct memory *memory)
{
	char text[2048] = "";
	int fd = open("/proc/chime-drop-caches", O_WRONLY | O_CLOEXEC);
	ssize_t got;

	if (fd >= 0) {
		got = write(fd, "3\n", 2);
		close(fd);
	}
	fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got <= 0 || !strstr(text, "PagesFree:"))
		return false;
	/* pages of slabs are judged by their objects: which hart's slab grows is chance */
	*memory = (struct memory){ field(text, "PagesFree:") + field(text, "PagesCached:") + field(text, "PagesSlab:"),
				   field(text, "SlabBytes:") };
	return true;
}

/* What is missing since BEFORE, once everything that is on its way back has had time to arrive. */
static bool memory_lost(struct memory before, struct memory *lost)
{
	struct memory now;

	for (int tries = 0; tries < QUIET_TRIES; tries++) {
		children_reap();
		if (!memory_read(&now))
			return false;
		*lost = (struct memory){ before.pages - now.pages, now.slab - before.slab };
		if (lost->pages <= 0 && lost->slab <= 0)
			return false;
		pause_microseconds(10000);
	}
	return true;
}

static double fuse_seconds(void)
{
	const char *wish = getenv("CHIME_FUSE");

	return wish ? atof(wish) : FUSE_SECONDS;
}

/* Run one test. What it loses the first time may be a cache that fills; what it loses again is a leak. */
static struct ending test_run(const char *path, const char *name)
{
	char *const argv[] = { (char *)path, NULL };
	struct memory before, lost = { 0, 0 };
	struct ending ending;
	bool leaks = true;

	for (int round = 0; round < 2 && leaks; round++) {
		bool known = memory_read(&before);

		ending = program_run(path, argv, fuse_seconds());
		leaks = known && ending.how == EXITED && ending.number == 0 && memory_lost(before, &lost);
	}
	if (leaks)
		dprintf(verdict, "leak %s pages %ld slab %ld\n", name, lost.pages, lost.slab);
	leftovers_end();
	return ending;
}

static bool test_judge(const char *name)
{
	static const char *const how[] = { "exit", "signal", "fuse", "start" };
	struct ending ending;
	char path[256];

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/test/", name);
	dprintf(verdict, "begin %s\n", name);
	printf("--- %s\n", name);
	fflush(stdout);
	ending = test_run(path, name);
	dprintf(verdict, "end %s %s %d\n", name, how[ending.how], ending.number);
	return ending.how == EXITED && (ending.number == 0 || ending.number == TEST_SKIPPED);
}

static int tests_run(char **names)
{
	int status = 0;

	for (; *names; names++) {
		if (strchr(*names, '='))
			putenv(*names);
		else if (!test_judge(*names))
			status = 1;
	}
	dprintf(verdict, "done\n");
	return status;
}

static int tests_run_all(void)
{
	DIR *folder = opendir("/test");
	struct dirent *entry;
	int status = 0;

	if (!folder) {
		perror("init: /test");
		return 1;
	}
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.' && !test_judge(entry->d_name))
			status = 1;
	closedir(folder);
	dprintf(verdict, "done\n");
	return status;
}

int main(int argc, char **argv)
{
	char *const reader[] = { "/bin/sh", NULL };
	int status;

	console_open();
	setvbuf(stdout, NULL, _IOLBF, 0);
	verdict = open(VERDICT_PATH, O_WRONLY | O_CLOEXEC);
	putenv("PATH=/bin");
	putenv("HOME=/");
	if (argc > 1 && !strcmp(argv[1], "--test"))
		return tests_run(argv + 2);
	if (argc > 1 && !strcmp(argv[1], "--test-all"))
		return tests_run_all();
	ioctl(0, TIOCSCTTY, 0);
	signal(SIGTTOU, SIG_IGN);
	status = command_run(argc > 1 ? argv + 1 : reader);
	trace_save();
	return status;
}
