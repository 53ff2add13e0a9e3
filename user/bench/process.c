/* process.c - making processes. The program that is executed ends at once, so that its C library is not measured. */
#define _GNU_SOURCE
#include "user/bench/bench.h"
#include "user/test/elf.h"

#include <sys/wait.h>

#define PROGRAM "/tmp/bench-exit"

static char *const arguments[] = { PROGRAM, NULL };

static void wait_for(pid_t pid)
{
	int status;

	NEED(pid);
	NEED(waitpid(pid, &status, 0));
}

/* Each is a function of its own: the caller's loop must not live in a frame that vfork's child runs in. */

static __attribute__((noinline)) void fork_exit(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	wait_for(pid);
}

static __attribute__((noinline)) void fork_exec(void)
{
	pid_t pid = fork();

	if (!pid) {
		execv(PROGRAM, arguments);
		_exit(1);
	}
	wait_for(pid);
}

static __attribute__((noinline)) void vfork_exit(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	wait_for(pid);
}

static __attribute__((noinline)) void vfork_exec(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execv(PROGRAM, arguments);
		_exit(1);
	}
	wait_for(pid);
}

static void bench_child(const char *name, void (*run)(void))
{
	struct bench b = BENCH(name, 100);

	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			run();
}

int main(void)
{
	struct tiny_elf elf;

	tiny_elf_make(&elf, tiny_exit, sizeof(tiny_exit));
	NEED(tiny_elf_write(PROGRAM, &elf, sizeof(elf)));
	bench_child("vfork_exit_wait", vfork_exit);
	bench_child("vfork_exec_wait", vfork_exec);
	bench_child("fork_exit_wait", fork_exit);
	bench_child("fork_exec_wait", fork_exec);
	unlink(PROGRAM);
	return 0;
}
