/* file-advise.c - posix_fadvise, readahead, sync_file_range: advice changes nothing, and nonsense is refused.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, ADVICES = 6 };

static int data, writable, ends[2];

static long advise(int fd, long at, long bytes, int advice)
{
	return syscall(SYS_fadvise64, fd, at, bytes, advice);
}

static void check_advice(void)
{
	static char bytes[PAGE];

	for (int advice = 0; advice < ADVICES; advice++) {
		CHECK_OK(advise(data, 0, 0, advice));
		CHECK_OK(advise(data, 100, 1l << 40, advice));
		CHECK_OK(advise(data, -1, 5, advice));
		CHECK_EQ(pread(data, bytes, PAGE, PAGE), PAGE);
		CHECK_EQ(data_differs(SEED_DATA, bytes, PAGE, PAGE), -1);
	}
	CHECK_ERRNO(advise(data, 0, -1, 0), EINVAL);
	CHECK_ERRNO(advise(data, 0, 0, ADVICES), EINVAL);
	CHECK_ERRNO(advise(data, 0, 0, -1), EINVAL);
	CHECK_ERRNO(advise(ends[0], 0, 0, 0), ESPIPE);
	CHECK_ERRNO(advise(-1, 0, 0, 0), EBADF);
}

static void check_readahead(void)
{
	CHECK_OK(readahead(data, 0, 1 << 20));
	CHECK_OK(readahead(data, 1l << 40, 1));
	CHECK_ERRNO(readahead(writable, 0, 1), EBADF);
	CHECK_ERRNO(readahead(ends[0], 0, 1), EINVAL);
	CHECK_ERRNO(readahead(-1, 0, 1), EBADF);
}

static void check_sync(void)
{
	CHECK_EQ(write(writable, "some", 4), 4);
	CHECK_OK(sync_file_range(writable, 0, 0, SYNC_FILE_RANGE_WRITE));
	CHECK_OK(sync_file_range(writable, 0, PAGE, 7));
	CHECK_OK(sync_file_range(data, 0, PAGE, 0));
	CHECK_ERRNO(sync_file_range(writable, 0, PAGE, 8), EINVAL);
	CHECK_ERRNO(sync_file_range(writable, -1, PAGE, 0), EINVAL);
	CHECK_ERRNO(sync_file_range(writable, 0, -1, 0), EINVAL);
	CHECK_ERRNO(sync_file_range(writable, INT64_MAX, 1, 0), EINVAL);
	CHECK_ERRNO(sync_file_range(ends[1], 0, 0, 0), ESPIPE);
	CHECK_ERRNO(sync_file_range(-1, 0, 0, 0), EBADF);
}

int main(void)
{
	data = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	writable = (int)REQUIRE_OK(open("/tmp/file-advise", O_WRONLY | O_CREAT | O_TRUNC, 0600));
	REQUIRE_OK(pipe(ends));
	check_advice();
	check_readahead();
	check_sync();
	unlink("/tmp/file-advise");
	return check_done();
}
