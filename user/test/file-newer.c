/* file-newer.c - calls that Linux got later: close_range, faccessat2, preadv2 and pwritev2.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NR_CLOSE_RANGE = 436, NR_FACCESSAT2 = 439 };
enum { UNSHARE = 2, CLOEXEC = 4 };

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void check_close_range(void)
{
	int fd = (int)REQUIRE_OK(eventfd(0, 0));

	for (int i = 0; i < 8; i++)
		CHECK_EQ(dup2(fd, 40 + i), 40 + i);
	CHECK_EQ(dup2(fd, 900), 900);
	CHECK_OK(syscall(NR_CLOSE_RANGE, 42, 43, 0));
	CHECK(is_open(41) && !is_open(42) && !is_open(43) && is_open(44));
	CHECK_OK(syscall(NR_CLOSE_RANGE, 46, ~0u, CLOEXEC));
	CHECK_EQ(fcntl(45, F_GETFD), 0);
	CHECK_EQ(fcntl(46, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(900, F_GETFD), FD_CLOEXEC);
	CHECK_OK(syscall(NR_CLOSE_RANGE, 44, 44, UNSHARE));
	CHECK(!is_open(44) && is_open(45));
	CHECK_OK(syscall(NR_CLOSE_RANGE, 2000000000u, 4000000000u, 0));
	CHECK_ERRNO(syscall(NR_CLOSE_RANGE, 45, 44, 0), EINVAL);
	CHECK_ERRNO(syscall(NR_CLOSE_RANGE, 44, 45, 1), EINVAL);
	CHECK_OK(syscall(NR_CLOSE_RANGE, 40, ~0u, 0));
	CHECK(!is_open(40) && !is_open(45) && !is_open(900) && is_open(fd));
	close(fd);
}

static void check_access(void)
{
	const char *hello = data_path("hello"), *link = "/tmp/newer-link";
	int fd = (int)REQUIRE_OK(open(hello, O_RDONLY)), dir = (int)REQUIRE_OK(open(data_dir(), O_PATH));

	CHECK_OK(syscall(NR_FACCESSAT2, AT_FDCWD, hello, R_OK, 0));
	CHECK_OK(syscall(NR_FACCESSAT2, dir, "hello", R_OK, AT_EACCESS));
	CHECK_OK(syscall(NR_FACCESSAT2, fd, "", R_OK, AT_EMPTY_PATH));
	CHECK_ERRNO(syscall(NR_FACCESSAT2, fd, "", R_OK, 0), ENOENT);
	CHECK_ERRNO(syscall(NR_FACCESSAT2, dir, "nothing", F_OK, 0), ENOENT);
	CHECK_ERRNO(syscall(NR_FACCESSAT2, dir, "hello", R_OK, 1), EINVAL);
	CHECK_ERRNO(syscall(NR_FACCESSAT2, dir, "hello", 8, 0), EINVAL);
	unlink(link);
	REQUIRE_OK(symlink("nowhere", link));
	CHECK_ERRNO(syscall(NR_FACCESSAT2, AT_FDCWD, link, F_OK, 0), ENOENT);
	CHECK_OK(syscall(NR_FACCESSAT2, AT_FDCWD, link, F_OK, AT_SYMLINK_NOFOLLOW));
	CHECK_OK(unlink(link));
	close(dir);
	close(fd);
}

static void check_vectors(void)
{
	int fd = (int)REQUIRE_OK(open("/tmp/newer", O_RDWR | O_CREAT | O_TRUNC, 0600)), ends[2];
	char a[4] = "", b[8] = "";
	struct iovec out[] = { { "abc", 3 }, { "defgh", 5 } }, in[] = { { a, 3 }, { b, 5 } };
	ssize_t got;

	CHECK_EQ(pwritev2(fd, out, 2, -1, 0), 8); /* -1: at the file's own position, which moves */
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 8);
	CHECK_EQ(pwritev2(fd, out, 2, 100, RWF_SYNC | RWF_DSYNC), 8);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 8);
	CHECK_EQ(preadv2(fd, in, 2, 100, RWF_HIPRI), 8);
	CHECK(!memcmp(a, "abc", 3) && !memcmp(b, "defgh", 5));
	CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
	CHECK_EQ(preadv2(fd, in, 1, -1, 0), 3);
	CHECK(!memcmp(a, "cde", 3));
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
	/* at once, or not at all; what is in memory mostly can, but never must */
	memset(a, 0, sizeof(a));
	got = preadv2(fd, in, 2, 0, RWF_NOWAIT);
	if (got < 0)
		CHECK(errno == EAGAIN || errno == EOPNOTSUPP);
	else
		CHECK(got >= 3 && !memcmp(a, "abc", 3));
	got = preadv2(fd, in, 2, 4000, RWF_NOWAIT); /* behind the end */
	CHECK(got == 0 || (got < 0 && (errno == EAGAIN || errno == EOPNOTSUPP)));
	CHECK_ERRNO(preadv2(fd, in, 2, 0, 1 << 20), EOPNOTSUPP);
	CHECK_ERRNO(preadv2(fd, in, 2, -2, 0), EINVAL);
	CHECK_ERRNO(preadv2(-1, in, 2, 0, RWF_NOWAIT), EBADF);
	close(fd);
	CHECK_OK(unlink("/tmp/newer"));
	/* an empty pipe is not waited for */
	REQUIRE_OK(pipe(ends));
	CHECK_ERRNO(preadv2(ends[0], in, 2, -1, RWF_NOWAIT), EAGAIN);
	REQUIRE_EQ(write(ends[1], "xyz", 3), 3);
	got = preadv2(ends[0], in, 2, -1, RWF_NOWAIT);
	CHECK(got == 3 || (got < 0 && errno == EAGAIN));
	CHECK_ERRNO(preadv2(ends[0], in, 2, 0, 0), ESPIPE);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	check_close_range();
	check_access();
	check_vectors();
	return check_done();
}
