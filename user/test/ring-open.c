/* ring-open.c - OPENAT, STATX and CLOSE: a file's whole life through the ring, and the refusals.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/data.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct io_uring ring;
static const char path[] = "/tmp/ring-open";

static s32 ring_open(int directory, const char *name, int flags)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_openat(sqe, directory, name, flags, 0640);
	return ring_run(&ring, sqe);
}

static s32 ring_close(int fd)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_close(sqe, fd);
	return ring_run(&ring, sqe);
}

static s32 ring_statx(int directory, const char *name, int flags, struct statx *status)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_statx(sqe, directory, name, flags, STATX_BASIC_STATS, status);
	return ring_run(&ring, sqe);
}

static void check_life(void)
{
	struct statx status;
	int fd;

	umask(0);
	fd = ring_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(write(fd, "12345", 5), 5);
	memset(&status, 0xff, sizeof(status));
	CHECK_EQ(ring_statx(AT_FDCWD, path, 0, &status), 0);
	CHECK_EQ(status.stx_size, 5);
	CHECK_EQ(status.stx_mode, S_IFREG | 0640);
	CHECK_EQ(ring_statx(fd, "", AT_EMPTY_PATH, &status), 0);
	CHECK_EQ(status.stx_size, 5);
	CHECK_EQ(ring_close(fd), 0);
	CHECK_EQ(ring_close(fd), -EBADF);
	CHECK_ERRNO(fcntl(fd, F_GETFD), EBADF);
	CHECK_EQ(ring_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	CHECK_OK(unlink(path));
}

static void check_relative(void)
{
	int directory = ring_open(AT_FDCWD, data_dir(), O_RDONLY | O_DIRECTORY), fd;
	struct statx status;
	char text[sizeof(HELLO_TEXT)] = "";

	REQUIRE(directory >= 0);
	fd = ring_open(directory, "link-rel", O_RDONLY);
	CHECK_EQ(read(fd, text, sizeof(text)), sizeof(HELLO_TEXT) - 1);
	CHECK(!strcmp(text, HELLO_TEXT));
	CHECK_EQ(ring_close(fd), 0);
	CHECK_EQ(ring_statx(directory, "link-rel", AT_SYMLINK_NOFOLLOW, &status), 0);
	CHECK(S_ISLNK(status.stx_mode));
	CHECK_EQ(ring_close(directory), 0);
}

static void check_refused(void)
{
	struct io_uring_sqe *sqe;
	struct statx status;

	CHECK_EQ(ring_open(AT_FDCWD, data_path("nothing"), O_RDONLY), -ENOENT);
	CHECK_EQ(ring_open(AT_FDCWD, data_path("hello/x"), O_RDONLY), -ENOTDIR);
	CHECK_EQ(ring_open(AT_FDCWD, data_path("link-self"), O_RDONLY), -ELOOP);
	CHECK_EQ(ring_open(AT_FDCWD, (const char *)-4096, O_RDONLY), -EFAULT);
	CHECK_EQ(ring_open(AT_FDCWD, NULL, O_RDONLY), -EFAULT);
	CHECK_EQ(ring_open(999, "x", O_RDONLY), -EBADF);
	CHECK_EQ(ring_statx(AT_FDCWD, data_path("nothing"), 0, &status), -ENOENT);
	CHECK_EQ(ring_statx(AT_FDCWD, data_path("hello"), 0, (struct statx *)-4096), -EFAULT);
	CHECK_EQ(ring_statx(AT_FDCWD, data_path("hello"), 1 << 20, &status), -EINVAL);
	CHECK_EQ(ring_close(-1), -EBADF);
	CHECK_EQ(ring_close(ring.ring_fd), -EBADF); /* the ring does not close itself */
	sqe = ring_sqe(&ring);
	io_uring_prep_close(sqe, 0);
	sqe->len = 1;
	CHECK_EQ(ring_run(&ring, sqe), -EINVAL);
	CHECK_OK(fcntl(0, F_GETFD));
}

int main(void)
{
	ring_make(&ring, 4);
	check_life();
	check_relative();
	check_refused();
	io_uring_queue_exit(&ring);
	return check_done();
}
