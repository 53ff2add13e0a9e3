/* file-read.c - reading a file of the disk: every call that reads, from every place, in every size; seeking.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"
#include "user/test/random.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/uio.h>
#include <unistd.h>

static u8 buffer[128 << 10];
static int fd;

static void check_stream(void)
{
	static const size_t sizes[] = { 1, 7, 4095, 4096, 4097, 65536, 100000, 5, 3 };
	u64 at = 0;

	for (size_t i = 0; at < DATA_BYTES; i++) {
		size_t want = sizes[i % ARRAY_SIZE(sizes)], expect = min(want, (size_t)(DATA_BYTES - at));

		REQUIRE(read(fd, buffer, want) == (ssize_t)expect);
		if (!CHECK_EQ(data_differs(SEED_DATA, buffer, expect, at), -1))
			check_note("at %llu", (unsigned long long)at);
		at += expect;
	}
	CHECK_EQ(read(fd, buffer, 1), 0);
	CHECK_EQ(read(fd, buffer, 100), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), DATA_BYTES);
}

static void check_positions(void)
{
	CHECK_EQ(lseek(fd, 10, SEEK_SET), 10);
	for (int i = 0; i < 100; i++) {
		u64 at = random_below(DATA_BYTES + 100), want = random_below(6000);
		u64 expect = at < DATA_BYTES ? min(want, DATA_BYTES - at) : 0;

		CHECK_EQ(pread(fd, buffer, want, (off_t)at), expect);
		CHECK_EQ(data_differs(SEED_DATA, buffer, expect, at), -1);
	}
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10); /* pread did not move it */
	CHECK_ERRNO(pread(fd, buffer, 1, -1), EINVAL);
	CHECK_EQ(pread(fd, buffer, 0, 0), 0);
	CHECK_EQ(pread(fd, buffer, 1, 1ll << 40), 0);
	CHECK_EQ(pread(fd, buffer, 1, LLONG_MAX - 1), 0);
}

static void check_seek(void)
{
	CHECK_EQ(lseek(fd, -1, SEEK_END), DATA_BYTES - 1);
	CHECK_EQ(lseek(fd, 5, SEEK_CUR), DATA_BYTES + 4);
	CHECK_EQ(read(fd, buffer, 1), 0);
	CHECK_EQ(lseek(fd, -10, SEEK_CUR), DATA_BYTES - 6);
	CHECK_EQ(read(fd, buffer, 100), 6);
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERRNO(lseek(fd, -DATA_BYTES - 1, SEEK_END), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, 99), EINVAL);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), DATA_BYTES);
	CHECK_ERRNO(lseek(999, 0, SEEK_SET), EBADF);
}

static void check_vectors(void)
{
	struct iovec vectors[] = { { buffer, 3 }, { NULL, 0 }, { buffer + 100, 5000 }, { buffer + 20000, 1 } };
	struct iovec too_long[] = { { buffer, 10 }, { buffer, -1ul } };
	static struct iovec many[1025];
	volatile int negative = -1; /* hidden from the compiler, which knows better */

	CHECK_EQ(lseek(fd, 4000, SEEK_SET), 4000);
	CHECK_EQ(readv(fd, vectors, 4), 5004);
	CHECK_EQ(data_differs(SEED_DATA, buffer, 3, 4000), -1);
	CHECK_EQ(data_differs(SEED_DATA, buffer + 100, 5000, 4003), -1);
	CHECK_EQ(buffer[20000], data_byte(SEED_DATA, 9003));
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 9004);
	CHECK_EQ(preadv(fd, vectors, 4, DATA_BYTES - 5), 5);
	CHECK_EQ(data_differs(SEED_DATA, buffer + 100, 2, DATA_BYTES - 2), -1);
	CHECK_EQ(readv(fd, vectors, 0), 0);
	CHECK_ERRNO(readv(fd, vectors, negative), EINVAL);
	CHECK_ERRNO(readv(fd, too_long, 2), EINVAL);
	CHECK_ERRNO(readv(fd, many, 1025), EINVAL);
	for (int i = 0; i < 1024; i++)
		many[i] = (struct iovec){ buffer + i, 1 };
	CHECK_EQ(preadv(fd, many, 1024, 77), 1024);
	CHECK_EQ(data_differs(SEED_DATA, buffer, 1024, 77), -1);
	CHECK_ERRNO(preadv(fd, many, 1, -1), EINVAL);
}

static void check_others(void)
{
	int directory = (int)REQUIRE_OK(open(data_dir(), O_RDONLY));
	int empty = (int)REQUIRE_OK(open(data_path("empty"), O_RDONLY));

	CHECK_ERRNO(read(directory, buffer, 10), EISDIR);
	CHECK_EQ(read(empty, buffer, 10), 0);
	CHECK_EQ(lseek(empty, 0, SEEK_END), 0);
	CHECK_ERRNO(read(999, buffer, 1), EBADF);
	close(directory);
	close(empty);
}

int main(void)
{
	random_init();
	fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	check_stream();
	check_positions();
	check_seek();
	check_vectors();
	check_others();
	return check_done();
}
