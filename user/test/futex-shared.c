/* futex-shared.c - processes meet at a word of shared memory, wherever each has mapped it; private memory they do not
 * share; and memory that is not there is an error.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, ROUNDS = 200 };

static long futex(u32 *address, int op, u32 value)
{
	return syscall(SYS_futex, address, op, value, NULL, NULL, ~0u);
}

static u32 *map(u64 bytes, int prot, int flags, int fd)
{
	void *at = mmap(NULL, bytes, prot, flags, fd, 0);

	REQUIRE(at != MAP_FAILED);
	return at;
}

/* Wake exactly one waiter, who may not have gone to sleep yet. */
static void wake_one(u32 *word)
{
	while (futex(word, FUTEX_WAKE, 1) != 1)
		sched_yield();
}

static int child_status(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

/* Parent and child pass a word to and fro: THERE and BACK are the same word, mapped once or twice. */
static void check_pass(u32 *there, u32 *back)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (pid == 0) {
		for (u32 i = 0; i < ROUNDS; i++) {
			while (load_acquire(back) != 1)
				futex(back, FUTEX_WAIT, 0);
			store_release(back, 0);
			futex(back, FUTEX_WAKE, 1);
		}
		_exit(0);
	}
	for (u32 i = 0; i < ROUNDS; i++) {
		store_release(there, 1);
		futex(there, FUTEX_WAKE, 1);
		while (load_acquire(there) != 0)
			futex(there, FUTEX_WAIT, 1);
	}
	CHECK_EQ(child_status(pid), 0);
}

static void check_file(void)
{
	int fd = (int)REQUIRE_OK(open("/tmp/futex-shared", O_RDWR | O_CREAT | O_TRUNC, 0600));
	u32 *a, *b, *read_only, *private;
	pid_t pid;

	CHECK_OK(ftruncate(fd, 2 * PAGE));
	a = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	b = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	read_only = map(2 * PAGE, PROT_READ, MAP_SHARED, fd);
	private = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	check_pass(a, a);
	check_pass(a + 1, b + 1);
	check_pass(a + PAGE / 4 + 7, b + PAGE / 4 + 7); /* nobody has touched that page before */

	/* a waiter that may only read; a private mapping of the file is another word */
	pid = (pid_t)REQUIRE_OK(fork());
	if (pid == 0)
		_exit(futex(read_only + 2, FUTEX_WAIT, 0) == 0 ? 3 : 4);
	sleep_ms(2);
	CHECK_EQ(futex(private + 2, FUTEX_WAKE, 9), 0);
	CHECK_EQ(futex(a + 3, FUTEX_WAKE, 9), 0);
	wake_one(b + 2);
	CHECK_EQ(child_status(pid), 3 << 8);

	REQUIRE_OK(ftruncate(fd, PAGE));
	CHECK_ERRNO(futex(a + PAGE / 4, FUTEX_WAIT, 0), EFAULT);
	CHECK_ERRNO(futex(a + PAGE / 4, FUTEX_WAKE, 1), EFAULT);
	REQUIRE_OK(munmap(b, 2 * PAGE));
	CHECK_ERRNO(futex(b, FUTEX_WAKE, 1), EFAULT);
	CHECK_ERRNO(futex(b, FUTEX_WAIT, 0), EFAULT);
	CHECK_OK(munmap(a, 2 * PAGE));
	CHECK_OK(munmap(read_only, 2 * PAGE));
	CHECK_OK(munmap(private, 2 * PAGE));
	CHECK_OK(close(fd));
	CHECK_OK(unlink("/tmp/futex-shared"));
}

/* After fork a private page is two pages: nobody is woken across. */
static void check_private(void)
{
	u32 *word = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	struct timespec soon = { 0, 20 * 1000 * 1000 };
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (pid == 0)
		_exit(syscall(SYS_futex, word, FUTEX_WAIT, 0, &soon, NULL, 0) < 0 && errno == ETIMEDOUT ? 0 : 1);
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(futex(word, FUTEX_WAKE, 1), 0);
		sleep_ms(1);
	}
	CHECK_EQ(child_status(pid), 0);
	CHECK_OK(munmap(word, PAGE));
}

struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	u32 count, turn;
};

/* The C library's own locks between processes. */
static void check_library(void)
{
	struct shared *s = (struct shared *)map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;
	pid_t pid;
	u32 me;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_condattr_init(&cond);
	pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
	CHECK_EQ(pthread_mutex_init(&s->mutex, &mutex), 0);
	CHECK_EQ(pthread_cond_init(&s->changed, &cond), 0);
	pid = (pid_t)REQUIRE_OK(fork());
	me = pid == 0;
	for (u32 i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&s->mutex);
		while (s->turn != me)
			pthread_cond_wait(&s->changed, &s->mutex);
		s->turn = 1 - me;
		s->count++;
		pthread_cond_broadcast(&s->changed);
		pthread_mutex_unlock(&s->mutex);
	}
	if (pid == 0)
		_exit(0);
	CHECK_EQ(child_status(pid), 0);
	CHECK_EQ(s->count, 2 * ROUNDS);
	CHECK_OK(munmap(s, PAGE));
}

int main(void)
{
	u32 *word = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);

	check_pass(word, word);
	CHECK_OK(munmap(word, PAGE));
	check_file();
	check_private();
	check_library();
	return check_done();
}
