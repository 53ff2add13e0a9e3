/* ring-write.c - WRITE, WRITEV and FSYNC on a file in /tmp.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/data.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <unistd.h>

static struct io_uring ring;
static const char path[] = "/tmp/ring-write";

static s32 ring_write(int fd, const void *from, unsigned bytes, u64 offset)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_write(sqe, fd, from, bytes, offset);
	return ring_run(&ring, sqe);
}

static s32 ring_writev(int fd, const struct iovec *vectors, unsigned count, u64 offset)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_writev(sqe, fd, vectors, count, offset);
	return ring_run(&ring, sqe);
}

static s32 ring_fsync(int fd, unsigned flags)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_fsync(sqe, fd, flags);
	return ring_run(&ring, sqe);
}

static void check_content(int fd, const char *expected)
{
	char text[64] = "";
	ssize_t length = (ssize_t)strlen(expected);

	CHECK_EQ(pread(fd, text, sizeof(text), 0), length);
	if (!CHECK(!memcmp(text, expected, (size_t)length)))
		check_note("'%s', not '%s'", text, expected);
}

static void check_write(int fd)
{
	struct iovec vectors[] = { { (char *)"one", 3 }, { NULL, 0 }, { (char *)"two", 3 } };

	CHECK_EQ(ring_write(fd, "hello", 5, 0), 5);
	CHECK_EQ(ring_write(fd, "J", 1, 0), 1);
	check_content(fd, "Jello");
	CHECK_EQ(ring_writev(fd, vectors, 3, 5), 6);
	check_content(fd, "Jelloonetwo");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(ring_write(fd, "abc", 3, -1ull), 3); /* at the file's position */
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3);
	check_content(fd, "abcloonetwo");
	CHECK_EQ(ring_write(fd, "", 0, 0), 0);
	CHECK_EQ(ring_writev(fd, vectors, 0, 0), 0);
}

static void check_append(void)
{
	int fd = (int)REQUIRE_OK(open(path, O_RDWR | O_APPEND | O_TRUNC));

	CHECK_EQ(ring_write(fd, "12", 2, 0), 2);
	CHECK_EQ(ring_write(fd, "34", 2, 0), 2);
	check_content(fd, "1234");
	close(fd);
}

/* Several pages written through the ring come back by read. */
static void check_large(int fd)
{
	enum { BYTES = 50000 };
	static u8 out[BYTES], in[BYTES];

	for (size_t i = 0; i < BYTES; i++)
		out[i] = data_byte(9, i);
	CHECK_EQ(ring_write(fd, out, BYTES, 1000), BYTES);
	CHECK_EQ(pread(fd, in, BYTES, 1000), BYTES);
	CHECK_EQ(data_differs(9, in, BYTES, 0), -1);
}

static void check_refused(int fd)
{
	int reader = (int)REQUIRE_OK(open(path, O_RDONLY));

	CHECK_EQ(ring_write(reader, "x", 1, 0), -EBADF);
	CHECK_EQ(ring_write(999, "x", 1, 0), -EBADF);
	CHECK_EQ(ring_write(fd, (void *)-4096, 1, 0), -EFAULT);
	CHECK_EQ(ring_write(fd, NULL, 1, 0), -EFAULT);
	CHECK_EQ(ring_writev(fd, (void *)-4096, 1, 0), -EFAULT);
	CHECK_EQ(ring_write(fd, "x", 1, -2ull), -EINVAL);
	close(reader);
}

static void check_fsync(int fd)
{
	struct io_uring_sqe *sqe;

	CHECK_EQ(ring_fsync(fd, 0), 0);
	CHECK_EQ(ring_fsync(fd, IORING_FSYNC_DATASYNC), 0);
	CHECK_EQ(ring_fsync(fd, 1u << 5), -EINVAL);
	CHECK_EQ(ring_fsync(999, 0), -EBADF);
	sqe = ring_sqe(&ring);
	io_uring_prep_fsync(sqe, fd, 0);
	sqe->addr = 1; /* a field that FSYNC does not have */
	CHECK_EQ(ring_run(&ring, sqe), -EINVAL);
}

int main(void)
{
	int fd;

	ring_make(&ring, 4);
	fd = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
	check_write(fd);
	check_append();
	check_large(fd);
	check_refused(fd);
	check_fsync(fd);
	close(fd);
	unlink(path);
	io_uring_queue_exit(&ring);
	return check_done();
}
