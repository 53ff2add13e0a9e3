/* fifo.c - pipes with a name: who opens one waits for who opens its other end; and pipes that are opened once more
 * through /proc.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/fifo-XXXXXX";

static int open_now(const char *name, int flags)
{
	return (int)REQUIRE_OK(open(name, flags | O_NONBLOCK));
}

static short ready(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };

	CHECK_OK(poll(&poll_fd, 1, 0));
	return poll_fd.revents;
}

static void child_ended(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

static void check_making(void)
{
	struct stat st;
	int fd;

	umask(022);
	REQUIRE_OK(mkfifo("made", 0666));
	CHECK_OK(stat("made", &st));
	CHECK_EQ(st.st_mode, S_IFIFO | 0644);
	CHECK_EQ(st.st_size, 0);
	CHECK_ERRNO(mkfifo("made", 0666), EEXIST);
	CHECK_ERRNO(mknodat(AT_FDCWD, "none/made", S_IFIFO, 0), ENOENT);
	CHECK_OK(mknod("file", S_IFREG | 0600, 0));
	CHECK_OK(stat("file", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	CHECK_OK(unlink("file"));
	CHECK_OK(mknod("file", 0600, 0)); /* no type is a regular file */
	CHECK_OK(unlink("file"));
	CHECK_ERRNO(mknod("directory", S_IFDIR | 0700, 0), EPERM);
	CHECK_ERRNO(mknod("what", S_IFMT, 0), EINVAL);
	fd = (int)REQUIRE_OK(open("made", O_PATH));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_mode, S_IFIFO | 0644);
	close(fd);
}

/* Nobody is at the other end, and nobody waits. */
static void check_alone(void)
{
	char byte = 'x';
	int reader, writer, both;

	CHECK_ERRNO(open("made", O_WRONLY | O_NONBLOCK), ENXIO);
	reader = open_now("made", O_RDONLY);
	CHECK_EQ(ready(reader), 0);
	CHECK_EQ(read(reader, &byte, 1), 0);
	CHECK_ERRNO(lseek(reader, 0, SEEK_CUR), ESPIPE);
	CHECK_ERRNO(write(reader, &byte, 1), EBADF);
	writer = open_now("made", O_WRONLY);
	CHECK_EQ(ready(writer), POLLOUT);
	CHECK_ERRNO(read(reader, &byte, 1), EAGAIN);
	CHECK_EQ(write(writer, "abc", 3), 3);
	CHECK_EQ(ready(reader), POLLIN);
	close(writer);
	CHECK_EQ(ready(reader), POLLIN | POLLHUP);
	CHECK_EQ(read(reader, &byte, 1), 1);
	CHECK_EQ(byte, 'a');
	close(reader); /* takes "bc" along */
	both = open_now("made", O_RDWR);
	CHECK_EQ(ready(both), POLLOUT);
	CHECK_ERRNO(read(both, &byte, 1), EAGAIN);
	CHECK_EQ(write(both, "d", 1), 1);
	CHECK_EQ(ready(both), POLLIN | POLLOUT);
	CHECK_EQ(read(both, &byte, 1), 1);
	CHECK_EQ(byte, 'd');
	close(both);
}

/* The child opens one end and the parent the other: both wait, in either order. */
static void check_meeting(int child_flags, int own_flags)
{
	char text[8] = "";
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	int fd;

	if (!pid) {
		while ((fd = open("made", child_flags)) < 0 && errno == ENOMEM)
			; /* the parent waits for us */
		if (child_flags == O_WRONLY)
			_exit(write(fd, "hello", 5) != 5);
		_exit(read(fd, text, sizeof(text)) != 5);
	}
	fd = (int)REQUIRE_OK(open("made", own_flags));
	if (own_flags == O_WRONLY) {
		CHECK_EQ(write(fd, "hello", 5), 5);
		close(fd);
	}
	child_ended(pid);
	if (own_flags != O_RDONLY)
		return;
	CHECK_EQ(read(fd, text, sizeof(text)), 5);
	CHECK_EQ(read(fd, text, sizeof(text)), 0);
	CHECK_EQ(ready(fd), POLLHUP);
	close(fd);
}

/* One who came and went before the other got up has been met. */
static void check_short_visit(void)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	int fd, status;

	if (!pid)
		_exit(open("made", O_RDONLY) < 0);
	while ((fd = open("made", O_WRONLY | O_NONBLOCK)) < 0 && waitpid(pid, &status, WNOHANG) == 0)
		CHECK_EQ(errno, ENXIO);
	CHECK_OK(fd);
	close(fd);
	if (fd >= 0)
		child_ended(pid);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	(void)signal;
	alarms = alarms + 1;
}

static void check_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } }, never = { 0 };

	CHECK_OK(sigaction(SIGALRM, &action, NULL));
	REQUIRE_OK(setitimer(ITIMER_REAL, &often, NULL));
	CHECK_ERRNO(open("made", O_RDONLY), EINTR);
	CHECK_OK(setitimer(ITIMER_REAL, &never, NULL));
	CHECK(alarms > 0);
	CHECK_ERRNO(open("made", O_WRONLY | O_NONBLOCK), ENXIO); /* and reads no more */
}

/* The last one has gone without reading: the next ones find nothing, and a writer whose reader goes is told. */
static void check_broken(void)
{
	int reader = open_now("made", O_RDONLY), writer = open_now("made", O_WRONLY), other;

	signal(SIGPIPE, SIG_IGN);
	other = open_now("made", O_RDONLY);
	close(reader);
	CHECK_EQ(write(writer, "x", 1), 1);
	close(other);
	CHECK_ERRNO(write(writer, "x", 1), EPIPE);
	CHECK_EQ(ready(writer) & POLLERR, POLLERR);
	close(writer);
	CHECK_OK(unlink("made"));
}

/* A pipe without a name is a file with an inode, which /proc leads to. */
static void check_unnamed(void)
{
	char path[64], link[64], byte;
	struct stat a, b;
	int first[2], second[2], again, bytes;

	REQUIRE_OK(pipe(first));
	REQUIRE_OK(pipe(second));
	CHECK_OK(fstat(first[0], &a));
	CHECK_OK(fstat(first[1], &b));
	CHECK_EQ(a.st_mode, S_IFIFO | 0600);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_EQ(a.st_uid, geteuid());
	CHECK_OK(fstat(second[0], &b));
	CHECK(a.st_ino != b.st_ino);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", first[0]);
	CHECK(readlink(path, link, sizeof(link)) > 0);
	CHECK_EQ(strtoul(link + 6, NULL, 10), a.st_ino);
	again = open_now(path, O_WRONLY); /* the link leads to the pipe, not to its end */
	CHECK_EQ(write(again, "y", 1), 1);
	CHECK_OK(ioctl(first[0], FIONREAD, &bytes));
	CHECK_EQ(bytes, 1);
	close(first[1]);
	CHECK_EQ(read(first[0], &byte, 1), 1);
	CHECK_ERRNO(fcntl(first[0], F_SETFL, O_NONBLOCK) ?: read(first[0], &byte, 1), EAGAIN);
	close(again);
	CHECK_EQ(read(first[0], &byte, 1), 0);
	close(first[0]);
	close(second[0]);
	close(second[1]);
}

int main(void)
{
	REQUIRE(mkdtemp(directory));
	REQUIRE_OK(chdir(directory));
	check_making();
	check_alone();
	for (int i = 0; i < 20; i++) {
		check_meeting(O_WRONLY, O_RDONLY);
		check_meeting(O_RDONLY, O_WRONLY);
		check_short_visit();
	}
	check_interrupted();
	check_broken();
	check_unnamed();
	CHECK_OK(rmdir(directory));
	return check_done();
}
