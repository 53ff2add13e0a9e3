/* limits.c - resource limits: telling and setting them, and what happens at them.
 *
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/in-child.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void set(int which, rlim_t current)
{
	struct rlimit limit;

	REQUIRE_OK(getrlimit(which, &limit));
	limit.rlim_cur = current;
	CHECK_OK(setrlimit(which, &limit));
}

static void check_values(void)
{
	struct rlimit limit = { 10, 20 }, old;

	CHECK_OK(getrlimit(RLIMIT_STACK, &limit));
	CHECK_EQ(limit.rlim_cur, 8 << 20);
	limit = (struct rlimit){ 10, 20 };
	CHECK_OK(prlimit(0, RLIMIT_CORE, &limit, &old));
	CHECK_OK(prlimit(getpid(), RLIMIT_CORE, NULL, &old));
	CHECK_EQ(old.rlim_cur, 10);
	CHECK_EQ(old.rlim_max, 20);
	CHECK_ERRNO(setrlimit(RLIMIT_CORE, &(struct rlimit){ 21, 20 }), EINVAL);
	CHECK_ERRNO(prlimit(0, 16, NULL, &old), EINVAL);
	CHECK_ERRNO(prlimit(32767, RLIMIT_CORE, NULL, &old), ESRCH);
	CHECK_ERRNO(prlimit(0, RLIMIT_CORE, (void *)-4096, NULL), EFAULT);
	CHECK_OK(setrlimit(RLIMIT_CORE, &(struct rlimit){ 20, 30 })); /* root may */
	CHECK_OK(setuid(100));
	CHECK_ERRNO(setrlimit(RLIMIT_CORE, &(struct rlimit){ 20, 31 }), EPERM);
	CHECK_OK(setrlimit(RLIMIT_CORE, &(struct rlimit){ 5, 30 }));
	CHECK_ERRNO(prlimit(1, RLIMIT_CORE, NULL, &old), EPERM);
}

static void check_files(void)
{
	int fd = (int)REQUIRE_OK(dup(1)), next;

	set(RLIMIT_NOFILE, (rlim_t)fd + 2);
	next = (int)CHECK_OK(dup(1));
	CHECK_EQ(next, fd + 1);
	CHECK_ERRNO(dup(1), EMFILE);
	CHECK_ERRNO(open("/dev/null", O_RDONLY), EMFILE);
	CHECK_ERRNO(dup2(1, fd + 2), EBADF);
	CHECK_ERRNO(fcntl(1, F_DUPFD, fd + 2), EINVAL);
	set(RLIMIT_NOFILE, (rlim_t)fd + 3);
	CHECK_EQ(dup2(1, fd + 2), fd + 2);
	set(RLIMIT_NOFILE, 3); /* those that are open stay, also over fork */
	CHECK_EQ(fcntl(fd + 2, F_GETFD), 0);
	CHECK_ERRNO(dup(1), EMFILE);
	int status, pid = fork();

	if (!pid)
		_exit(fcntl(fd + 2, F_GETFD) == 0 && dup(1) < 0 ? 33 : 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 33);
}

/* A child that forks on and on meets the limit of its user. */
static void check_processes(void)
{
	enum { MOST = 12 };
	int made = 0, ends[2];
	char byte;

	CHECK_OK(setrlimit(RLIMIT_NPROC, &(struct rlimit){ MOST, MOST }));
	REQUIRE_OK(pipe(ends));
	CHECK_OK(setuid(4321));
	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (!pid) {
			close(ends[1]);
			while (fork() > 0)
				; /* the bomb */
			(void)!read(ends[0], &byte, 1);
			while (wait(NULL) > 0)
				;
			_exit(0);
		}
		made++;
		REQUIRE(made < 100);
	}
	CHECK_EQ(errno, EAGAIN);
	CHECK(made >= 1);
	close(ends[1]);
	while (wait(NULL) > 0)
		made--;
	CHECK_EQ(made, 0);
	made = fork(); /* there is room again */
	if (!made)
		_exit(0);
	CHECK_EQ(waitpid(made, NULL, 0), made);
}

static void *wait_for_end(void *ends)
{
	char byte;

	(void)!read(*(int *)ends, &byte, 1);
	return NULL;
}

/* Threads are counted as processes are. */
static void check_threads(void)
{
	enum { MOST = 5 };
	pthread_t threads[MOST];
	int made = 0, ends[2];

	CHECK_OK(setrlimit(RLIMIT_NPROC, &(struct rlimit){ MOST, MOST }));
	REQUIRE_OK(pipe(ends));
	CHECK_OK(setuid(4322));
	while (made < MOST && !pthread_create(&threads[made], NULL, wait_for_end, ends))
		made++;
	CHECK_EQ(made, MOST - 1);
	CHECK_ERRNO(fork(), EAGAIN);
	close(ends[1]);
	while (made)
		pthread_join(threads[--made], NULL);
}

static void check_memory(void)
{
	char *memory;

	set(RLIMIT_AS, 64 << 20);
	CHECK(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	CHECK_EQ(errno, ENOMEM);
	memory = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
	/* what there is counts, too */
	CHECK(mmap(NULL, 40 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	CHECK(mmap(NULL, 40 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	CHECK(sbrk(40 << 20) == (void *)-1);
	CHECK(sbrk(128 << 20) == (void *)-1);
	set(RLIMIT_AS, RLIM_INFINITY);
	set(RLIMIT_DATA, 1 << 20);
	CHECK(sbrk(16 << 20) == (void *)-1);
}

static int deep(int depth)
{
	volatile char bytes[1024];

	bytes[0] = (char)depth;
	return depth ? deep(depth - 1) + bytes[0] : 0;
}

/* 1 MiB of stack is not enough for 2. */
static void overflow_stack(void)
{
	set(RLIMIT_STACK, 1 << 20);
	deep(2048);
}

static void check_file_size(void)
{
	char path[] = "/tmp/limits-XXXXXX";
	int fd = (int)REQUIRE_OK(mkstemp(path));

	CHECK_OK(unlink(path));
	set(RLIMIT_FSIZE, 10);
	CHECK_EQ(write(fd, "12345678", 8), 8);
	CHECK_EQ(write(fd, "12345678", 8), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 10);
	signal(SIGXFSZ, SIG_IGN);
	CHECK_ERRNO(ftruncate(fd, 11), EFBIG);
	CHECK_OK(ftruncate(fd, 5));
	CHECK_OK(ftruncate(fd, 10));
	close(fd);
}

static void truncate_too_far(void)
{
	char path[] = "/tmp/limits-XXXXXX";
	int fd = (int)REQUIRE_OK(mkstemp(path));

	CHECK_OK(unlink(path));
	set(RLIMIT_FSIZE, 10);
	CHECK_OK(ftruncate(fd, 11));
}

/* What is queued for us; what comes by kill has room all the same. */
static void check_signals(void)
{
	union sigval value = { 0 };
	sigset_t all, now;

	sigfillset(&all);
	CHECK_OK(sigprocmask(SIG_BLOCK, &all, NULL));
	set(RLIMIT_SIGPENDING, 3);
	for (int i = 0; i < 3; i++)
		CHECK_OK(sigqueue(getpid(), SIGRTMIN, value));
	CHECK_ERRNO(sigqueue(getpid(), SIGRTMIN, value), EAGAIN);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_OK(sigpending(&now));
	CHECK(sigismember(&now, SIGUSR1));
}

static void write_too_far(void)
{
	char path[] = "/tmp/limits-XXXXXX";
	int fd = (int)REQUIRE_OK(mkstemp(path));

	CHECK_OK(unlink(path));
	set(RLIMIT_FSIZE, 10);
	CHECK_EQ(pwrite(fd, "x", 1, 10), 1);
}

int main(void)
{
	CHECK_EQ(child_status(check_values), 0);
	CHECK_EQ(child_status(check_files), 0);
	CHECK_EQ(child_status(check_processes), 0);
	CHECK_EQ(child_status(check_threads), 0);
	CHECK_EQ(child_status(check_memory), 0);
	CHECK_EQ(child_status(overflow_stack), SIGSEGV);
	CHECK_EQ(child_status(check_file_size), 0);
	CHECK_EQ(child_status(write_too_far), SIGXFSZ);
	CHECK_EQ(child_status(truncate_too_far), SIGXFSZ);
	CHECK_EQ(child_status(check_signals), 0);
	return check_done();
}
