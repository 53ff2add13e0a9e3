/* alloc-fail-processes.c - memory runs out while memory is mapped, while threads and processes begin and end: each
 * allocation fails once.
 *
 * machines: smp=1
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"
#include "user/test/child.h"
#include "user/test/data.h"

#include <pthread.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 8, NOTHING_STATUS = 42 };

/* A fork whose child could not get memory was killed. */
static bool ended_well(int status, int wanted)
{
	MUST(status == wanted || status == KILLED(SIGKILL));
	return status == wanted;
}

/* wait4 may fail for want of memory, and then the child is still there. */
static bool wait_again(pid_t pid, int wanted)
{
	int status = child_wait(pid);
	bool good = status >= 0;

	if (!good)
		status = child_wait(pid);
	return ended_well(status, wanted) && good;
}

static bool map_anonymous(void)
{
	char *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool good;

	if (!GRANTED(at == MAP_FAILED ? -1 : 0))
		return false;
	for (int i = 0; i < PAGES; i++)
		at[i * PAGE] = (char)i;
	good = GRANTED(mprotect(at + 2 * PAGE, PAGE, PROT_READ)) && GRANTED(madvise(at, PAGE, MADV_DONTNEED));
	if (good)
		MUST(at[0] == 0 && at[2 * PAGE] == 2);
	/* taking out the middle needs an area more */
	good = GRANTED(munmap(at + 4 * PAGE, PAGE)) && good;
	MUST(at[3 * PAGE] == 3 && at[5 * PAGE] == 5);
	MUST(!munmap(at, PAGES * PAGE));
	return good;
}

static bool map_file(void)
{
	int fd = open(data_path("data"), O_RDONLY);
	bool good = GRANTED(fd);
	volatile u8 *at;

	if (!good)
		return false;
	at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	good = GRANTED(at == MAP_FAILED ? -1 : 0);
	if (good) {
		for (u64 i = 0; i < PAGES * PAGE; i += PAGE)
			MUST(at[i] == data_byte(SEED_DATA, i));
		for (u64 i = 0; i < PAGES * PAGE; i += PAGE)
			at[i + 1] = 1;
		MUST(at[PAGE] == data_byte(SEED_DATA, PAGE));
		MUST(!munmap((void *)at, PAGES * PAGE));
	}
	MUST(!close(fd));
	return good;
}

static bool share_memory(void)
{
	volatile int *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool good = GRANTED(at == MAP_FAILED ? -1 : 0);
	pid_t pid;

	if (!good)
		return false;
	pid = fork();
	if (!pid) {
		at[1] = 5;
		_exit(1);
	}
	good = GRANTED(pid) && wait_again(pid, EXITED(1));
	if (good)
		MUST(at[1] == 5);
	MUST(!munmap((void *)at, PAGE));
	return good;
}

static bool grow_heap(void)
{
	char *end = sbrk(0);

	if (!GRANTED(sbrk(5 * PAGE) == (void *)-1 ? -1 : 0))
		return false;
	memset(end, 1, 5 * PAGE);
	/* the C library does not notice that a heap has not shrunk */
	MUST(sbrk(-5 * PAGE) != (void *)-1);
	if (sbrk(0) == end)
		return true;
	MUST(sbrk(-5 * PAGE) != (void *)-1 && sbrk(0) == end);
	return false;
}

static void *add_one(void *number)
{
	return (char *)number + 1;
}

static bool run_thread(void)
{
	pthread_t thread;
	void *result;
	int error = pthread_create(&thread, NULL, add_one, NULL);

	if (!GRANTED_ERROR(-error))
		return false;
	MUST(!pthread_join(thread, &result) && result == (void *)1);
	return true;
}

static bool fork_and_wait(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(3);
	return GRANTED(pid) && wait_again(pid, EXITED(3));
}

static bool kill_child(void)
{
	pid_t pid = fork();

	if (!pid) {
		usleep(20000); /* not longer: it may outlive its parent */
		_exit(0);
	}
	if (!GRANTED(pid))
		return false;
	MUST(!kill(pid, SIGKILL));
	return wait_again(pid, KILLED(SIGKILL));
}

/* This program with an argument: it ends at once. */
static bool run_program(void)
{
	pid_t pid = child_start("nothing", NULL);

	return GRANTED_ERROR(pid) && wait_again(pid, EXITED(NOTHING_STATUS));
}

static bool become_program(void)
{
	static char text[3 * PAGE];
	const char *const argv[] = { child_self, "nothing", text, NULL };

	memset(text, 'x', sizeof(text) - 1);
	GRANTED(execve(child_self, (char *const *)argv, environ));
	return false;
}

static void *try_to_become(void *unused)
{
	become_program();
	return unused;
}

/* exec while another thread is there. */
static bool replace_threads(void)
{
	pthread_t thread;

	if (!GRANTED_ERROR(-pthread_create(&thread, NULL, try_to_become, NULL)))
		return false;
	/* either the exec ends us, or it has failed */
	MUST(!pthread_join(thread, NULL));
	return false;
}

static const struct action actions[] = {
	ACTION("anonymous", map_anonymous),
	ACTION("file", map_file),
	COLD("file cold", map_file),
	ACTION("shared", share_memory),
	ACTION("heap", grow_heap),
	ACTION("thread", run_thread),
	ACTION("fork", fork_and_wait),
	ACTION("kill", kill_child),
	ACTION("program", run_program),
	{ .name = "exec", .run = become_program, .exit_status = NOTHING_STATUS },
	{ .name = "exec cold", .run = become_program, .exit_status = NOTHING_STATUS, .cold = true },
	{ .name = "exec threads", .run = replace_threads, .exit_status = NOTHING_STATUS },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		return NOTHING_STATUS;
	child_self = argv[0];
	return sweep_all(actions, ARRAY_SIZE(actions));
}
