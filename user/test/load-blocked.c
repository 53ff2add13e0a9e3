/* load-blocked.c - a thousand processes, then ten thousand threads, all blocked in read at once; one event wakes them
 * all, and nothing of them stays.
 *
 * On another kernel than Chime fewer, since that is not its test.
 *
 * machines: !torture
 * boot: memory=512M
 * oracle: native
 */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/test/check.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 1000, THREADS = 10000, FEW = 20, STACK_BYTES = 16384 };

static int gate[2];
static unsigned arrived, woken;

static bool is_chime(void)
{
	struct utsname name;

	return !uname(&name) && strstr(name.release, "chime");
}

/* Processes tell with a byte that they live, and that they have woken. */
static void process_main(int told)
{
	char byte;

	(void)!write(told, "a", 1);
	_exit(read(gate[0], &byte, 1) != 0);
}

static void check_processes(int count)
{
	int told[2], status, good = 0;
	char byte;

	REQUIRE_OK(pipe(gate));
	REQUIRE_OK(pipe(told));
	for (int i = 0; i < count; i++) {
		pid_t pid = (pid_t)REQUIRE_OK(fork());

		if (!pid) {
			close(gate[1]);
			process_main(told[1]);
		}
	}
	for (int i = 0; i < count; i++)
		REQUIRE_EQ(read(told[0], &byte, 1), 1);
	CHECK_EQ(waitpid(-1, &status, WNOHANG), 0); /* all are alive */
	close(gate[1]);
	for (int i = 0; i < count; i++)
		good += waitpid(-1, &status, 0) > 0 && status == 0;
	CHECK_EQ(good, count);
	CHECK_ERRNO(waitpid(-1, &status, 0), ECHILD);
	close(gate[0]);
	close(told[0]);
	close(told[1]);
}

static void *thread_main(void *argument)
{
	char byte;

	(void)argument;
	atomic_add(&arrived, 1u);
	if (read(gate[0], &byte, 1) == 0)
		atomic_add(&woken, 1u);
	return NULL;
}

static void check_threads(int count)
{
	pthread_t *threads = calloc((size_t)count, sizeof(*threads));
	char *stacks = mmap(NULL, (size_t)count * STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pthread_attr_t attributes;

	REQUIRE(threads && stacks != MAP_FAILED);
	REQUIRE_OK(pipe(gate));
	pthread_attr_init(&attributes);
	for (int i = 0; i < count; i++) {
		REQUIRE_EQ(pthread_attr_setstack(&attributes, stacks + (size_t)i * STACK_BYTES, STACK_BYTES), 0);
		REQUIRE_EQ(pthread_create(&threads[i], &attributes, thread_main, NULL), 0);
	}
	while (load_acquire(&arrived) != (unsigned)count)
		usleep(1000);
	CHECK_EQ(load_acquire(&woken), 0);
	close(gate[1]);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(load_acquire(&woken), count);
	close(gate[0]);
	munmap(stacks, (size_t)count * STACK_BYTES);
	free(threads);
}

int main(void)
{
	check_processes(is_chime() ? PROCESSES : FEW);
	check_threads(is_chime() ? THREADS : FEW);
	return check_done();
}
