/* file-dir.c - listing directories: every entry once, with its type; buffers of any size; taking up where one left
 * off.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool seen[MANY_ENTRIES];

/* What getdents64 writes (linux_dirent64). */
struct record {
	u64 ino, off;
	u16 bytes;
	u8 type;
	char name[];
};

static int number_of(const char *name)
{
	int number, end = 0;

	return sscanf(name, "entry-%4d%n", &number, &end) == 1 && !name[end] && number < MANY_ENTRIES ? number : -1;
}

/* Read "many" through a buffer of BYTES: all entries, once each. */
static void check_many(size_t bytes)
{
	int fd = (int)REQUIRE_OK(open(data_path("many"), O_RDONLY | O_DIRECTORY)), dots = 0, count = 0;
	char buffer[8192];
	long got;

	memset(seen, 0, sizeof(seen));
	while ((got = CHECK_OK(syscall(SYS_getdents64, fd, buffer, bytes))) > 0) {
		for (long at = 0; at < got;) {
			struct record *record = (void *)(buffer + at);
			int number = number_of(record->name);

			REQUIRE(record->bytes >= 20 && record->bytes % 8 == 0 && at + record->bytes <= got);
			CHECK(record->ino != 0);
			if (number < 0) {
				CHECK(!strcmp(record->name, ".") || !strcmp(record->name, ".."));
				CHECK_EQ(record->type, DT_DIR);
				dots++;
			} else {
				CHECK(!seen[number]);
				CHECK_EQ(record->type, DT_REG);
				seen[number] = true;
				count++;
			}
			at += record->bytes;
		}
	}
	CHECK_EQ(dots, 2);
	CHECK_EQ(count, MANY_ENTRIES);
	CHECK_EQ(syscall(SYS_getdents64, fd, buffer, bytes), 0);
	close(fd);
}

static void check_refused(void)
{
	int fd = (int)REQUIRE_OK(open(data_path("many"), O_RDONLY)),
	    file = (int)REQUIRE_OK(open(data_path("hello"), O_RDONLY));
	char buffer[64];

	CHECK_ERRNO(syscall(SYS_getdents64, fd, buffer, 10), EINVAL); /* no room for one */
	CHECK_ERRNO(syscall(SYS_getdents64, file, buffer, 64), ENOTDIR);
	CHECK_ERRNO(syscall(SYS_getdents64, 999, buffer, 64), EBADF);
	CHECK_ERRNO(syscall(SYS_getdents64, fd, (void *)-4096, 4096), EFAULT);
	close(fd);
	close(file);
}

/* The type in the directory is the type of the inode. */
static void check_types(void)
{
	DIR *directory = opendir(data_dir());
	struct dirent *entry;
	int count = 0;

	REQUIRE(directory != NULL);
	while ((entry = readdir(directory))) {
		struct stat status;

		CHECK_OK(fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW));
		CHECK_EQ(entry->d_type, IFTODT(status.st_mode));
		if (strcmp(entry->d_name, ".."))
			CHECK_EQ(entry->d_ino, status.st_ino);
		count++;
	}
	CHECK(count > 70);
	closedir(directory);
}

static void check_void(void)
{
	DIR *directory = opendir(data_path("void"));
	int count = 0;

	REQUIRE(directory != NULL);
	while (readdir(directory))
		count++;
	CHECK_EQ(count, 2);
	rewinddir(directory);
	CHECK(readdir(directory) != NULL);
	closedir(directory);
}

/* Remember a place, read on, go back: the same entry comes again. */
static void check_places(void)
{
	DIR *directory = opendir(data_path("many"));
	char name[256] = "";
	long place;

	REQUIRE(directory != NULL);
	for (int i = 0; i < 500; i++)
		CHECK(readdir(directory) != NULL);
	place = telldir(directory);
	snprintf(name, sizeof(name), "%s", readdir(directory)->d_name);
	while (readdir(directory))
		;
	seekdir(directory, place);
	CHECK(!strcmp(readdir(directory)->d_name, name));
	closedir(directory);
}

int main(void)
{
	check_many(8192);
	check_many(512);
	check_many(48);
	check_refused();
	check_types();
	check_void();
	check_places();
	return check_done();
}
