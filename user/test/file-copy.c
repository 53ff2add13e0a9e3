/* file-copy.c - sendfile, copy_file_range, fallocate, memfd_create.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int data, to; /* the file of known bytes, 1 MiB; an empty one that can be read and written */

static char bytes[DATA_BYTES];

static bool holds(int fd, off_t at, size_t count, u64 from)
{
	return pread(fd, bytes, count, at) == (ssize_t)count && data_differs(SEED_DATA, bytes, count, from) == -1;
}

static void check_sendfile(void)
{
	off_t offset = 5000;
	int ends[2], append;

	CHECK_EQ(sendfile(to, data, &offset, 10000), 10000);
	CHECK_EQ(offset, 15000);
	CHECK_EQ(lseek(data, 0, SEEK_CUR), 0); /* with an offset the file's own stays */
	CHECK_EQ(lseek(to, 0, SEEK_CUR), 10000);
	CHECK(holds(to, 0, 10000, 5000));
	CHECK_EQ(lseek(data, DATA_BYTES - 3000, SEEK_SET), DATA_BYTES - 3000);
	CHECK_EQ(sendfile(to, data, NULL, 1 << 30), 3000);
	CHECK_EQ(lseek(data, 0, SEEK_CUR), DATA_BYTES);
	CHECK(holds(to, 10000, 3000, DATA_BYTES - 3000));
	CHECK_EQ(sendfile(to, data, NULL, 1), 0); /* the end */
	CHECK_EQ(sendfile(to, data, &offset, 0), 0);
	REQUIRE_OK(pipe(ends));
	offset = 0;
	REQUIRE_EQ(sendfile(ends[1], data, &offset, 6000), 6000);
	CHECK_EQ(read(ends[0], bytes, sizeof(bytes)), 6000);
	CHECK_EQ(data_differs(SEED_DATA, bytes, 6000, 0), -1);
	CHECK_ERRNO(sendfile(to, ends[0], NULL, 1), EINVAL);
	CHECK_ERRNO(sendfile(to, ends[0], &offset, 1), ESPIPE);
	CHECK_ERRNO(sendfile(data, to, NULL, 1), EBADF); /* it cannot be written */
	CHECK_ERRNO(sendfile(to, -1, NULL, 1), EBADF);
	CHECK_ERRNO(syscall(SYS_sendfile, to, data, 16, 1), EFAULT);
	append = (int)REQUIRE_OK(open("/tmp/file-copy", O_WRONLY | O_APPEND));
	CHECK_ERRNO(sendfile(append, data, NULL, 1), EINVAL);
	close(append);
	offset = -1;
	CHECK_ERRNO(sendfile(to, data, &offset, 1), EINVAL);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	offset = 0;
	CHECK_ERRNO(sendfile(ends[1], data, &offset, 1), EPIPE);
	close(ends[1]);
}

static void *pipe_reader(void *argument)
{
	int from = *(int *)argument;
	char piece[5000];
	ssize_t got;
	u64 at = 0;

	while ((got = read(from, piece, sizeof(piece))) > 0) {
		CHECK_EQ(data_differs(SEED_DATA, piece, (size_t)got, at), -1);
		at += (u64)got;
	}
	CHECK_EQ(at, DATA_BYTES);
	return NULL;
}

/* More than the pipe holds: the sender waits for the reader. */
static void check_pipe(void)
{
	off_t offset = 0;
	pthread_t thread;
	int ends[2];

	REQUIRE_OK(pipe(ends));
	REQUIRE_EQ(pthread_create(&thread, NULL, pipe_reader, &ends[0]), 0);
	while (offset < DATA_BYTES && CHECK(sendfile(ends[1], data, &offset, DATA_BYTES) > 0))
		;
	close(ends[1]);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	close(ends[0]);
}

static void check_range(void)
{
	off_t in = 0, out = 100;
	int append, dir = (int)REQUIRE_OK(open("/tmp", O_RDONLY)), other;

	CHECK_OK(ftruncate(to, 0));
	CHECK_EQ(lseek(to, 0, SEEK_SET), 0);
	CHECK_EQ(lseek(data, 0, SEEK_SET), 0);
	for (size_t done = 0; done < 20000;) { /* data may lie on another file system */
		ssize_t got = sendfile(to, data, NULL, 20000 - done);

		if (!CHECK(got > 0))
			break;
		done += (size_t)got;
	}
	other = (int)REQUIRE_OK(open("/tmp/file-copy2", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CHECK_EQ(copy_file_range(to, &in, other, &out, 15000, 0), 15000);
	CHECK_EQ(in, 15000);
	CHECK_EQ(out, 15100);
	CHECK(holds(other, 100, 15000, 0));
	CHECK_EQ(lseek(other, 0, SEEK_CUR), 0);
	CHECK_EQ(copy_file_range(to, &in, other, NULL, 50000, 0), 5000);
	CHECK_EQ(lseek(other, 0, SEEK_CUR), 5000);
	CHECK(holds(other, 0, 5000, 15000));
	CHECK_EQ(copy_file_range(to, &in, other, NULL, 50000, 0), 0);
	/* within one file, if the two ranges do not touch */
	in = 0;
	out = 8000;
	CHECK_EQ(copy_file_range(to, &in, to, &out, 8000, 0), 8000);
	CHECK(holds(to, 8000, 8000, 0));
	in = 0;
	out = 100;
	CHECK_ERRNO(copy_file_range(to, &in, to, &out, 101, 0), EINVAL);
	CHECK_ERRNO(copy_file_range(to, NULL, other, NULL, 1, 1), EINVAL);
	CHECK_ERRNO(copy_file_range(dir, NULL, other, NULL, 1, 0), EISDIR);
	CHECK_ERRNO(copy_file_range(to, NULL, -1, NULL, 1, 0), EBADF);
	append = (int)REQUIRE_OK(open("/tmp/file-copy2", O_WRONLY | O_APPEND));
	CHECK_ERRNO(copy_file_range(to, NULL, append, NULL, 1, 0), EBADF);
	close(append);
	close(other);
	close(dir);
	CHECK_OK(unlink("/tmp/file-copy2"));
}

static void check_fallocate(void)
{
	struct rlimit before, limit;
	struct stat stat;
	char byte = 1;

	CHECK_OK(ftruncate(to, 0));
	CHECK_OK(fallocate(to, 0, 5000, 10000));
	CHECK_OK(fstat(to, &stat));
	CHECK_EQ(stat.st_size, 15000);
	CHECK(stat.st_blocks >= 3 * 8);
	CHECK_EQ(pread(to, &byte, 1, 14999), 1);
	CHECK_EQ(byte, 0);
	CHECK_OK(fallocate(to, FALLOC_FL_KEEP_SIZE, 0, 50000));
	CHECK_OK(fallocate(to, 0, 0, 100)); /* never shorter */
	CHECK_OK(fstat(to, &stat));
	CHECK_EQ(stat.st_size, 15000);
	CHECK_EQ(pwrite(to, "x", 1, 14000), 1); /* what is there stays */
	CHECK_OK(posix_fallocate(to, 13000, 5000));
	CHECK_EQ(pread(to, &byte, 1, 14000), 1);
	CHECK_EQ(byte, 'x');
	CHECK_ERRNO(fallocate(to, 0, -1, 5), EINVAL);
	CHECK_ERRNO(fallocate(to, 0, 5, 0), EINVAL);
	CHECK_ERRNO(fallocate(to, 0x400, 0, 5), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(data, 0, 0, 5), EBADF);
	CHECK_OK(getrlimit(RLIMIT_FSIZE, &before));
	limit = before;
	limit.rlim_cur = 30000;
	signal(SIGXFSZ, SIG_IGN);
	CHECK_OK(setrlimit(RLIMIT_FSIZE, &limit));
	CHECK_ERRNO(fallocate(to, 0, 40000, 5), EFBIG);
	CHECK_OK(setrlimit(RLIMIT_FSIZE, &before));
	CHECK_OK(ftruncate(to, 0));
}

static void check_memfd(void)
{
	int fd = (int)REQUIRE_OK(memfd_create("a name", MFD_CLOEXEC)), status;
	struct stat stat;
	char *at;
	pid_t child;

	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(write(fd, "hello", 5), 5);
	CHECK_OK(ftruncate(fd, PAGE));
	CHECK_OK(fstat(fd, &stat));
	CHECK(S_ISREG(stat.st_mode));
	CHECK_EQ(stat.st_size, PAGE);
	CHECK_EQ(stat.st_nlink, 0);
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(at != MAP_FAILED);
	CHECK(!memcmp(at, "hello", 6));
	child = (pid_t)REQUIRE_OK(fork());
	if (!child) {
		at[100] = 'c';
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(pread(fd, bytes, 1, 100), 1);
	CHECK_EQ(bytes[0], 'c');
	CHECK_OK(munmap(at, PAGE));
	CHECK_OK(close(fd));
	CHECK_ERRNO(memfd_create("x", 1u << 20), EINVAL);
	CHECK_ERRNO(syscall(SYS_memfd_create, 16, 0), EFAULT);
	memset(bytes, 'n', 300);
	bytes[300] = 0;
	CHECK_ERRNO(memfd_create(bytes, 0), EINVAL);
}

int main(void)
{
	data = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	to = (int)REQUIRE_OK(open("/tmp/file-copy", O_RDWR | O_CREAT | O_TRUNC, 0600));
	check_sendfile();
	check_pipe();
	check_range();
	check_fallocate();
	check_memfd();
	close(to);
	close(data);
	CHECK_OK(unlink("/tmp/file-copy"));
	return check_done();
}
