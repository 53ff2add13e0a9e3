/* pidfd.c - a process as a file: pidfd_open and CLONE_PIDFD, polling it, signals to it, waiting for it, taking a
 * descriptor from it; its number in fdinfo; and that it means the process and not the number. Also children that do not
 * end with SIGCHLD: who finds them.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USER = 1234 };
#define ID_PIDFD ((idtype_t)3)

#define EXEC_WORD "--just-end"

static const char *self_path;

static int pidfd_open_(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static long pidfd_signal(int fd, int signal, siginfo_t *info, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, fd, signal, info, flags);
}

static long pidfd_getfd_(int fd, int target, unsigned flags)
{
	return syscall(SYS_pidfd_getfd, fd, target, flags);
}

/* A child that waits until it is killed. */
static pid_t sleeper(void)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static int events(int fd, int timeout)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, timeout) == 1 ? poll_fd.revents : 0;
}

static long info_pid(int fd)
{
	char path[64], text[512] = "", *at;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = (int)REQUIRE_OK(open(path, O_RDONLY));
	REQUIRE(read(info, text, sizeof(text) - 1) > 0);
	close(info);
	CHECK_EQ(strncmp(text, "pos:\t0\nflags:\t0", 15), 0);
	at = strstr(text, "\nPid:\t");
	REQUIRE(at);
	return strtol(at + 6, NULL, 10);
}

/* --- the life of one --- */

static void check_life(void)
{
	pid_t pid = sleeper();
	int fd = (int)REQUIRE_OK(pidfd_open_(pid, 0)), twice = (int)REQUIRE_OK(pidfd_open_(pid, 0));
	siginfo_t info = { 0 };
	char byte;

	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(info_pid(fd), pid);
	CHECK_EQ(events(fd, 0), 0);
	CHECK_ERRNO(read(fd, &byte, 1), EINVAL);
	CHECK_OK(pidfd_signal(fd, 0, NULL, 0));
	CHECK_OK(waitid(ID_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG));
	CHECK_EQ(info.si_pid, 0);
	CHECK_OK(pidfd_signal(fd, SIGKILL, NULL, 0));
	CHECK_EQ(events(fd, -1), POLLIN);
	CHECK_EQ(events(twice, -1), POLLIN);
	CHECK_OK(pidfd_signal(fd, 0, NULL, 0)); /* a zombie is there */
	CHECK_OK(waitid(ID_PIDFD, (id_t)fd, &info, WEXITED | WNOWAIT));
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_code, CLD_KILLED);
	CHECK_EQ(info.si_status, SIGKILL);
	info.si_pid = 0;
	CHECK_OK(waitid(ID_PIDFD, (id_t)twice, &info, WEXITED));
	CHECK_EQ(info.si_pid, pid);
	CHECK(events(fd, 0) & POLLIN);
	CHECK_EQ(info_pid(fd), -1);
	CHECK_ERRNO(pidfd_signal(fd, SIGKILL, NULL, 0), ESRCH);
	CHECK_ERRNO(pidfd_signal(fd, 0, NULL, 0), ESRCH);
	CHECK_ERRNO(waitid(ID_PIDFD, (id_t)fd, &info, WEXITED), ECHILD);
	CHECK_ERRNO(pidfd_getfd_(fd, 0, 0), ESRCH);
	CHECK_ERRNO(pidfd_open_(pid, 0), ESRCH);
	close(fd);
	close(twice);
}

/* A poll that has begun is woken by the end. */
static void *kill_later(void *pid)
{
	usleep(20000);
	kill(*(pid_t *)pid, SIGKILL);
	return NULL;
}

static void check_poll(void)
{
	pid_t pid = sleeper();
	int fd = (int)REQUIRE_OK(pidfd_open_(pid, 0));
	pthread_t thread;

	REQUIRE_EQ(pthread_create(&thread, NULL, kill_later, &pid), 0);
	CHECK_EQ(events(fd, -1), POLLIN);
	pthread_join(thread, NULL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(fd);
}

/* While somebody has the file, nobody else gets the number: signals go where they should. */
static void check_number(void)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	int fd;

	if (!pid)
		_exit(0);
	fd = (int)REQUIRE_OK(pidfd_open_(pid, 0));
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 20; i++) {
		pid_t other = (pid_t)REQUIRE_OK(fork());

		if (!other)
			_exit(0);
		CHECK_ERRNO(pidfd_signal(fd, SIGTERM, NULL, 0), ESRCH);
		CHECK_EQ(waitpid(other, NULL, 0), other);
	}
	close(fd);
}

static void check_nonblock(void)
{
	pid_t pid = sleeper();
	int fd = (int)REQUIRE_OK(pidfd_open_(pid, O_NONBLOCK));
	siginfo_t info;

	CHECK_ERRNO(waitid(ID_PIDFD, (id_t)fd, &info, WEXITED), EAGAIN);
	CHECK_OK(waitid(ID_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG));
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_OK(waitid(ID_PIDFD, (id_t)fd, &info, WEXITED));
	close(fd);
}

static void *thread_end(void *gate)
{
	char byte;

	(void)!read(*(int *)gate, &byte, 1);
	return (void *)0;
}

static pid_t newest_thread;

static void *thread_tell(void *gate)
{
	store_release(&newest_thread, (pid_t)syscall(SYS_gettid));
	return thread_end(gate);
}

static void check_refused(void)
{
	int gate[2], fd = (int)REQUIRE_OK(pidfd_open_(getpid(), 0));
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	pthread_t thread;

	CHECK_ERRNO(pidfd_open_(0, 0), EINVAL);
	CHECK_ERRNO(pidfd_open_(-5, 0), EINVAL);
	CHECK_ERRNO(pidfd_open_(getpid(), 1), EINVAL);
	CHECK_ERRNO(pidfd_open_(0x3fffff, 0), ESRCH);
	CHECK_ERRNO(pidfd_signal(fd, 65, NULL, 0), EINVAL);
	CHECK_ERRNO(pidfd_signal(fd, SIGTERM, NULL, 0x100), EINVAL);
	CHECK_ERRNO(pidfd_signal(0, SIGTERM, NULL, 0), EBADF);
	CHECK_ERRNO(pidfd_signal(-1, SIGTERM, NULL, 0), EBADF);
	CHECK_ERRNO(pidfd_signal(fd, SIGUSR2, &info, 0), EINVAL); /* not the one in the info */
	CHECK_ERRNO(waitid(ID_PIDFD, 0, &info, WEXITED), EBADF);
	CHECK_ERRNO(waitid(ID_PIDFD, (id_t)-1, &info, WEXITED), EINVAL);
	CHECK_ERRNO(waitid(ID_PIDFD, (id_t)fd, &info, WEXITED), ECHILD); /* oneself */
	CHECK_ERRNO(pidfd_getfd_(fd, 999, 0), EBADF);
	CHECK_ERRNO(pidfd_getfd_(fd, 0, 1), EINVAL);
	CHECK_ERRNO(pidfd_getfd_(0, 0, 0), EBADF);
	REQUIRE_OK(pipe(gate)); /* a thread's number is no process' */
	REQUIRE_EQ(pthread_create(&thread, NULL, thread_tell, gate), 0);
	while (!load_acquire(&newest_thread))
		;
	CHECK(pidfd_open_(newest_thread, 0) == -1 && (errno == EINVAL || errno == ENOENT));
	close(gate[1]);
	pthread_join(thread, NULL);
	close(gate[0]);
	close(fd);
}

/* --- signals with a value, descriptors --- */

static volatile int value_got;

static void take_value(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	value_got = info->si_value.sival_int;
}

static void check_signal(void)
{
	struct sigaction action = { .sa_sigaction = take_value, .sa_flags = SA_SIGINFO };
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	int fd = (int)REQUIRE_OK(pidfd_open_(getpid(), 0)), other;
	pid_t pid;

	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	info.si_value.sival_int = 17;
	CHECK_OK(pidfd_signal(fd, SIGUSR1, &info, 0));
	CHECK_EQ(value_got, 17);
	info.si_code = SI_USER;
	info.si_value.sival_int = 18;
	CHECK_OK(pidfd_signal(fd, SIGUSR1, &info, 0)); /* to oneself anything */
	pid = sleeper();
	other = (int)REQUIRE_OK(pidfd_open_(pid, 0));
	CHECK_ERRNO(pidfd_signal(other, SIGUSR1, &info, 0), EPERM);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(other);
	close(fd);
	signal(SIGUSR1, SIG_DFL);
}

static void check_getfd(void)
{
	int pair[2], fd, copy, status = -1;
	char word[8] = "";
	pid_t pid, other;

	REQUIRE_OK(pipe(pair));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		REQUIRE_EQ(dup2(pair[1], 77), 77);
		CHECK_EQ(write(77, "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(pair[0], word, 1), 1);
	fd = (int)REQUIRE_OK(pidfd_open_(pid, 0));
	copy = (int)REQUIRE_OK(pidfd_getfd_(fd, 77, 0));
	CHECK_EQ(fcntl(copy, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(write(copy, "hello", 5), 5);
	CHECK_EQ(read(pair[0], word, sizeof(word)), 5);
	CHECK_EQ(memcmp(word, "hello", 5), 0);
	close(copy);
	if (!geteuid()) {
		other = (pid_t)REQUIRE_OK(fork());
		if (!other) { /* a stranger may neither take it nor send a signal */
			if (setresuid(USER, USER, USER))
				_exit(100);
			CHECK_ERRNO(pidfd_getfd_(fd, 77, 0), EPERM);
			CHECK_ERRNO(pidfd_signal(fd, SIGKILL, NULL, 0), EPERM);
			_exit(check_done());
		}
		CHECK_EQ(waitpid(other, &status, 0), other);
		CHECK_EQ(status, 0);
	}
	CHECK_OK(pidfd_signal(fd, SIGKILL, NULL, 0));
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

/* --- clone --- */

static pid_t clone_old(unsigned long flags, void *word)
{
#if defined(__riscv)
	return (pid_t)syscall(SYS_clone, flags, 0, word, 0, 0);
#else
	return (pid_t)syscall(SYS_clone, flags, 0, word, 0, 0);
#endif
}

static pid_t clone_new(struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

static void check_ends(int fd, pid_t pid)
{
	siginfo_t info = { 0 };

	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(info_pid(fd), pid);
	CHECK_EQ(events(fd, -1), POLLIN);
	CHECK_OK(waitid(ID_PIDFD, (id_t)fd, &info, WEXITED));
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_status, 9);
	close(fd);
}

static void check_clone(void)
{
	struct clone_args args = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD };
	int fd = -1, lowest = (int)REQUIRE_OK(dup(0));
	struct rlimit limit, small;
	pid_t pid;

	close(lowest);
	pid = (pid_t)REQUIRE_OK(clone_old(CLONE_PIDFD | SIGCHLD, &fd));
	if (!pid)
		_exit(fcntl(lowest, F_GETFD) == -1 ? 9 : 10); /* the child does not have it */
	CHECK_EQ(fd, lowest);
	check_ends(fd, pid);
	args.pidfd = (unsigned long)&fd;
	pid = (pid_t)REQUIRE_OK(clone_new(&args));
	if (!pid)
		_exit(9);
	check_ends(fd, pid);
	CHECK_ERRNO(clone_old(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, &fd), EINVAL);
	CHECK_ERRNO(clone_old(CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, &fd), EINVAL);
	CHECK_ERRNO(clone_old(CLONE_PIDFD | SIGCHLD, (void *)8), EFAULT); /* and nothing is left of it */
	CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
	fd = (int)REQUIRE_OK(dup(0));
	CHECK_EQ(fd, lowest);
	close(fd);
	REQUIRE_OK(getrlimit(RLIMIT_NOFILE, &limit));
	small = (struct rlimit){ (rlim_t)lowest, limit.rlim_max };
	REQUIRE_OK(setrlimit(RLIMIT_NOFILE, &small));
	CHECK_ERRNO(clone_old(CLONE_PIDFD | SIGCHLD, &fd), EMFILE);
	REQUIRE_OK(setrlimit(RLIMIT_NOFILE, &limit));
}

/* --- children that do not end with SIGCHLD --- */

static volatile int signals_got;

static void count_signal(int signal)
{
	(void)signal;
	signals_got++;
}

static pid_t clone_child(unsigned long flags, bool exec)
{
	pid_t pid = clone_old(flags, NULL);

	if (!pid && exec)
		execl(self_path, self_path, EXEC_WORD, NULL);
	if (!pid)
		_exit(0);
	return pid;
}

static void check_kinds(void)
{
	siginfo_t info = { 0 };
	pid_t silent, usual, loud, changed;

	signal(SIGUSR2, count_signal);
	silent = (pid_t)REQUIRE_OK(clone_child(0, false));
	CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
	CHECK_ERRNO(waitpid(silent, NULL, WNOHANG), ECHILD);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
	usual = (pid_t)REQUIRE_OK(clone_child(SIGCHLD, false));
	CHECK_ERRNO(waitpid(usual, NULL, __WCLONE), ECHILD);
	CHECK_EQ(waitpid(-1, NULL, 0), usual);
	CHECK_EQ(waitpid(-1, NULL, __WCLONE), silent);
	loud = (pid_t)REQUIRE_OK(clone_child(SIGUSR2, false));
	CHECK_OK(waitid(P_PID, (id_t)loud, &info, WEXITED | __WALL));
	CHECK_EQ(info.si_pid, loud);
	CHECK_EQ(signals_got, 1);
	silent = (pid_t)REQUIRE_OK(clone_child(0, false));
	usual = (pid_t)REQUIRE_OK(clone_child(SIGCHLD, false));
	CHECK_EQ(waitpid(silent, NULL, __WALL), silent);
	CHECK_EQ(waitpid(-1, NULL, __WALL), usual);
	CHECK_ERRNO(waitpid(-1, NULL, __WALL), ECHILD);
	changed = (pid_t)REQUIRE_OK(clone_child(SIGUSR2, true)); /* exec makes a usual child of it */
	CHECK_OK(waitid(P_PID, (id_t)changed, &info, WEXITED | WNOWAIT | __WALL));
	CHECK_ERRNO(waitpid(changed, NULL, __WCLONE), ECHILD);
	CHECK_EQ(waitpid(changed, NULL, 0), changed);
	CHECK_EQ(signals_got, 1);
	signal(SIGUSR2, SIG_DFL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], EXEC_WORD))
		return 0;
	self_path = argv[0];
	check_life();
	check_poll();
	check_number();
	check_nonblock();
	check_refused();
	check_signal();
	check_getfd();
	check_clone();
	check_kinds();
	return check_done();
}
