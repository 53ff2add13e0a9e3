/* image.h - a tree of files on the host, and ext2 images of it, made by mke2fs while the test runs.
 *
 * Everything lies in a directory of its own below $TMPDIR, which is removed at the end of the case.
 */
#pragma once

#include "lib/test/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

static char image_folder[PATH_MAX - 300];

static inline int image_remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static inline void image_remove(void)
{
	if (image_folder[0])
		nftw(image_folder, image_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline char *image_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline char *image_path(const char *format, ...)
{
	static char path[8][PATH_MAX];
	static u32 turn;
	char *here = path[turn++ % 8];
	va_list args;
	int length = snprintf(here, PATH_MAX, "%s/", image_folder);

	va_start(args, format);
	vsnprintf(here + length, PATH_MAX - (size_t)length, format, args);
	va_end(args);
	return here;
}

static inline bool image_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline bool image_shell(const char *format, ...)
{
	char command[4 * PATH_MAX];
	va_list args;
	int length = snprintf(command, sizeof(command), "PATH=$PATH:/usr/sbin:/sbin; cd '%s' && ", image_folder);

	va_start(args, format);
	vsnprintf(command + length, sizeof(command) - (size_t)length, format, args);
	va_end(args);
	return system(command) == 0;
}

/* The directory; the case is skipped where there is no mke2fs. */
static inline void image_begin(void)
{
	const char *above = getenv("TMPDIR");

	snprintf(image_folder, sizeof(image_folder), "%s/chime-fs-XXXXXX", above ? above : "/tmp");
	CHECK(mkdtemp(image_folder));
	atexit(image_remove);
	if (!image_shell("mke2fs -V >/dev/null 2>&1"))
		test_skip("there is no mke2fs");
	CHECK_EQ(mkdir(image_path("tree"), 0755), 0);
}

/* Byte AT of the file with that seed: every file differs, and no two pages are alike. */
static inline u8 image_byte(u64 seed, u64 at)
{
	return (u8)((at * 0x9e3779b97f4a7c15ul + seed) >> 32 ^ at);
}

/* BYTES bytes at AT of the file below tree/. */
static inline void image_write(const char *name, u64 seed, u64 at, u64 bytes)
{
	int fd = open(image_path("tree/%s", name), O_CREAT | O_WRONLY, 0644);
	u8 *data = malloc(bytes + 1);

	CHECK(fd >= 0 && data);
	for (u64 i = 0; i < bytes; i++)
		data[i] = image_byte(seed, at + i);
	CHECK_EQ(pwrite(fd, data, bytes, (off_t)at), bytes);
	free(data);
	close(fd);
}

static inline void image_link(const char *target, const char *name)
{
	CHECK_EQ(symlink(target, image_path("tree/%s", name)), 0);
}

static inline void image_directory(const char *name)
{
	CHECK_EQ(mkdir(image_path("tree/%s", name), 0755), 0);
}

/* Make an image of tree/ with these options of mke2fs. */
static inline void image_make(const char *options, u32 kib)
{
	CHECK(image_shell("rm -f image && mke2fs -q -F %s -d tree image %uk >log 2>&1", options, kib));
}

/* The image's bytes, private to this process. */
static inline u8 *image_map(u64 *bytes)
{
	int fd = open(image_path("image"), O_RDONLY);
	struct stat status;
	u8 *data;

	CHECK(fd >= 0 && fstat(fd, &status) == 0);
	*bytes = (u64)status.st_size;
	data = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(data != MAP_FAILED);
	close(fd);
	return data;
}
