/* tmp-names.c - names in /tmp: directories made and removed, renames of every kind, hard and symbolic links, many
 * files.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char base[] = "/tmp/tmp-names";

/* Make the file PATH with TEXT in it. */
static void make(const char *path, const char *text)
{
	int fd = (int)REQUIRE_OK(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	CHECK_OK(close(fd));
}

static bool contains(const char *path, const char *text)
{
	char got[64] = "";
	int fd = open(path, O_RDONLY);
	bool good = fd >= 0 && read(fd, got, sizeof(got) - 1) >= 0 && !strcmp(got, text);

	if (fd >= 0)
		close(fd);
	return good;
}

static unsigned links(const char *path)
{
	struct stat status = { 0 };

	CHECK_OK(lstat(path, &status));
	return (unsigned)status.st_nlink;
}

static void check_directories(void)
{
	struct stat status;

	CHECK_OK(mkdir("a", 0755));
	CHECK_ERRNO(mkdir("a", 0755), EEXIST);
	CHECK_OK(mkdir("a/b", 0700));
	CHECK_OK(mkdir("a/b/c/", 0700)); /* a slash at the end is fine for a directory */
	CHECK_ERRNO(mkdir("x/y", 0755), ENOENT);
	CHECK_OK(stat("a/b", &status));
	CHECK_EQ(status.st_mode, S_IFDIR | 0700);
	CHECK_EQ(links("a"), 3);
	CHECK_ERRNO(rmdir("a"), ENOTEMPTY);
	CHECK_ERRNO(unlink("a/b"), EISDIR);
	CHECK_OK(rmdir("a/b/c"));
	CHECK_OK(rmdir("a/b"));
	CHECK_EQ(links("a"), 2);
	CHECK_ERRNO(rmdir("a/."), EINVAL);
	CHECK_ERRNO(rmdir("a/.."), ENOTEMPTY);
	CHECK_OK(rmdir("a"));
	CHECK_ERRNO(rmdir("a"), ENOENT);
	make("f", "");
	CHECK_ERRNO(rmdir("f"), ENOTDIR);
	CHECK_ERRNO(mkdir("f/x", 0755), ENOTDIR);
	CHECK_ERRNO(mkdir("f", 0755), EEXIST);
	CHECK_OK(unlink("f"));
}

/* A directory that is gone but open, or is the current one: empty, and nothing can be made in it. */
static void check_removed_directory(void)
{
	int fd;

	CHECK_OK(mkdir("gone", 0755));
	fd = (int)CHECK_OK(open("gone", O_RDONLY | O_DIRECTORY));
	CHECK_OK(rmdir("gone"));
	CHECK_ERRNO(openat(fd, "x", O_WRONLY | O_CREAT, 0600), ENOENT);
	CHECK_ERRNO(mkdirat(fd, "x", 0700), ENOENT);
	close(fd);
}

static void check_rename(void)
{
	make("one", "1");
	make("two", "2");
	CHECK_OK(rename("one", "three"));
	CHECK(contains("three", "1"));
	CHECK_ERRNO(access("one", F_OK), ENOENT);
	CHECK_OK(rename("three", "two")); /* over a file */
	CHECK(contains("two", "1"));
	CHECK_ERRNO(rename("nothing", "two"), ENOENT);
	CHECK_OK(rename("two", "two"));
	CHECK(contains("two", "1"));

	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(mkdir("e", 0755));
	CHECK_OK(rename("two", "d/two"));
	CHECK(contains("d/two", "1"));
	CHECK_ERRNO(rename("d", "d/inside"), EINVAL);
	CHECK_ERRNO(rename("d/two", "e"), EISDIR);
	CHECK_ERRNO(rename("e", "d/two"), ENOTDIR);
	CHECK_ERRNO(rename("e", "d"), ENOTEMPTY);
	CHECK_OK(rename("d", "e")); /* over an empty directory */
	CHECK(contains("e/two", "1"));
	CHECK_OK(mkdir("e/sub", 0755));
	CHECK_OK(rename("e/sub", "sub"));
	CHECK(contains("sub/../e/two", "1")); /* its ".." went along */
	CHECK_EQ(links("e"), 2);
	CHECK_OK(unlink("e/two"));
	CHECK_OK(rmdir("e"));
	CHECK_OK(rmdir("sub"));
}

static void check_links(void)
{
	char target[10];

	make("f", "text");
	CHECK_OK(link("f", "g"));
	CHECK_EQ(links("f"), 2);
	CHECK_ERRNO(link("f", "g"), EEXIST);
	CHECK_ERRNO(link("nothing", "h"), ENOENT);
	CHECK_ERRNO(link(".", "h"), EPERM);
	CHECK_OK(unlink("f"));
	CHECK(contains("g", "text"));
	CHECK_EQ(links("g"), 1);

	CHECK_OK(symlink("g", "s"));
	CHECK(contains("s", "text"));
	CHECK_EQ(readlink("s", target, sizeof(target)), 1);
	CHECK_ERRNO(symlink("g", "s"), EEXIST);
	CHECK_ERRNO(symlink("", "t"), ENOENT);
	CHECK_OK(symlink("new", "t"));
	make("t", "through"); /* creates the target */
	CHECK(contains("new", "through"));
	CHECK_OK(unlink("t"));
	CHECK(contains("new", "through"));
	CHECK_OK(rename("s", "r")); /* the link itself */
	CHECK(contains("r", "text"));
	CHECK_OK(unlink("g"));
	CHECK_ERRNO(access("r", F_OK), ENOENT);
	CHECK_OK(unlink("r"));
	CHECK_OK(unlink("new"));
}

static void check_many(void)
{
	enum { MANY = 200 };
	struct dirent *entry;
	char name[32];
	int count = 0;
	DIR *directory;

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "file-%d", i);
		make(name, name);
	}
	directory = opendir(".");
	REQUIRE(directory != NULL);
	while ((entry = readdir(directory))) /* removing what was just read must not lose what comes */
		if (entry->d_name[0] != '.') {
			CHECK_EQ(entry->d_type, DT_REG);
			CHECK(contains(entry->d_name, entry->d_name));
			CHECK_OK(unlink(entry->d_name));
			count++;
		}
	closedir(directory);
	CHECK_EQ(count, MANY);
}

static void check_long_names(void)
{
	char name[300];

	memset(name, 'y', sizeof(name));
	name[255] = 0;
	make(name, "long");
	CHECK(contains(name, "long"));
	CHECK_OK(unlink(name));
	name[255] = 'y';
	name[256] = 0;
	CHECK_ERRNO(open(name, O_WRONLY | O_CREAT, 0600), ENAMETOOLONG);
	CHECK_ERRNO(mkdir(name, 0700), ENAMETOOLONG);
}

int main(void)
{
	umask(022);
	REQUIRE_OK(mkdir(base, 0755));
	REQUIRE_OK(chdir(base));
	check_directories();
	check_removed_directory();
	check_rename();
	check_links();
	check_many();
	check_long_names();
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir(base)); /* empty again: everything cleaned up */
	return check_done();
}
