/* child.h - run a program as a child and look at how it ended. By vfork and exec alone: no copy of the address space.
 *
 * A test that needs a process of its own (to die in, mostly) runs itself again with an argument:
 *
 *     int main(int argc, char **argv)
 *     {
 *             if (argc > 1)
 *                     return child_main(argv[1]);
 *             child_self = argv[0];
 *             CHECK_EQ(child_run("crash"), KILLED(SIGSEGV));
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

/* wait4's status words. */
#define EXITED(code)   (((code)&0xff) << 8)
#define KILLED(signal) (signal)

static const char *child_self;
extern char **environ;

/* Start PATH: its pid, or a negative errno from exec (the child is reaped then). */
static inline pid_t child_exec(const char *path, const char *const argv[], char *const envp[])
{
	volatile int exec_error = 0; /* vfork: the child runs in our memory */
	pid_t pid = vfork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		execve(path, (char *const *)argv, envp);
		exec_error = errno;
		_exit(127);
	}
	if (!exec_error)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return -exec_error;
}

/* Start this program again with MODE and ARG (may be NULL) as arguments. */
static inline pid_t child_start(const char *mode, const char *arg)
{
	const char *const argv[] = { child_self, mode, arg, NULL };

	return child_exec(child_self, argv, environ);
}

/* Wait for the end of PID: the status word without the core-dump bit, or a negative errno. */
static inline int child_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status & ~0x80;
}

/* Run PATH with ARGUMENTS (its name comes first, NULL last) to its end: the status word, or a negative errno. */
static inline int child_program(const char *path, const char *const arguments[])
{
	pid_t pid = child_exec(path, arguments, environ);

	return pid < 0 ? pid : child_wait(pid);
}

/* This program again, to its end: the status word, or a negative errno. */
static inline int child_run_arg(const char *mode, const char *arg)
{
	pid_t pid = child_start(mode, arg);

	return pid < 0 ? pid : child_wait(pid);
}

static inline int child_run(const char *mode)
{
	return child_run_arg(mode, NULL);
}
