/* host.c - harts, panic and print for unit tests; see host.h. */
#include "kernel/test/host/host.h"

#include "kernel/hart/hart.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct hart harts[MAX_HARTS];
u32 hart_count;
__thread struct hart *host_hart;

void host_be(u32 index)
{
	host_hart = &harts[index];
}

void host_init(u32 count)
{
	hart_count = count;
	for (u32 i = 0; i < MAX_HARTS; i++)
		harts[i] = (struct hart){ .index = i, .id = i };
	host_be(0);
}

void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("panic: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

/* The child of host_panics. */
static void run_silently(void (*run)(void), int errors)
{
	dup2(errors, STDERR_FILENO);
	run();
	_exit(0);
}

bool host_panics(void (*run)(void), const char *text)
{
	char said[512] = "";
	int pipes[2], status = 0;
	size_t length = 0;
	ssize_t n;
	pid_t child;

	fflush(stdout);
	if (pipe(pipes) || (child = fork()) < 0)
		return false;
	if (!child)
		run_silently(run, pipes[1]);
	close(pipes[1]);
	while (length < sizeof(said) - 1 && (n = read(pipes[0], said + length, sizeof(said) - 1 - length)) > 0)
		length += (size_t)n;
	close(pipes[0]);
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && strstr(said, "panic: ") && strstr(said, text))
		return true;
	printf("  expected a panic about \"%s\"; got status %x, \"%s\"\n", text, (unsigned)status, said);
	return false;
}
