/* file-stat.c - what stat, fstat, statx and access say about files of the disk and about devices.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct stat stat_of(const char *path)
{
	struct stat status = { 0 };

	CHECK_OK(stat(path, &status));
	return status;
}

static void check_fields(void)
{
	struct stat hello = stat_of(data_path("hello")), again = stat_of(data_path("hello-again"));
	struct stat empty = stat_of(data_path("empty")), large = stat_of(data_path("large"));
	struct stat huge = stat_of(data_path("huge")), directory = stat_of(data_dir()),
		    deep = stat_of(data_path("deep"));

	CHECK_EQ(hello.st_mode, S_IFREG | 0644);
	CHECK_EQ(hello.st_size, sizeof(HELLO_TEXT) - 1);
	CHECK_EQ(hello.st_nlink, 2);
	CHECK_EQ(hello.st_ino, again.st_ino);
	CHECK_EQ(hello.st_mtime, DATA_MODIFIED);
	CHECK(hello.st_blksize >= 512);
	CHECK(hello.st_ino != empty.st_ino);
	CHECK_EQ(hello.st_dev, empty.st_dev);
	CHECK_EQ(empty.st_size, 0);
	CHECK_EQ(empty.st_nlink, 1);
	CHECK_EQ(empty.st_blocks, 0);
	CHECK_EQ(stat_of(data_path("script")).st_mode, S_IFREG | 0755);
	CHECK_EQ(large.st_size, LARGE_BYTES);
	CHECK(large.st_blocks > 0 && large.st_blocks * 512 < LARGE_BYTES / 2); /* holes take no room */
	CHECK_EQ(huge.st_size, HUGE_BYTES);
	CHECK(huge.st_blocks < 1000);
	CHECK_EQ(directory.st_mode & S_IFMT, S_IFDIR);
	CHECK_EQ(directory.st_nlink, 2 + 3); /* itself, its name, and the ".." of each subdirectory */
	CHECK_EQ(deep.st_nlink, 3);
}

static void check_fstat(void)
{
	struct stat named = stat_of(data_path("data")), opened, console;
	int fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));

	CHECK_OK(fstat(fd, &opened));
	CHECK(!memcmp(&named, &opened, offsetof(struct stat, st_atim)));
	CHECK_OK(fstatat(fd, "", &opened, AT_EMPTY_PATH));
	CHECK_EQ(opened.st_ino, named.st_ino);
	CHECK_ERRNO(fstatat(fd, "", &opened, 0), ENOENT);
	CHECK_ERRNO(fstatat(fd, "x", &opened, 0), ENOTDIR);
	CHECK_ERRNO(fstat(999, &opened), EBADF);
	CHECK_OK(fstat(0, &console));
	close(fd);
}

static void check_statx(void)
{
	struct stat plain = stat_of(data_path("hello"));
	struct statx status;
	int fd = (int)REQUIRE_OK(open(data_path("hello"), O_RDONLY));

	memset(&status, 0xff, sizeof(status));
	CHECK_OK(statx(AT_FDCWD, data_path("link-rel"), 0, STATX_BASIC_STATS, &status));
	CHECK_EQ(status.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
	CHECK_EQ(status.stx_mode, plain.st_mode);
	CHECK_EQ(status.stx_size, plain.st_size);
	CHECK_EQ(status.stx_ino, plain.st_ino);
	CHECK_EQ(status.stx_nlink, plain.st_nlink);
	CHECK_EQ(status.stx_blocks, plain.st_blocks);
	CHECK_EQ(status.stx_uid, plain.st_uid);
	CHECK_EQ(status.stx_mtime.tv_sec, DATA_MODIFIED);
	CHECK_EQ(makedev(status.stx_dev_major, status.stx_dev_minor), plain.st_dev);
	CHECK_OK(statx(AT_FDCWD, data_path("link-rel"), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &status));
	CHECK(S_ISLNK(status.stx_mode));
	CHECK_OK(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status));
	CHECK_EQ(status.stx_ino, plain.st_ino);
	CHECK_ERRNO(statx(AT_FDCWD, data_path("hello"), 0x100000, STATX_BASIC_STATS, &status), EINVAL);
	CHECK_ERRNO(statx(AT_FDCWD, data_path("hello"), 0, 0x80000000u, &status), EINVAL);
	CHECK_ERRNO(statx(AT_FDCWD, data_path("nothing"), 0, 0, &status), ENOENT);
	close(fd);
}

static void check_access(void)
{
	CHECK_OK(access(data_path("hello"), F_OK));
	CHECK_OK(access(data_path("hello"), R_OK));
	CHECK_OK(access(data_path("script"), R_OK | X_OK));
	CHECK_OK(access(data_dir(), R_OK | X_OK));
	CHECK_ERRNO(access(data_path("hello"), X_OK), EACCES);
	CHECK_ERRNO(access(data_path("nothing"), F_OK), ENOENT);
	CHECK_ERRNO(access(data_path("link-dangling"), F_OK), ENOENT);
	CHECK_ERRNO(access(data_path("hello"), 99), EINVAL);
}

static void check_devices(void)
{
	struct stat null = stat_of("/dev/null"), zero = stat_of("/dev/zero"), tmp = stat_of("/tmp");
	char buffer[5000];
	int fd;

	CHECK(S_ISCHR(null.st_mode) && S_ISCHR(zero.st_mode) && S_ISDIR(tmp.st_mode));
	CHECK_EQ(null.st_rdev, makedev(1, 3));
	CHECK_EQ(zero.st_rdev, makedev(1, 5));
	fd = (int)REQUIRE_OK(open("/dev/null", O_RDWR));
	CHECK_EQ(read(fd, buffer, sizeof(buffer)), 0);
	CHECK_EQ(write(fd, buffer, sizeof(buffer)), sizeof(buffer));
	close(fd);
	memset(buffer, 1, sizeof(buffer));
	fd = (int)REQUIRE_OK(open("/dev/zero", O_RDWR));
	CHECK_EQ(read(fd, buffer, sizeof(buffer)), sizeof(buffer));
	CHECK_EQ(buffer[0] | buffer[4999], 0);
	close(fd);
}

int main(void)
{
	check_fields();
	check_fstat();
	check_statx();
	check_access();
	check_devices();
	return check_done();
}
