/* bad-pointer.c - every system call that takes pointers, with every kind of pointer that is none: each answers an
 * errno and the program goes on. Structures that cross into nothing are not half used; structures at odd addresses
 * work.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* Arguments of the table: BAD is replaced by one bad pointer after the other, these by what they say. */
#define BAD	(~0ul - 1000)
#define FILE_FD (~0ul - 1001) /* a file that can be read */
#define TEMP_FD (~0ul - 1002) /* one that can be written */
#define DIR_FD	(~0ul - 1003)
#define GOOD	(~0ul - 1004) /* a page of zeroes that can be written */
#define NAME	(~0ul - 1005) /* the path "new", which does not exist */
#define IOVEC	(~0ul - 1006) /* one struct iovec whose base is bad */

enum direction { IN, OUT }; /* an IN pointer may be read-only memory, and then is no bad one */

static const struct row {
	const char *name;
	long number;
	enum direction direction;
	u64 args[6];
} rows[] = {
	{ "read", SYS_read, OUT, { FILE_FD, BAD, 100 } },
	{ "pread64", SYS_pread64, OUT, { FILE_FD, BAD, 100, 5 } },
	{ "write", SYS_write, IN, { TEMP_FD, BAD, 100 } },
	{ "pwrite64", SYS_pwrite64, IN, { TEMP_FD, BAD, 100, 5 } },
	{ "readv", SYS_readv, IN, { FILE_FD, BAD, 1 } },
	{ "writev", SYS_writev, IN, { TEMP_FD, BAD, 1 } },
	{ "preadv", SYS_preadv, IN, { FILE_FD, BAD, 1 } },
	{ "readv base", SYS_readv, OUT, { FILE_FD, IOVEC, 1 } },
	{ "writev base", SYS_writev, IN, { TEMP_FD, IOVEC, 1 } },
	{ "openat", SYS_openat, IN, { DIR_FD, BAD, O_RDONLY } },
	{ "newfstatat path", SYS_newfstatat, IN, { DIR_FD, BAD, GOOD } },
	{ "newfstatat", SYS_newfstatat, OUT, { FILE_FD, GOOD, BAD, AT_EMPTY_PATH } },
	{ "fstat", SYS_fstat, OUT, { FILE_FD, BAD } },
	{ "statx path", SYS_statx, IN, { DIR_FD, BAD, 0, STATX_ALL, GOOD } },
	{ "statx", SYS_statx, OUT, { FILE_FD, GOOD, AT_EMPTY_PATH, STATX_BASIC_STATS, BAD } },
	{ "fstatfs", SYS_fstatfs, OUT, { FILE_FD, BAD } },
	{ "statfs", SYS_statfs, IN, { BAD, GOOD } },
	{ "readlinkat path", SYS_readlinkat, IN, { DIR_FD, BAD, GOOD, 10 } },
	{ "getdents64", SYS_getdents64, OUT, { DIR_FD, BAD, 1000 } },
	{ "getcwd", SYS_getcwd, OUT, { BAD, 1000 } },
	{ "mkdirat", SYS_mkdirat, IN, { DIR_FD, BAD, 0700 } },
	{ "mknodat", SYS_mknodat, IN, { DIR_FD, BAD, S_IFIFO | 0700 } },
	{ "unlinkat", SYS_unlinkat, IN, { DIR_FD, BAD, 0 } },
	{ "symlinkat target", SYS_symlinkat, IN, { BAD, DIR_FD, NAME } },
	{ "symlinkat", SYS_symlinkat, IN, { NAME, DIR_FD, BAD } },
	{ "linkat", SYS_linkat, IN, { DIR_FD, BAD, DIR_FD, NAME, 0 } },
	{ "renameat2", SYS_renameat2, IN, { DIR_FD, BAD, DIR_FD, NAME, 0 } },
	{ "renameat2 to", SYS_renameat2, IN, { DIR_FD, NAME, DIR_FD, BAD, 0 } },
	{ "truncate", SYS_truncate, IN, { BAD, 0 } },
	{ "chdir", SYS_chdir, IN, { BAD } },
	{ "faccessat", SYS_faccessat, IN, { DIR_FD, BAD, F_OK } },
	{ "fchmodat", SYS_fchmodat, IN, { DIR_FD, BAD, 0600 } },
	{ "execve", SYS_execve, IN, { BAD, 0, 0 } },
	{ "nanosleep", SYS_nanosleep, IN, { BAD, 0 } },
	{ "clock_nanosleep", SYS_clock_nanosleep, IN, { CLOCK_MONOTONIC, 0, BAD, 0 } },
	{ "clock_gettime", SYS_clock_gettime, OUT, { CLOCK_MONOTONIC, BAD } },
	{ "clock_getres", SYS_clock_getres, OUT, { CLOCK_MONOTONIC, BAD } },
	{ "gettimeofday", SYS_gettimeofday, OUT, { BAD, 0 } },
	{ "uname", SYS_uname, OUT, { BAD } },
	{ "sysinfo", SYS_sysinfo, OUT, { BAD } },
	{ "times", SYS_times, OUT, { BAD } },
	{ "getrusage", SYS_getrusage, OUT, { RUSAGE_SELF, BAD } },
	{ "prlimit64", SYS_prlimit64, OUT, { 0, RLIMIT_NOFILE, 0, BAD } },
	{ "prlimit64 new", SYS_prlimit64, IN, { 0, RLIMIT_CORE, BAD, 0 } },
	{ "getrandom", SYS_getrandom, OUT, { BAD, 16, 0 } },
	{ "ppoll", SYS_ppoll, OUT, { BAD, 1, GOOD, 0, 8 } },
	{ "ppoll time", SYS_ppoll, IN, { GOOD, 0, BAD, 0, 8 } },
	{ "futex wait", SYS_futex, IN, { BAD, FUTEX_WAIT_PRIVATE, 0, GOOD, 0, 0 } },
	{ "futex shared", SYS_futex, IN, { BAD, FUTEX_WAIT, 0, GOOD, 0, 0 } },
	{ "futex time", SYS_futex, IN, { GOOD, FUTEX_WAIT_PRIVATE, 0, BAD, 0, 0 } },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, OUT, { SIG_BLOCK, 0, BAD, 8 } },
	{ "rt_sigprocmask set", SYS_rt_sigprocmask, IN, { SIG_BLOCK, BAD, 0, 8 } },
	{ "rt_sigaction", SYS_rt_sigaction, OUT, { SIGUSR1, 0, BAD, 8 } },
	{ "sched_getaffinity", SYS_sched_getaffinity, OUT, { 0, 8, BAD } },
	{ "io_uring_setup", SYS_io_uring_setup, OUT, { 8, BAD } },
};

enum kind { UNMAPPED, FORBIDDEN, READ_ONLY, KERNEL, GAP, LAST, KINDS };

static const char *const kind_names[KINDS] = {
	"unmapped", "PROT_NONE", "read-only", "kernel", "no address", "last byte"
};
static u64 bad[KINDS];
static char *good, *edge; /* a page of zeroes, which ends at EDGE, after which nothing is */
static int file_fd, temp_fd, directory_fd;

/* Six pages: good, unmapped, PROT_NONE, read-only. */
static void prepare(void)
{
	good = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(good != MAP_FAILED);
	edge = good + PAGE;
	memset(edge + 2 * PAGE, 0, PAGE);
	REQUIRE_OK(munmap(edge, PAGE));
	REQUIRE_OK(mprotect(edge + PAGE, PAGE, PROT_NONE));
	REQUIRE_OK(mprotect(edge + 2 * PAGE, PAGE, PROT_READ));
	bad[UNMAPPED] = (uintptr_t)edge;
	bad[FORBIDDEN] = (uintptr_t)edge + PAGE;
	bad[READ_ONLY] = (uintptr_t)edge + 2 * PAGE;
	bad[KERNEL] = -(1ull << 38);
	bad[GAP] = 1ull << 62;
	bad[LAST] = ~0ull;
	file_fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	temp_fd = (int)REQUIRE_OK(open("/tmp/bad-pointer", O_RDWR | O_CREAT | O_TRUNC, 0600));
	directory_fd = (int)REQUIRE_OK(open("/tmp", O_RDONLY | O_DIRECTORY));
}

static u64 argument(u64 given, u64 pointer, struct iovec *vector)
{
	*vector = (struct iovec){ (void *)(uintptr_t)pointer, 100 };
	switch (given) {
	case BAD:
		return pointer;
	case FILE_FD:
		return (u64)file_fd;
	case TEMP_FD:
		return (u64)temp_fd;
	case DIR_FD:
		return (u64)directory_fd;
	case GOOD:
		return (uintptr_t)good;
	case NAME:
		return (uintptr_t) "bad-pointer-new";
	case IOVEC:
		return (uintptr_t)vector;
	default:
		return given;
	}
}

static void check_row(const struct row *row, enum kind kind)
{
	struct iovec vector;
	u64 args[6];
	long ret;

	for (int i = 0; i < 6; i++)
		args[i] = argument(row->args[i], bad[kind], &vector);
	ret = syscall(row->number, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (!CHECK(ret == -1 && (errno == EFAULT || errno == ENOSYS || errno == ENOENT || errno == EINVAL)))
		check_note("%s, %s: answers %ld, %s", row->name, kind_names[kind], ret,
			   ret == -1 ? strerror(errno) : "");
}

/* A structure that begins in good memory and ends in none. */
static void check_crossing(void)
{
	CHECK_ERRNO(syscall(SYS_fstat, file_fd, edge - 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, edge - 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_nanosleep, edge - 8, NULL), EFAULT);
	CHECK_ERRNO(syscall(SYS_uname, edge - 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, edge - 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_readv, file_fd, edge - 8, 1), EFAULT);
	CHECK_ERRNO(syscall(SYS_futex, edge - 2, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), EINVAL);
	memset(edge - 8, 'x', 8);
	CHECK_ERRNO(syscall(SYS_openat, AT_FDCWD, edge - 8, O_RDONLY), EFAULT);
	memset(edge - 8, 0, 8);
}

/* Data that goes over the edge: what fits may be moved, no more is claimed. */
static void check_partial(void)
{
	struct iovec vectors[2] = { { good, 10 }, { edge, 10 } };
	long ret;

	ret = pread(file_fd, edge - 8, 100, 0);
	CHECK(ret == 8 || (ret == -1 && errno == EFAULT));
	ret = pwrite(temp_fd, edge - 8, 100, 0);
	CHECK(ret == 8 || (ret == -1 && errno == EFAULT));
	ret = preadv(file_fd, vectors, 2, 0);
	CHECK(ret == 10 || (ret == -1 && errno == EFAULT));
	memset(good, 0, PAGE);
}

static void check_lengths(void)
{
	static const size_t lengths[] = { -1ul, 1ul << 63, (1ul << 63) - 1, 1ul << 62, 1ul << 32 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		long ret = syscall(SYS_pread64, file_fd, good, lengths[i], 0);

		CHECK((ret >= 0 && ret <= PAGE) || (ret == -1 && (errno == EFAULT || errno == EINVAL)));
		ret = syscall(SYS_pwrite64, temp_fd, good, lengths[i], 0);
		CHECK((ret >= 0 && ret <= PAGE) || (ret == -1 && (errno == EFAULT || errno == EINVAL)));
		ret = syscall(SYS_getrandom, edge, lengths[i], 0);
		CHECK(ret == -1 && (errno == EFAULT || errno == EINVAL));
	}
	memset(good, 0, PAGE);
}

/* Odd addresses are good addresses. */
static void check_odd(void)
{
	struct iovec vector = { good + 501, 7 };
	struct timespec zero = { 0, 0 };

	CHECK_EQ(syscall(SYS_fstat, file_fd, good + 1), 0);
	CHECK_EQ(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, good + 203), 0);
	memcpy(good + 305, &zero, sizeof(zero));
	CHECK_EQ(syscall(SYS_nanosleep, good + 305, NULL), 0);
	memcpy(good + 403, &vector, sizeof(vector));
	CHECK_EQ(syscall(SYS_readv, file_fd, good + 403, 1), 7);
	memset(good, 0, PAGE);
}

int main(void)
{
	prepare();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (enum kind kind = 0; kind < KINDS; kind++)
			if (kind != READ_ONLY || rows[i].direction == OUT)
				check_row(&rows[i], kind);
	check_crossing();
	check_partial();
	check_lengths();
	check_odd();
	CHECK_EQ(close(temp_fd), 0);
	CHECK_EQ(unlink("/tmp/bad-pointer"), 0);
	return check_done();
}
