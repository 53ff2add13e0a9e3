/* pipe-basic.c - pipes: order of bytes, the ends of the file, flags, capacity, what poll and fstat say, bad arguments.
 *
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CAPACITY = 65536 };

static char data[2 * CAPACITY], got[2 * CAPACITY];

static int events(int fd, short wanted)
{
	struct pollfd poll_fd = { .fd = fd, .events = wanted };

	CHECK_OK(poll(&poll_fd, 1, 0));
	return poll_fd.revents;
}

static void check_bytes(void)
{
	int p[2], waiting;

	REQUIRE_OK(pipe(p));
	REQUIRE_EQ(write(p[1], "hello", 5), 5);
	REQUIRE_EQ(write(p[1], " world", 6), 6);
	CHECK_OK(ioctl(p[0], FIONREAD, &waiting));
	CHECK_EQ(waiting, 11);
	CHECK_EQ(read(p[0], got, 3), 3);
	CHECK_EQ(read(p[0], got + 3, 100), 8);
	CHECK(!memcmp(got, "hello world", 11));
	CHECK_OK(ioctl(p[1], FIONREAD, &waiting));
	CHECK_EQ(waiting, 0);
	REQUIRE_EQ(write(p[1], "", 0), 0);
	CHECK_EQ(read(p[0], got, 0), 0);

	REQUIRE_EQ(write(p[1], "end", 3), 3);
	CHECK_OK(close(p[1]));
	CHECK_EQ(read(p[0], got, 100), 3);
	CHECK_EQ(read(p[0], got, 100), 0);
	CHECK_EQ(read(p[0], got, 100), 0);
	close(p[0]);
}

/* Bytes that cross pages, read in pieces of another size than they were written in. */
static void check_pieces(void)
{
	size_t in = 0, out = 0;
	int p[2];

	REQUIRE_OK(pipe2(p, O_NONBLOCK));
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 2654435761u >> 13);
	for (unsigned round = 0; out < sizeof(data); round++) {
		size_t n = 1 + round * 977 % 9000;

		n = n < sizeof(data) - in ? n : sizeof(data) - in;
		ssize_t put = n ? write(p[1], data + in, n) : 0;

		if (put < 0)
			CHECK_EQ(errno, EAGAIN);
		else
			in += (size_t)put;
		ssize_t took = read(p[0], got + out, 1 + round * 1409 % 7000);

		if (took < 0)
			CHECK_EQ(errno, EAGAIN);
		else
			out += (size_t)took;
	}
	CHECK(!memcmp(data, got, sizeof(data)));
	close(p[0]);
	close(p[1]);
}

static void check_capacity(void)
{
	int p[2], filled = 0, waiting, file = (int)REQUIRE_OK(open("/dev/null", O_RDWR));
	ssize_t n;

	REQUIRE_OK(pipe2(p, O_NONBLOCK));
	CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), CAPACITY);
	CHECK_ERRNO(read(p[0], got, 1), EAGAIN);
	while ((n = write(p[1], data, 4096)) > 0)
		filled += (int)n;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(filled, CAPACITY);
	CHECK_ERRNO(write(p[1], data, 1), EAGAIN);
	CHECK_EQ(events(p[1], POLLOUT), 0);
	CHECK_EQ(events(p[0], POLLIN), POLLIN);

	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 100000), 131072);
	CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), 131072);
	REQUIRE_EQ(write(p[1], data, CAPACITY + 5000), CAPACITY);
	CHECK_ERRNO(fcntl(p[1], F_SETPIPE_SZ, CAPACITY), EBUSY);
	CHECK_OK(ioctl(p[0], FIONREAD, &waiting));
	CHECK_EQ(waiting, 131072);
	CHECK_EQ(read(p[0], got, 131072), 131072);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 1), 4096);
	REQUIRE_EQ(write(p[1], data, 5000), 4096);
	CHECK_EQ(events(p[1], POLLOUT), 0);
	CHECK_EQ(read(p[0], got, 5000), 4096);
	CHECK_EQ(events(p[1], POLLOUT), POLLOUT);
	CHECK_ERRNO(fcntl(file, F_GETPIPE_SZ), EBADF);
	close(file);
	close(p[0]);
	close(p[1]);
}

static void check_flags(void)
{
	struct stat stat;
	int p[2];

	REQUIRE_OK(pipe2(p, O_CLOEXEC));
	CHECK_EQ(fcntl(p[0], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(p[1], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(p[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
	CHECK_EQ(fcntl(p[1], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_WRONLY);
	CHECK_OK(fcntl(p[0], F_SETFL, O_NONBLOCK));
	CHECK_ERRNO(read(p[0], got, 1), EAGAIN);
	CHECK_OK(fstat(p[0], &stat));
	CHECK(S_ISFIFO(stat.st_mode));
	CHECK_ERRNO(write(p[0], "x", 1), EBADF);
	CHECK_ERRNO(read(p[1], got, 1), EBADF);
	CHECK_ERRNO(lseek(p[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(pread(p[0], got, 1, 0), ESPIPE);
	CHECK_ERRNO(pwrite(p[1], got, 1, 0), ESPIPE);
	CHECK_ERRNO(ftruncate(p[1], 0), EINVAL);
	close(p[0]);
	close(p[1]);
	CHECK_ERRNO(pipe2(p, O_APPEND), EINVAL);
}

static void check_poll(void)
{
	int p[2];

	REQUIRE_OK(pipe(p));
	CHECK_EQ(events(p[0], POLLIN | POLLOUT), 0);
	CHECK_EQ(events(p[1], POLLIN | POLLOUT), POLLOUT);
	REQUIRE_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(events(p[0], POLLIN), POLLIN);
	close(p[1]);
	CHECK_EQ(events(p[0], POLLIN), POLLIN | POLLHUP);
	CHECK_EQ(read(p[0], got, 10), 1);
	CHECK_EQ(events(p[0], POLLIN), POLLHUP);
	close(p[0]);
	REQUIRE_OK(pipe(p));
	close(p[0]);
	CHECK_EQ(events(p[1], POLLOUT) & POLLERR, POLLERR);
	close(p[1]);
}

static void check_memory(void)
{
	struct iovec in[3] = { { "one", 3 }, { "", 0 }, { "two", 3 } }, out[2] = { { got, 4 }, { got + 4, 90 } };
	int p[2];

	REQUIRE_OK(pipe(p));
	REQUIRE_EQ(writev(p[1], in, 3), 6);
	CHECK_EQ(readv(p[0], out, 2), 6);
	CHECK(!memcmp(got, "onetwo", 6));
	CHECK_ERRNO(write(p[1], (void *)-4096, 5), EFAULT);
	REQUIRE_EQ(write(p[1], "kept", 4), 4);
	CHECK_ERRNO(read(p[0], (void *)-4096, 4), EFAULT);
	CHECK_EQ(read(p[0], got, 10), 4);
	CHECK(!memcmp(got, "kept", 4));
	close(p[0]);
	close(p[1]);
	CHECK_ERRNO(pipe((int *)-4096), EFAULT);
}

/* Each failed pipe gives its descriptors back. */
static void check_full_table(void)
{
	int p[2], first, last;

	first = last = (int)REQUIRE_OK(dup(1));
	for (int fd; (fd = dup(1)) >= 0;)
		last = fd;
	CHECK_ERRNO(pipe(p), EMFILE);
	close(last);
	CHECK_ERRNO(pipe(p), EMFILE);
	CHECK_EQ(dup(1), last);
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

int main(void)
{
	check_bytes();
	check_pieces();
	check_capacity();
	check_flags();
	check_poll();
	check_memory();
	check_full_table();
	return check_done();
}
