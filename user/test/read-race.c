/* read-race.c - reads while other threads cut the file, change its descriptor, and read at the same position: every
 * byte is one that the file had there, and the position moves by whole reads.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096, BYTES = 3 * PAGE, READERS = 2, CUTS = 150, SWAPS = 300, RECORDS = 2048 };

static int shared, sources[2];
static u32 stop;
static u8 patterns[2][BYTES];
static u64 records[RECORDS];

static void run(void *(*reader)(void *), void (*work)(void))
{
	pthread_t threads[READERS];

	store_relaxed(&stop, 0);
	for (uintptr_t i = 0; i < READERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, reader, (void *)i));
	if (work)
		work();
	store_relaxed(&stop, 1);
	for (int i = 0; i < READERS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* Reads on, by turns as read that may be answered at once and as a vector, which never is. */
static ssize_t read_any(unsigned turn, void *to, size_t bytes, off_t at)
{
	struct iovec vector = { to, bytes };

	return turn % 3 ? pread(shared, to, bytes, at) : preadv(shared, &vector, 1, at);
}

/* From one file or the other; zeroes where it was cut. */
static bool bytes_are(const u8 *bytes, ssize_t count)
{
	for (ssize_t i = 0; i < count; i++)
		if (bytes[i] != 'a' && bytes[i] != 'b' && bytes[i])
			return false;
	return true;
}

static void *read_patterns(void *other)
{
	u8 buffer[2 * PAGE];

	for (unsigned turn = 0; !load_relaxed(&stop); turn++) {
		off_t at = turn * 1000 % BYTES;
		ssize_t got = read_any(turn, buffer, turn % 2 ? 100 : sizeof(buffer), at);

		if (!CHECK(got >= 0 && at + got <= BYTES) || !CHECK(bytes_are(buffer, got)))
			break;
	}
	return other;
}

/* The file has the pattern, or zeroes where it was cut and grew again. */
static void cut(void)
{
	for (int i = 0; i < CUTS; i++) {
		CHECK_OK(ftruncate(shared, i % 7 * 1000));
		CHECK_OK(ftruncate(shared, BYTES));
		CHECK_EQ(pwrite(shared, patterns[0], BYTES, 0), BYTES);
	}
}

/* One descriptor stands for one file or the other; each loses its last reference to a reader now and then. */
static void swap(void)
{
	for (int i = 0; i < SWAPS; i++) {
		int fd = (int)REQUIRE_OK(open(i % 2 ? "/tmp/read-race-a" : "/tmp/read-race-b", O_RDWR));

		CHECK_EQ(dup2(fd, shared), shared);
		CHECK_OK(close(fd));
	}
}

static int make(const char *path, const u8 *pattern)
{
	int fd = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));

	CHECK_EQ(write(fd, pattern, BYTES), BYTES);
	return fd;
}

static void *read_records(void *unused)
{
	u64 some[4];
	ssize_t got;

	while ((got = read(shared, some, sizeof(some))) > 0)
		for (ssize_t i = 1; i < got / 8; i++)
			if (!CHECK_EQ(some[i], some[i - 1] + 1))
				return unused;
	CHECK_EQ(got, 0);
	return unused;
}

/* Every read gets records that stand together. On Chime two readers may get the same ones (CAVEATS.md). */
static void check_position(void)
{
	shared = (int)REQUIRE_OK(open("/tmp/read-race-a", O_RDWR | O_TRUNC));
	for (u64 i = 0; i < RECORDS; i++)
		records[i] = i;
	CHECK_EQ(write(shared, records, sizeof(records)), sizeof(records));
	CHECK_EQ(lseek(shared, 0, SEEK_SET), 0);
	run(read_records, NULL);
	CHECK_EQ(lseek(shared, 0, SEEK_CUR), sizeof(records));
	close(shared);
}

int main(void)
{
	memset(patterns[0], 'a', BYTES);
	memset(patterns[1], 'b', BYTES);
	sources[0] = make("/tmp/read-race-a", patterns[0]);
	sources[1] = make("/tmp/read-race-b", patterns[1]);
	shared = (int)REQUIRE_OK(dup(sources[0]));
	run(read_patterns, cut);
	run(read_patterns, swap);
	close(shared);
	close(sources[0]);
	close(sources[1]);
	check_position();
	unlink("/tmp/read-race-a");
	unlink("/tmp/read-race-b");
	return check_done();
}
