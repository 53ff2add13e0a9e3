/* tmp-write.c - files in /tmp: written, appended to, cut and stretched, sparse, by vectors, by two descriptors,
 * unlinked while open.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/random.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char path[] = "/tmp/tmp-write";

static int create(int flags)
{
	return (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC | flags, 0600));
}

static off_t size_of(int fd)
{
	struct stat status = { 0 };

	CHECK_OK(fstat(fd, &status));
	return status.st_size;
}

static void check_write(void)
{
	int fd = create(0), other;
	char text[16] = "";

	CHECK_EQ(write(fd, "hello", 5), 5);
	CHECK_EQ(write(fd, " world", 6), 6);
	CHECK_EQ(write(fd, "", 0), 0);
	CHECK_EQ(size_of(fd), 11);
	CHECK_EQ(pwrite(fd, "H", 1, 0), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 11);
	other = (int)CHECK_OK(open(path, O_RDONLY));
	CHECK_EQ(read(other, text, sizeof(text)), 11);
	CHECK(!memcmp(text, "Hello world", 11));
	CHECK_EQ(write(fd, "!", 1), 1);
	CHECK_EQ(read(other, text, sizeof(text)), 1); /* what came later is there, too */
	CHECK_ERRNO(pwrite(fd, "x", 1, -1), EINVAL);
	CHECK_EQ(fsync(fd), 0);
	CHECK_EQ(fdatasync(fd), 0);
	close(fd);
	close(other);
}

static void check_append(void)
{
	int a = create(O_APPEND), b = (int)REQUIRE_OK(open(path, O_WRONLY | O_APPEND));
	char text[8];

	CHECK_EQ(write(a, "1", 1), 1);
	CHECK_EQ(write(b, "2", 1), 1);
	CHECK_EQ(lseek(a, 0, SEEK_SET), 0);
	CHECK_EQ(write(a, "3", 1), 1);
	CHECK_EQ(lseek(a, 0, SEEK_CUR), 3);
	CHECK_EQ(pread(a, text, 8, 0), 3);
	CHECK(!memcmp(text, "123", 3));
	close(a);
	close(b);
}

static void check_truncate(void)
{
	int fd = create(0);
	char page[8192];

	memset(page, 'x', sizeof(page));
	CHECK_EQ(write(fd, page, 8192), 8192);
	CHECK_OK(ftruncate(fd, 100));
	CHECK_EQ(size_of(fd), 100);
	CHECK_OK(ftruncate(fd, 8192)); /* what was cut off is zero now */
	CHECK_EQ(pread(fd, page, 8192, 0), 8192);
	CHECK_EQ(page[99], 'x');
	for (int i = 100; i < 8192; i++)
		if (page[i])
			CHECK_EQ(page[i], 0);
	CHECK_OK(truncate(path, 0));
	CHECK_EQ(size_of(fd), 0);
	CHECK_EQ(read(fd, page, 1), 0); /* our position lies beyond the end */
	CHECK_EQ(write(fd, "y", 1), 1);
	CHECK_EQ(size_of(fd), 8193);
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	CHECK_ERRNO(truncate("/tmp", 0), EISDIR);
	close(fd);
	fd = create(0);
	CHECK_EQ(size_of(fd), 0);
	close(fd);
}

static void check_sparse(void)
{
	int fd = create(0);
	struct stat status;
	char bytes[3];

	CHECK_EQ(pwrite(fd, "a", 1, 10 << 20), 1);
	CHECK_EQ(pwrite(fd, "b", 1, 1ll << 33), 1);
	CHECK_EQ(size_of(fd), (1ll << 33) + 1);
	CHECK_OK(fstat(fd, &status));
	CHECK(status.st_blocks < 1000);
	CHECK_EQ(pread(fd, bytes, 3, (10 << 20) - 1), 3);
	CHECK(!memcmp(bytes, "\0a", 3));
	CHECK_EQ(pread(fd, bytes, 3, 5ll << 30), 3);
	CHECK(!memcmp(bytes, "\0\0", 3));
	CHECK_EQ(pread(fd, bytes, 3, 1ll << 33), 1);
	close(fd);
}

/* Random pieces against a copy in memory. */
static void check_model(void)
{
	enum { BYTES = 40000 };
	static char model[BYTES], piece[6000], got[BYTES];
	int fd = create(0);
	size_t end = 0;

	for (int i = 0; i < 60; i++) {
		size_t at = random_below(BYTES - sizeof(piece)), half = random_below(sizeof(piece) / 2) + 1;
		struct iovec vectors[2] = { { piece, half }, { piece + half, half } };

		memset(piece, 'a' + i % 26, sizeof(piece));
		CHECK_EQ(pwritev(fd, vectors, 2, (off_t)at), half * 2);
		memcpy(model + at, piece, half * 2);
		end = max(end, at + half * 2);
		CHECK_EQ(size_of(fd), end);
	}
	CHECK_EQ(pread(fd, got, sizeof(got), 0), end);
	CHECK(!memcmp(got, model, end));
	close(fd);
}

static void check_unlinked(void)
{
	int fd = create(0);
	struct stat status;
	char text[4];

	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_OK(unlink(path));
	CHECK_ERRNO(unlink(path), ENOENT);
	CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
	CHECK_EQ(write(fd, "d", 1), 1);
	CHECK_EQ(pread(fd, text, 4, 0), 4);
	CHECK(!memcmp(text, "abcd", 4));
	CHECK_OK(fstat(fd, &status));
	CHECK_EQ(status.st_nlink, 0);
	CHECK_OK(close(create(0))); /* the name is free for another file */
	CHECK_EQ(size_of(fd), 4);
	close(fd);
	CHECK_OK(unlink(path));
}

int main(void)
{
	random_init();
	check_write();
	check_append();
	check_truncate();
	check_sparse();
	check_model();
	check_unlinked();
	return check_done();
}
