/* fd-table.c - descriptor numbers: the lowest free one, duplicates that share a position, flags of the descriptor and
 * of the open file, the limit, and -EBADF for everything that is not open.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <unistd.h>

static const char path[] = "/tmp/fd-table";

static void check_lowest(void)
{
	int a = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600)), b = (int)CHECK_OK(dup(a));
	int c = (int)CHECK_OK(dup(a));

	CHECK(a >= 3 && b == a + 1 && c == b + 1);
	CHECK_OK(close(b));
	CHECK_EQ(dup(c), b);
	CHECK_EQ(fcntl(a, F_DUPFD, 100), 100);
	CHECK_EQ(fcntl(a, F_DUPFD, 100), 101);
	CHECK_EQ(dup2(a, 200), 200);
	CHECK_EQ(dup2(a, 200), 200); /* closes what was there */
	CHECK_EQ(dup2(a, a), a);
	CHECK_OK(close(100));
	CHECK_OK(close(101));
	CHECK_OK(close(200));
	CHECK_OK(close(a));
	CHECK_OK(close(b));
	CHECK_OK(close(c));
	CHECK_ERRNO(close(a), EBADF);
}

static void check_shared(void)
{
	int a = (int)REQUIRE_OK(open(path, O_RDWR)), b = (int)REQUIRE_OK(dup(a)),
	    other = (int)REQUIRE_OK(open(path, O_RDWR));
	char text[4];

	CHECK_EQ(write(a, "abcdef", 6), 6);
	CHECK_EQ(lseek(b, 0, SEEK_CUR), 6);
	CHECK_EQ(lseek(b, 2, SEEK_SET), 2);
	CHECK_OK(close(b));
	CHECK_EQ(read(a, text, 2), 2);
	CHECK(!memcmp(text, "cd", 2));
	CHECK_EQ(read(other, text, 2), 2); /* opened by itself: a position of its own */
	CHECK(!memcmp(text, "ab", 2));
	CHECK_OK(close(a));
	CHECK_OK(close(other));
}

static void check_flags(void)
{
	int a = (int)REQUIRE_OK(open(path, O_RDWR | O_CLOEXEC)), b;

	CHECK_EQ(fcntl(a, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(a, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK), O_RDWR);
	b = (int)CHECK_OK(dup(a));
	CHECK_EQ(fcntl(b, F_GETFD), 0); /* belongs to the number, not to the file */
	CHECK_OK(close(b));
	b = (int)CHECK_OK(fcntl(a, F_DUPFD_CLOEXEC, 10));
	CHECK(b >= 10);
	CHECK_EQ(fcntl(b, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(dup3(a, b, O_CLOEXEC), b);
	CHECK_EQ(fcntl(b, F_GETFD), FD_CLOEXEC);
	CHECK_OK(fcntl(b, F_SETFD, 0));
	CHECK_EQ(fcntl(b, F_GETFD), 0);
	CHECK_EQ(fcntl(a, F_GETFD), FD_CLOEXEC);

	CHECK_OK(fcntl(b, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY)); /* the access mode cannot be changed */
	CHECK_EQ(fcntl(a, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK), O_RDWR | O_APPEND | O_NONBLOCK);
	CHECK_EQ(pwrite(a, "x", 1, 0), 1); /* O_APPEND beats pwrite's position, in Linux */
	CHECK_EQ(lseek(a, 0, SEEK_END), 7);
	CHECK_OK(fcntl(a, F_SETFL, 0));
	CHECK_EQ(fcntl(b, F_GETFL) & (O_APPEND | O_NONBLOCK), 0);
	CHECK_OK(close(a));
	CHECK_OK(close(b));
}

static void check_bad(void)
{
	int a = (int)REQUIRE_OK(open(path, O_RDONLY));

	CHECK_ERRNO(close(-1), EBADF);
	CHECK_ERRNO(close(1 << 30), EBADF);
	CHECK_ERRNO(dup(-1), EBADF);
	CHECK_ERRNO(dup(999), EBADF);
	CHECK_ERRNO(dup3(a, a, 0), EINVAL);
	CHECK_ERRNO(dup3(a, 50, O_APPEND), EINVAL);
	CHECK_ERRNO(dup3(999, 50, 0), EBADF);
	CHECK_ERRNO(dup3(a, -1, 0), EBADF);
	CHECK_ERRNO(dup3(a, 1 << 30, 0), EBADF);
	CHECK_ERRNO(fcntl(999, F_GETFL), EBADF);
	CHECK_ERRNO(fcntl(a, F_DUPFD, -1), EINVAL);
	CHECK_ERRNO(fcntl(a, F_DUPFD, 1 << 30), EINVAL);
	CHECK_ERRNO(fcntl(a, 9999), EINVAL);
	CHECK_ERRNO(read(999, "", 0), EBADF);
	CHECK_ERRNO(write(a, "x", 1), EBADF); /* open, but not for that */
	CHECK_OK(close(a));
}

/* Take all there are, give them back, and the first is free again. */
static void check_limit(void)
{
	enum { MOST = 100000 };
	static int taken[MOST];
	int count = 0, fd, first = (int)REQUIRE_OK(open(path, O_RDONLY));

	while ((fd = dup(first)) >= 0 && count < MOST) {
		CHECK(fd > (count ? taken[count - 1] : first));
		taken[count++] = fd;
	}
	CHECK_ERRNO(fd, EMFILE);
	CHECK(count >= 200);
	CHECK_ERRNO(open(path, O_RDONLY), EMFILE);
	CHECK_OK(close(taken[77]));
	CHECK_EQ(open(path, O_RDONLY), taken[77]);
	while (count)
		CHECK_OK(close(taken[--count]));
	CHECK_EQ(dup(first), taken[0]);
	CHECK_OK(close(taken[0]));
	CHECK_OK(close(first));
}

/* What opening was asked for, but for what it was over with. O_LARGEFILE is the kernel's, where all is 64 bits. */
static void check_flags_of_opening(void)
{
	enum { LARGE = 0100000 };
	int fd = (int)REQUIRE_OK(open("/tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_SYNC | O_CLOEXEC));

	CHECK_EQ(fcntl(fd, F_GETFL), O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_SYNC | LARGE);
	CHECK_OK(close(fd));
	fd = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOCTTY | O_APPEND, 0600));
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_APPEND | LARGE);
	CHECK_OK(close(fd));
}

int main(void)
{
	check_lowest();
	check_shared();
	check_flags();
	check_flags_of_opening();
	check_bad();
	check_limit();
	unlink(path);
	return check_done();
}
