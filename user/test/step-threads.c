/* step-threads.c - with ten thousand threads no step of the kernel is long that counts them, lists them, or finds one
 * of them by its number. Who counts lets others run in between: /proc/executors tells of the longest step, and here a
 * microsecond is a thousand instructions. Who lists tells no more at once than is there after so many instructions.
 *
 * machines: icount !torture
 * boot: memory=512M
 * oracle: none
 * links: user/lib/measure.c
 */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/lib/measure.h"
#include "user/test/check.h"
#include "user/test/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	THREADS = 10000,
	STACK_BYTES = 16384,
	PROCESSES = 300,
	STEP_US = 20,
	STEP_MOST = 20000,
	FIND_MOST = 3000,
	PID_NEVER = 32767
};

static int gate[2];
static unsigned arrived;
static char text[1 << 16];

static void read_all(const char *path)
{
	int fd = (int)REQUIRE_OK(open(path, O_RDONLY | O_CLOEXEC));

	memset(text, 0, sizeof(text));
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
}

static void forget_longest(void)
{
	int fd = (int)REQUIRE_OK(open("/proc/executors", O_WRONLY | O_CLOEXEC));

	REQUIRE_EQ(write(fd, "0", 1), 1);
	close(fd);
}

static void check_longest(void)
{
	char *at;
	unsigned us = UINT_MAX;

	read_all("/proc/executors");
	at = strstr(text, "longest step ");
	REQUIRE(at);
	sscanf(at, "longest step %u", &us);
	if (!CHECK(us < STEP_US))
		check_note("%.*s", (int)strcspn(at, "\n"), at);
}

static void *thread_main(void *unused)
{
	char byte;

	atomic_add(&arrived, 1u);
	(void)!read(gate[0], &byte, 1);
	return unused;
}

static void start_threads(void)
{
	char *stacks = mmap(NULL, (size_t)THREADS * STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	REQUIRE(stacks != MAP_FAILED);
	pthread_attr_init(&attributes);
	for (unsigned i = 0; i < THREADS; i++) {
		REQUIRE_EQ(pthread_attr_setstack(&attributes, stacks + (size_t)i * STACK_BYTES, STACK_BYTES), 0);
		REQUIRE_EQ(pthread_create(&thread, &attributes, thread_main, NULL), 0);
	}
	while (load_acquire(&arrived) != THREADS)
		usleep(1000);
}

/* How many entries a directory has; each call lists some. */
static unsigned entries_of(const char *path)
{
	int fd = (int)REQUIRE_OK(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent64 *entry;
	u64 before, longest = 0;
	unsigned count = 0;
	long bytes;

	do {
		before = read_instructions();
		bytes = syscall(SYS_getdents64, fd, text, sizeof(text));
		longest = MAX(longest, read_instructions() - before);
		for (long at = 0; at < bytes; at += entry->d_reclen, count++)
			entry = (const struct dirent64 *)(text + at);
	} while (bytes > 0);
	CHECK_EQ(bytes, 0);
	close(fd);
	if (!CHECK(longest <= STEP_MOST))
		check_note("%s: %lu instructions in a call", path, longest);
	return count;
}

static void check_counts(void)
{
	unsigned running = 0, threads = 0;

	read_all("/proc/loadavg");
	CHECK_EQ(sscanf(text, "%*f %*f %*f %u/%u", &running, &threads), 2);
	CHECK(running >= 1 && running < 10 && threads > THREADS);
	read_all("/proc/stat");
	CHECK(strstr(text, "procs_blocked 0\n"));
	forget_longest();
	sleep_ms(5500); /* they are counted for the averages */
	check_longest();
}

static void check_lists(void)
{
	CHECK_EQ(entries_of("/proc/self/task"), THREADS + 3);
	CHECK(entries_of("/proc") > PROCESSES);
}

static void *tell_number(void *number)
{
	char byte;

	store_release((pid_t *)number, gettid());
	(void)!read(gate[0], &byte, 1);
	return number;
}

static void check_by_number(void)
{
	pthread_t thread;
	pid_t newest = 0;
	u64 before;

	REQUIRE_EQ(pthread_create(&thread, NULL, tell_number, &newest), 0);
	while (!load_acquire(&newest))
		usleep(1000);
	before = read_instructions();
	CHECK_OK(syscall(SYS_tgkill, getpid(), newest, 0));
	CHECK_OK(syscall(SYS_sched_getscheduler, newest));
	CHECK(read_instructions() - before < FIND_MOST);
	before = read_instructions();
	CHECK_ERRNO(syscall(SYS_tgkill, getpid(), PID_NEVER, 0), ESRCH);
	CHECK(read_instructions() - before < FIND_MOST);
}

static pid_t children[PROCESSES];

/* They end when this process does. */
static void start_processes(void)
{
	char byte;

	for (int i = 0; i < PROCESSES; i++) {
		children[i] = (pid_t)REQUIRE_OK(fork());
		if (!children[i]) {
			close(gate[1]);
			_exit((int)read(gate[0], &byte, 1));
		}
	}
}

int main(void)
{
	REQUIRE_OK(pipe(gate));
	start_processes();
	start_threads();
	check_counts();
	check_lists();
	check_by_number();
	close(gate[1]);
	for (int i = 0; i < PROCESSES; i++)
		CHECK_EQ(waitpid(children[i], NULL, 0), children[i]);
	return check_done();
}
