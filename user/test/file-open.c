/* file-open.c - opening: flags, relative and odd paths, names as long as they may be; and everything that must be
 * refused.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* It can be opened, and it is the file "hello". */
static void check_hello(int directory, const char *path)
{
	char text[sizeof(HELLO_TEXT)] = "";
	int fd = openat(directory, path, O_RDONLY);

	if (!CHECK(fd >= 0 && read(fd, text, sizeof(text)) == sizeof(text) - 1 && !strcmp(text, HELLO_TEXT)))
		check_note("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void check_paths(void)
{
	int root = (int)REQUIRE_OK(open(data_dir(), O_RDONLY | O_DIRECTORY));
	int deep = (int)REQUIRE_OK(openat(root, "deep/d/d", O_RDONLY | O_DIRECTORY));
	char here[1000];

	check_hello(AT_FDCWD, data_path("hello"));
	check_hello(AT_FDCWD, data_path("/hello"));
	check_hello(AT_FDCWD, data_path("//.///hello"));
	check_hello(AT_FDCWD, data_path("deep/../hello"));
	check_hello(AT_FDCWD, data_path("deep/d/./d/../../../hello"));
	check_hello(-1, data_path("hello")); /* an absolute path does not look at the descriptor */
	check_hello(root, "hello");
	check_hello(root, "./hello");
	check_hello(deep, "../../../hello");
	REQUIRE(getcwd(here, sizeof(here)) != NULL);
	CHECK_OK(chdir(data_dir()));
	check_hello(AT_FDCWD, "hello");
	CHECK_OK(fchdir(deep));
	check_hello(AT_FDCWD, "../../../hello");
	CHECK_OK(chdir("/../.."));
	CHECK(!strcmp(getcwd(here + 500, 500), "/")); /* above the root is the root */
	CHECK_OK(chdir(here));
	CHECK_ERRNO(chdir(data_path("hello")), ENOTDIR);
	CHECK_ERRNO(chdir(data_path("nothing")), ENOENT);
	CHECK_ERRNO(openat(-1, "hello", O_RDONLY), EBADF);
	CHECK_ERRNO(openat((int)CHECK_OK(open(data_path("hello"), O_RDONLY)), "x", O_RDONLY), ENOTDIR);
	close(deep + 1);
	close(deep);
	close(root);
}

static void check_names(void)
{
	char name[300], path[5000];
	int fd;

	memset(name, 'n', sizeof(name));
	name[LONG_NAME] = 0;
	fd = (int)CHECK_OK(open(data_path(name), O_RDONLY));
	CHECK_EQ(close(fd), 0);
	name[LONG_NAME] = 'n';
	name[LONG_NAME + 1] = 0;
	CHECK_ERRNO(open(data_path(name), O_RDONLY), ENAMETOOLONG);
	name[LONG_NAME - 1] = 0;
	CHECK_ERRNO(open(data_path(name), O_RDONLY), ENOENT);

	/* 4095 characters are a path, 4096 are none. */
	memset(path, '/', sizeof(path));
	path[4095] = 0;
	fd = (int)CHECK_OK(open(path, O_RDONLY | O_DIRECTORY));
	CHECK_EQ(close(fd), 0);
	path[4095] = '/';
	path[4096] = 0;
	CHECK_ERRNO(open(path, O_RDONLY | O_DIRECTORY), ENAMETOOLONG);
}

static void check_refused(void)
{
	CHECK_ERRNO(open("", O_RDONLY), ENOENT);
	CHECK_ERRNO(open(data_path("nothing"), O_RDONLY), ENOENT);
	CHECK_ERRNO(open(data_path("nothing/hello"), O_RDONLY), ENOENT);
	CHECK_ERRNO(open(data_path("hello/x"), O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open(data_path("hello/"), O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open(data_path("hello/."), O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open(data_path("hello/.."), O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open(data_path("hello"), O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open(data_dir(), O_RDWR), EISDIR);
	CHECK_ERRNO(open(data_dir(), O_WRONLY), EISDIR);
	CHECK_ERRNO(open(data_path("hello"), O_RDONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERRNO(open(data_path("link-dangling"), O_RDONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERRNO(open(data_path("link-rel"), O_RDONLY | O_NOFOLLOW), ELOOP);
}

/* The descriptor may do what it was opened for. */
static void check_modes(void)
{
	int fd = (int)REQUIRE_OK(open(data_path("hello"), O_RDONLY | O_CREAT, 0600)); /* exists: O_CREAT does nothing */
	char byte;

	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
	CHECK_EQ(close(fd), 0);
	fd = (int)REQUIRE_OK(open("/tmp/file-open", O_WRONLY | O_CREAT | O_TRUNC, 0600));
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_ERRNO(pread(fd, &byte, 1, 0), EBADF);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink("/tmp/file-open"), 0);
}

static void check_read_only(void)
{
	CHECK_ERRNO(open(data_path("hello"), O_WRONLY), EROFS);
	CHECK_ERRNO(open(data_path("hello"), O_RDWR), EROFS);
	CHECK_ERRNO(open(data_path("hello"), O_RDONLY | O_TRUNC), EROFS);
	CHECK_ERRNO(open(data_path("new"), O_RDONLY | O_CREAT, 0600), EROFS);
	CHECK_ERRNO(mkdir(data_path("new"), 0700), EROFS);
	CHECK_ERRNO(mkdir(data_path("deep"), 0700), EEXIST);
	CHECK_ERRNO(unlink(data_path("hello")), EROFS);
	CHECK_ERRNO(rmdir(data_path("void")), EROFS);
	CHECK_ERRNO(symlink("x", data_path("new")), EROFS);
	CHECK_ERRNO(link(data_path("hello"), data_path("new")), EROFS);
	CHECK_ERRNO(rename(data_path("hello"), data_path("new")), EROFS);
	CHECK_ERRNO(truncate(data_path("hello"), 0), EROFS);
	CHECK_ERRNO(access(data_path("hello"), W_OK), EROFS);
}

int main(void)
{
	check_paths();
	check_names();
	check_refused();
	check_modes();
	if (data_is_read_only())
		check_read_only();
	return check_done();
}
