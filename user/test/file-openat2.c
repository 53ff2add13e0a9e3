/* file-openat2.c - openat2: what openat would ignore is refused, and walks that must stay beneath a directory, in it as
 * if it were the root, on one file system, or away from links.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clean.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NR_OPENAT2 = 437 };
enum { NO_XDEV = 1, NO_MAGICLINKS = 2, NO_SYMLINKS = 4, BENEATH = 8, IN_ROOT = 16, CACHED = 32 };

struct how {
	u64 flags, mode, resolve, more[2];
};

static long open_how(int dir, const char *path, struct how how, size_t bytes)
{
	return syscall(NR_OPENAT2, dir, path, &how, bytes);
}

static long resolve(int dir, const char *path, u64 how)
{
	return open_how(dir, path, (struct how){ .flags = O_RDONLY, .resolve = how }, 24);
}

/* It opens the file with one letter in it. */
static void leads_to(long fd, char letter)
{
	char byte = 0;

	CHECK_OK(fd);
	CHECK_EQ(read((int)fd, &byte, 1), 1);
	CHECK_EQ(byte, letter);
	close((int)fd);
}

static void file(const char *path, char letter)
{
	int fd = (int)REQUIRE_OK(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));

	CHECK_EQ(write(fd, &letter, 1), 1);
	close(fd);
}

/*   /tmp/openat2/  a  dir/  b  deep/c  up -> ../a  abs -> /dir/b  near -> deep/c  fds -> /proc/self/fd  */
static int make_tree(void)
{
	mkdir("/tmp/openat2", 0700);
	REQUIRE_OK(chdir("/tmp/openat2"));
	clean_here(3);
	REQUIRE_OK(mkdir("dir", 0700));
	REQUIRE_OK(mkdir("dir/deep", 0700));
	file("a", 'a');
	file("dir/b", 'b');
	file("dir/deep/c", 'c');
	REQUIRE_OK(symlink("../a", "dir/up"));
	REQUIRE_OK(symlink("/deep/c", "dir/abs"));
	REQUIRE_OK(symlink("deep/c", "dir/near"));
	return (int)REQUIRE_OK(open("dir", O_RDONLY | O_DIRECTORY));
}

static void check_scopes(int dir)
{
	leads_to(resolve(dir, "b", 0), 'b');
	leads_to(resolve(dir, "../a", 0), 'a');
	leads_to(resolve(dir, "up", 0), 'a');

	leads_to(resolve(dir, "b", BENEATH), 'b');
	leads_to(resolve(dir, "deep/../b", BENEATH), 'b');
	leads_to(resolve(dir, "near", BENEATH), 'c');
	CHECK_ERRNO(resolve(dir, "../a", BENEATH), EXDEV);
	CHECK_ERRNO(resolve(dir, "deep/../../dir/b", BENEATH), EXDEV);
	CHECK_ERRNO(resolve(dir, "up", BENEATH), EXDEV);
	CHECK_ERRNO(resolve(dir, "abs", BENEATH), EXDEV);
	CHECK_ERRNO(resolve(dir, "/tmp/openat2/dir/b", BENEATH), EXDEV);
	leads_to(resolve(AT_FDCWD, "dir/b", BENEATH), 'b');

	leads_to(resolve(dir, "/b", IN_ROOT), 'b');
	leads_to(resolve(dir, "../../../b", IN_ROOT), 'b');
	leads_to(resolve(dir, "abs", IN_ROOT), 'c');
	CHECK_ERRNO(resolve(dir, "up", IN_ROOT), ENOENT); /* there is no a in that root */
	CHECK_ERRNO(resolve(dir, "/tmp/openat2/dir/b", IN_ROOT), ENOENT);
	CHECK_ERRNO(resolve(dir, "b", IN_ROOT | BENEATH), EINVAL);
	CHECK_ERRNO(resolve(-1, "/b", IN_ROOT), EBADF);
}

static void check_links(int dir)
{
	char link[64];
	int fd = (int)REQUIRE_OK(open("dir/b", O_RDONLY));

	CHECK_ERRNO(resolve(dir, "near", NO_SYMLINKS), ELOOP);
	leads_to(resolve(dir, "deep/c", NO_SYMLINKS), 'c');
	leads_to(resolve(dir, "near", NO_MAGICLINKS), 'c');
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	leads_to(resolve(AT_FDCWD, link, 0), 'b');
	CHECK_ERRNO(resolve(AT_FDCWD, link, NO_MAGICLINKS), ELOOP);
	CHECK_ERRNO(resolve(AT_FDCWD, link, NO_SYMLINKS), ELOOP);
	CHECK_ERRNO(resolve(AT_FDCWD, "/dev/null", NO_XDEV | BENEATH), EXDEV);
	CHECK_ERRNO(resolve((int)REQUIRE_OK(open("/", O_PATH)), "proc/self", NO_XDEV), EXDEV);
	leads_to(resolve(dir, "near", NO_XDEV), 'c');
	close(fd);
}

static void check_refused(int dir)
{
	struct how how = { .flags = O_RDONLY };
	long fd;

	CHECK_ERRNO(open_how(dir, "b", how, 23), EINVAL);
	CHECK_ERRNO(open_how(dir, "b", (struct how){ .flags = 1u << 30 }, 24), EINVAL);
	CHECK_ERRNO(open_how(dir, "b", (struct how){ .flags = 1ul << 40 }, 24), EINVAL);
	CHECK_ERRNO(open_how(dir, "b", (struct how){ .mode = 0600 }, 24), EINVAL); /* nothing is created */
	CHECK_ERRNO(open_how(dir, "b", (struct how){ .flags = O_CREAT, .mode = 010600 }, 24), EINVAL);
	CHECK_ERRNO(open_how(dir, "b", (struct how){ .flags = O_PATH | O_RDWR }, 24), EINVAL);
	CHECK_ERRNO(open_how(dir, "b", (struct how){ .resolve = 64 }, 24), EINVAL);
	CHECK_ERRNO(open_how(dir, "b", (struct how){ .more = { 1 } }, 32), E2BIG);
	leads_to(open_how(dir, "b", how, 40), 'b'); /* a longer struct, with zeroes */
	CHECK_ERRNO(open_how(dir, "b", how, 4097), E2BIG);
	CHECK_ERRNO(syscall(NR_OPENAT2, dir, "b", 16, 24), EFAULT);
	CHECK_ERRNO(resolve(dir, "", 0), ENOENT);
	fd = resolve(dir, "b", CACHED); /* may be refused at any time */
	if (fd >= 0)
		close((int)fd);
	else
		CHECK_EQ(errno, EAGAIN);
	fd = open_how(
		dir, "new",
		(struct how){ .flags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, .mode = 0640, .resolve = BENEATH }, 24);
	CHECK_OK(fd);
	CHECK_EQ(fcntl((int)fd, F_GETFD), FD_CLOEXEC);
	close((int)fd);
	CHECK_ERRNO(open_how(dir, "../new",
			     (struct how){ .flags = O_CREAT | O_WRONLY, .mode = 0640, .resolve = BENEATH }, 24),
		    EXDEV);
}

int main(void)
{
	int dir = make_tree();

	check_scopes(dir);
	check_links(dir);
	check_refused(dir);
	close(dir);
	clean_here(3);
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir("/tmp/openat2"));
	return check_done();
}
