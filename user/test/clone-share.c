/* clone-share.c - what processes share by the flags of clone: directory and umask (CLONE_FS, also beyond exec, until
 * unshare), descriptors (CLONE_FILES), and what signals do (CLONE_SIGHAND, until exec); handlers that a clone3 leaves
 * behind.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char stack[65536] __attribute__((aligned(16)));
static char self[PATH_MAX];

static bool stands_in(const char *path)
{
	char text[PATH_MAX];

	return getcwd(text, sizeof(text)) && !strcmp(text, path);
}

/* fork, with more flags; glibc knows nothing of it, so the child does no more than it must. */
static pid_t fork_sharing(unsigned long flags)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD | flags, NULL, NULL, NULL, NULL);
}

static mode_t mask_now(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return mask;
}

static int wait_for(pid_t pid)
{
	REQUIRE_OK(pid);
	return child_wait(pid);
}

static void check_directory(void)
{
	pid_t pid;

	REQUIRE_OK(chdir("/"));
	umask(022);
	pid = fork_sharing(CLONE_FS);
	if (!pid)
		_exit(chdir("/tmp") || umask(0123) != 022);
	CHECK_EQ(wait_for(pid), EXITED(0));
	CHECK(stands_in("/tmp"));
	CHECK_EQ(mask_now(), 0123);

	pid = fork_sharing(0);
	if (!pid)
		_exit(chdir("/dev") || umask(0) != 0123);
	CHECK_EQ(wait_for(pid), EXITED(0));
	CHECK(stands_in("/tmp"));
	CHECK_EQ(mask_now(), 0123);

	pid = fork_sharing(CLONE_FS);
	if (!pid)
		_exit(unshare(CLONE_FS) || chdir("/dev") || umask(0) != 0123);
	CHECK_EQ(wait_for(pid), EXITED(0));
	CHECK(stands_in("/tmp"));
	CHECK_EQ(mask_now(), 0123);

	pid = fork_sharing(CLONE_FS);
	if (!pid) {
		execl(self, self, "chdir", NULL);
		_exit(9);
	}
	CHECK_EQ(wait_for(pid), EXITED(0));
	CHECK(stands_in("/dev"));
	CHECK_EQ(mask_now(), 077);
	CHECK_OK(chdir("/"));
	CHECK_OK(unshare(CLONE_FS));
	CHECK_OK(unshare(0));
	CHECK_ERRNO(unshare(1), EINVAL);
}

/* What a child that shared the table, and left by WAY, has closed. */
static bool still_open_after(int way)
{
	int fd = (int)REQUIRE_OK(dup(0));
	bool still;
	pid_t pid = fork_sharing(CLONE_FILES);

	if (!pid) {
		if (way == 1 && unshare(CLONE_FILES))
			_exit(1);
		if (way == 2) /* CLOSE_RANGE_UNSHARE */
			_exit(syscall(SYS_close_range, fd, fd, 2) || fcntl(fd, F_GETFD) != -1);
		_exit(close(fd) != 0);
	}
	CHECK_EQ(wait_for(pid), EXITED(0));
	still = fcntl(fd, F_GETFD) >= 0;
	close(fd);
	return still;
}

static void check_files(void)
{
	CHECK(!still_open_after(0));
	CHECK(still_open_after(1));
	CHECK(still_open_after(2));
}

static volatile int caught;

static void catch (int signal)
{
	caught += signal;
}

static void set_handler(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	CHECK_OK(sigaction(signal, &action, NULL));
}

static void (*handler_of(int signal))(int)
{
	struct sigaction action;

	CHECK_OK(sigaction(signal, NULL, &action));
	return action.sa_handler;
}

static int set_and_use(void *argument)
{
	(void)argument;
	set_handler(SIGUSR1, catch, 0);
	set_handler(SIGUSR2, catch, SA_RESETHAND);
	set_handler(SIGWINCH, SIG_IGN, 0);
	kill((pid_t)syscall(SYS_getpid), SIGUSR2);
	return caught == SIGUSR2 ? 5 : 6;
}

static int execute(void *mode)
{
	execl(self, self, mode, NULL);
	return 9;
}

static pid_t clone_in_memory(int (*begin)(void *), void *argument, int flags)
{
	return clone(begin, stack + sizeof(stack), CLONE_VM | SIGCHLD | flags, argument);
}

static void check_actions(void)
{
	set_handler(SIGWINCH, SIG_DFL, 0);
	CHECK_EQ(wait_for(clone_in_memory(set_and_use, NULL, CLONE_SIGHAND)), EXITED(5));
	CHECK(handler_of(SIGUSR1) == catch);
	CHECK(handler_of(SIGUSR2) == SIG_DFL); /* it was for once */
	CHECK(handler_of(SIGWINCH) == SIG_IGN);
	/* exec is for itself */
	CHECK_EQ(wait_for(clone_in_memory(execute, "handlers", CLONE_SIGHAND)), EXITED(0));
	CHECK(handler_of(SIGUSR1) == catch);
	CHECK(handler_of(SIGWINCH) == SIG_IGN);
	CHECK(handler_of(SIGHUP) == SIG_DFL);
	/* without the flag, too */
	set_handler(SIGUSR1, SIG_DFL, 0);
	caught = 0;
	CHECK_EQ(wait_for(clone_in_memory(set_and_use, NULL, 0)), EXITED(5));
	CHECK(handler_of(SIGUSR1) == SIG_DFL);
}

static void check_cleared(void)
{
	struct clone_args args = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
	long pid;

	set_handler(SIGUSR1, catch, 0);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		_exit(handler_of(SIGUSR1) == SIG_DFL && handler_of(SIGWINCH) == SIG_IGN ? 0 : 1);
	CHECK_EQ(wait_for((pid_t)pid), EXITED(0));
	CHECK(handler_of(SIGUSR1) == catch);
	args.flags |= CLONE_SIGHAND | CLONE_VM;
	CHECK_ERRNO(syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "chdir"))
		return chdir("/dev") || umask(077) != 0123;
	if (argc > 1) {
		CHECK(handler_of(SIGUSR1) == SIG_DFL);
		CHECK(handler_of(SIGWINCH) == SIG_IGN);
		set_handler(SIGHUP, SIG_IGN, 0);
		return check_done();
	}
	REQUIRE(realpath(argv[0], self));
	check_directory();
	check_files();
	check_actions();
	check_cleared();
	return check_done();
}
