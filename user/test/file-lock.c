/* file-lock.c - advisory locks: flock, records of processes (fcntl), records of open files (OFD): who excludes whom,
 * cut ranges, who is told, waiting, and when locks go.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME "/tmp/file-lock"

static int open_file(int flags)
{
	return (int)REQUIRE_OK(open(NAME, flags | O_CREAT, 0600));
}

static void sleep_ms(long ms)
{
	struct timespec time = { 0, ms * 1000000 };

	nanosleep(&time, NULL);
}

/* Run CHILD in a child process: it must not fail. */
static void in_child(void (*child)(int fd), int fd)
{
	int status;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		child(fd);
		_exit(check_done());
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* --- flock --- */

static void *locks_then(void *argument)
{
	int fd = *(int *)argument;

	REQUIRE_OK(flock(fd, LOCK_EX)); /* waits */
	return NULL;
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void check_flock(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, never = { 0 };
	int a = open_file(O_RDWR), b = open_file(O_RDONLY), copy;
	pthread_t thread;

	REQUIRE_OK(flock(a, LOCK_SH));
	REQUIRE_OK(flock(b, LOCK_SH));
	CHECK_ERRNO(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	REQUIRE_OK(flock(b, LOCK_UN));
	REQUIRE_OK(flock(a, LOCK_EX | LOCK_NB)); /* from shared */
	CHECK_ERRNO(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	copy = (int)REQUIRE_OK(dup(a));
	close(a); /* it belongs to the open file, which the copy is, too */
	CHECK_ERRNO(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	REQUIRE_OK(flock(copy, LOCK_SH));
	REQUIRE_OK(flock(b, LOCK_SH | LOCK_NB));
	REQUIRE_OK(flock(copy, LOCK_UN));
	REQUIRE_OK(flock(b, LOCK_EX));
	/* somebody waits until the last descriptor goes */
	REQUIRE_EQ(pthread_create(&thread, NULL, locks_then, &copy), 0);
	sleep_ms(20);
	close(b);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	b = open_file(O_RDWR);
	CHECK_ERRNO(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	/* a waiter can be interrupted */
	CHECK_OK(sigaction(SIGALRM, &action, NULL));
	REQUIRE_OK(setitimer(ITIMER_REAL, &often, NULL)); /* the first one may come before it */
	CHECK_ERRNO(flock(b, LOCK_EX), EINTR);
	CHECK_OK(setitimer(ITIMER_REAL, &never, NULL));
	CHECK_ERRNO(flock(b, 0), EINVAL);
	CHECK_ERRNO(flock(b, LOCK_SH | LOCK_EX), EINVAL);
	CHECK_ERRNO(flock(-1, LOCK_SH), EBADF);
	close(copy);
	close(b);
}

/* --- records --- */

static long record(int fd, int command, short type, off_t start, off_t bytes)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = bytes };

	return fcntl(fd, command, &lock);
}

/* Who stands in the way of a write lock of these bytes? */
static struct flock holder(int fd, int command, off_t start, off_t bytes)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = bytes };

	CHECK_OK(fcntl(fd, command, &lock));
	return lock;
}

static pid_t parent;

static void is_held(int fd, off_t at, short type, off_t start, off_t bytes)
{
	struct flock lock = holder(fd, F_GETLK, at, 1);

	CHECK_EQ(lock.l_type, type);
	if (type == F_UNLCK)
		return;
	CHECK_EQ(lock.l_start, start);
	CHECK_EQ(lock.l_len, bytes);
	CHECK_EQ(lock.l_pid, parent);
	CHECK_EQ(lock.l_whence, SEEK_SET);
}

static void look_at_cuts(int fd)
{
	is_held(fd, 0, F_UNLCK, 0, 0);
	is_held(fd, 100, F_WRLCK, 100, 10);
	is_held(fd, 110, F_UNLCK, 0, 0);
	is_held(fd, 120, F_RDLCK, 120, 30);
	is_held(fd, 150, F_WRLCK, 150, 50);
	is_held(fd, 200, F_UNLCK, 0, 0);
	is_held(fd, 1000000, F_RDLCK, 5000, 0);
	CHECK_ERRNO(record(fd, F_SETLK, F_WRLCK, 105, 1), EAGAIN);
	CHECK_OK(record(fd, F_SETLK, F_RDLCK, 125, 5));
	CHECK_ERRNO(record(fd, F_SETLK, F_RDLCK, 155, 5), EAGAIN);
	CHECK_OK(record(fd, F_SETLK, F_WRLCK, 0, 100));
}

static void none_is_held(int fd)
{
	CHECK_EQ(holder(fd, F_GETLK, 0, 0).l_type, F_UNLCK);
}

static void check_records(void)
{
	int fd = open_file(O_RDWR), again, read_only = open_file(O_RDONLY);
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_END, .l_start = -10, .l_len = -5 };

	CHECK_OK(ftruncate(fd, 1000));
	CHECK_OK(record(fd, F_SETLK, F_WRLCK, 100, 100));
	CHECK_OK(record(fd, F_SETLK, F_UNLCK, 110, 10)); /* in two */
	CHECK_OK(record(fd, F_SETLK, F_RDLCK, 120, 30)); /* and one end of the second is another kind */
	CHECK_OK(record(fd, F_SETLKW, F_RDLCK, 5000, 0));
	CHECK_EQ(holder(fd, F_GETLK, 0, 0).l_type, F_UNLCK); /* nobody stands in one's own way */
	in_child(look_at_cuts, fd);			     /* a child has none of them */
	none_is_held(fd);				     /* nor does what it had outlive it */
	/* any close of the file ends them all */
	again = open_file(O_RDONLY);
	close(again);
	in_child(none_is_held, fd);
	CHECK_OK(fcntl(fd, F_SETLK, &lock)); /* 985 .. 989 */
	CHECK_OK(record(fd, F_SETLK, F_WRLCK, 0, 10));
	CHECK_EQ(dup2(fd, read_only), read_only); /* which is a close, too */
	in_child(none_is_held, fd);
	close(read_only);
	read_only = open_file(O_RDONLY);
	CHECK_ERRNO(record(read_only, F_SETLK, F_WRLCK, 0, 1), EBADF);
	CHECK_OK(record(read_only, F_SETLK, F_RDLCK, 0, 1));
	CHECK_ERRNO(record(fd, F_SETLK, 7, 0, 1), EINVAL);
	CHECK_ERRNO(record(fd, F_SETLK, F_RDLCK, -1, 1), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_SETLK, 16), EFAULT);
	close(read_only);
	close(fd);
}

static int ready[2];

static void hold_a_while(int fd)
{
	CHECK_OK(record(fd, F_SETLK, F_WRLCK, 0, 10));
	REQUIRE_EQ(write(ready[1], "x", 1), 1);
	sleep_ms(30);
	/* its end gives it free */
}

static void check_waiting(void)
{
	int fd = open_file(O_RDWR), status;
	char byte;
	pid_t pid;

	REQUIRE_OK(pipe(ready));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		hold_a_while(fd);
		_exit(check_done());
	}
	close(ready[1]); /* so that the child's end is the pipe's, too */
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_OK(record(fd, F_SETLKW, F_WRLCK, 5, 10));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	close(ready[0]);
	close(fd);
}

static void look_at_open_file(int fd)
{
	struct flock lock = holder(fd, F_OFD_GETLK, 0, 1);
	int other = open_file(O_RDWR);

	CHECK_EQ(lock.l_type, F_UNLCK); /* the same open file: the same owner */
	lock = holder(other, F_GETLK, 0, 1);
	CHECK_EQ(lock.l_type, F_WRLCK);
	CHECK_EQ(lock.l_pid, -1);
	CHECK_ERRNO(record(other, F_SETLK, F_RDLCK, 0, 1), EAGAIN);
	CHECK_ERRNO(record(other, F_OFD_SETLK, F_RDLCK, 0, 1), EAGAIN);
	REQUIRE_OK(flock(other, LOCK_EX | LOCK_NB)); /* another matter */
	close(other);
}

static void check_open_files(void)
{
	int fd = open_file(O_RDWR), other = open_file(O_RDWR);
	struct flock lock = { .l_type = F_WRLCK, .l_pid = 1 };

	CHECK_OK(record(fd, F_OFD_SETLK, F_WRLCK, 0, 100));
	CHECK_ERRNO(record(other, F_OFD_SETLK, F_WRLCK, 50, 1), EAGAIN); /* also within a process */
	in_child(look_at_open_file, fd);
	CHECK_ERRNO(fcntl(fd, F_OFD_SETLK, &lock), EINVAL);
	close(open_file(O_RDONLY)); /* ends nothing */
	CHECK_ERRNO(record(other, F_OFD_SETLK, F_WRLCK, 50, 1), EAGAIN);
	close(fd);
	CHECK_OK(record(other, F_OFD_SETLKW, F_WRLCK, 50, 1));
	close(other);
}

int main(void)
{
	parent = getpid();
	unlink(NAME);
	check_flock();
	check_records();
	check_waiting();
	check_open_files();
	CHECK_OK(unlink(NAME));
	return check_done();
}
