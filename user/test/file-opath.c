/* file-opath.c - descriptors opened with O_PATH: they name a file and do nothing with it. What would use the file
 * answers EBADF; what asks about it, or starts at it, works.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

static void check_refused(int fd)
{
	struct pollfd poll_entry = { .fd = fd, .events = POLLIN };
	char byte = 0;
	struct iovec vector = { &byte, 1 };
	int on = 1;

	CHECK_ERRNO(read(fd, &byte, 1), EBADF);
	CHECK_ERRNO(pread(fd, &byte, 1, 0), EBADF);
	CHECK_ERRNO(readv(fd, &vector, 1), EBADF);
	CHECK_ERRNO(write(fd, &byte, 1), EBADF);
	CHECK_ERRNO(lseek(fd, 0, SEEK_SET), EBADF);
	CHECK_ERRNO(ioctl(fd, FIONBIO, &on), EBADF);
	CHECK_ERRNO(fsync(fd), EBADF);
	CHECK_ERRNO(ftruncate(fd, 0), EBADF);
	CHECK_ERRNO(fchmod(fd, 0600), EBADF);
	CHECK_ERRNO(fchown(fd, -1, -1), EBADF);
	CHECK_ERRNO(fcntl(fd, F_SETFL, O_NONBLOCK), EBADF);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EBADF);
	CHECK_EQ(poll(&poll_entry, 1, 0), 1);
	CHECK_EQ(poll_entry.revents, POLLNVAL);
}

/* What it can do: be asked, copied, closed; the flags of opening that mean something are kept. */
static void check_asked(const char *path)
{
	struct statfs system_by_fd, system_by_path;
	struct stat by_fd, by_path;
	char link[64], target[1000];
	int fd = (int)REQUIRE_OK(open(path, O_PATH | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NONBLOCK));
	int copy = (int)CHECK_OK(dup(fd)), again;
	ssize_t length;

	CHECK_OK(stat(path, &by_path));
	CHECK_OK(fstat(fd, &by_fd));
	CHECK_EQ(by_fd.st_ino, by_path.st_ino);
	CHECK_EQ(by_fd.st_size, strlen(HELLO_TEXT)); /* O_TRUNC meant nothing */
	CHECK_OK(fstatfs(fd, &system_by_fd));
	CHECK_OK(statfs(path, &system_by_path));
	CHECK_EQ(system_by_fd.f_type, system_by_path.f_type);
	CHECK_EQ(fcntl(fd, F_GETFL), O_PATH);
	again = (int)REQUIRE_OK(open("/tmp", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	CHECK_EQ(fcntl(again, F_GETFL), O_PATH | O_DIRECTORY | O_NOFOLLOW);
	close(again);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_OK(fcntl(fd, F_SETFD, FD_CLOEXEC));
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	check_refused(copy);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", copy);
	length = CHECK_OK(readlink(link, target, sizeof(target) - 1));
	target[length > 0 ? length : 0] = 0;
	CHECK(!strcmp(target, path));
	again = (int)CHECK_OK(open(link, O_RDONLY)); /* and so it becomes one that can be read */
	CHECK_EQ(read(again, target, sizeof(target)), strlen(HELLO_TEXT));
	close(again);
	CHECK_OK(close(copy));
	check_refused(fd);
	CHECK_OK(close(fd));
	CHECK_ERRNO(close(fd), EBADF);
}

static void check_directory(void)
{
	int fd = (int)REQUIRE_OK(open(data_dir(), O_PATH | O_DIRECTORY)), hello;
	char here[1000], byte[1000];

	CHECK_ERRNO(getdents64(fd, byte, sizeof(byte)), EBADF);
	hello = (int)CHECK_OK(openat(fd, "hello", O_RDONLY));
	CHECK_EQ(read(hello, byte, 1), 1);
	close(hello);
	REQUIRE(getcwd(here, sizeof(here)) != NULL);
	CHECK_OK(fchdir(fd));
	CHECK_OK(access("hello", R_OK));
	CHECK_OK(chdir(here));
	CHECK_OK(close(fd));
	CHECK_ERRNO(open(data_path("hello"), O_PATH | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open(data_path("nothing"), O_PATH | O_CREAT, 0600), ENOENT);
}

/* A symbolic link itself can be named; a program that may not read the file can name it. */
static void check_links(void)
{
	char name[] = "/tmp/opath-link", target[100];
	struct stat stat;
	int fd;

	unlink(name);
	REQUIRE_OK(symlink("nowhere", name));
	CHECK_ERRNO(open(name, O_PATH), ENOENT);
	CHECK_ERRNO(open(name, O_RDONLY | O_NOFOLLOW), ELOOP);
	fd = (int)REQUIRE_OK(open(name, O_PATH | O_NOFOLLOW));
	CHECK_OK(fstat(fd, &stat));
	CHECK(S_ISLNK(stat.st_mode));
	CHECK_EQ(readlinkat(fd, "", target, sizeof(target)), 7);
	CHECK_ERRNO(openat(fd, "x", O_RDONLY), ENOTDIR);
	check_refused(fd);
	close(fd);
	CHECK_OK(unlink(name));
}

/* Its file can lose its name meanwhile. */
static void check_unlinked(void)
{
	int fd = (int)REQUIRE_OK(open("/tmp/opath-file", O_RDWR | O_CREAT | O_EXCL, 0600)), name;
	struct stat stat;

	name = (int)REQUIRE_OK(open("/tmp/opath-file", O_PATH));
	CHECK_OK(unlink("/tmp/opath-file"));
	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_OK(close(fd));
	CHECK_OK(fstat(name, &stat));
	CHECK_EQ(stat.st_nlink, 0);
	CHECK_EQ(stat.st_size, 3);
	CHECK_OK(close(name));
}

int main(void)
{
	char path[1000];

	REQUIRE(realpath(data_path("hello"), path) != NULL);
	check_asked(path);
	check_directory();
	check_links();
	check_unlinked();
	return check_done();
}
