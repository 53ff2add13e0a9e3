/* measure.c - see measure.h and need.h. */
#define _GNU_SOURCE
#include "user/lib/measure.h"

#include "user/lib/need.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void need_failed(const char *what, int err)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(err));
	exit(1);
}

enum { COUNTED_LOOPS = 1000 };

static __attribute__((noinline)) u64 count_loop(void)
{
	u64 left = COUNTED_LOOPS, before = read_instructions();

	__asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(left));
	return read_instructions() - before;
}

bool counts_instructions(void)
{
	for (int i = 0; i < 5; i++)
		if (count_loop() - 2 * COUNTED_LOOPS > 4)
			return false;
	return true;
}

u64 harts_slept(void)
{
	char text[2048] = "", *at = text;
	int fd = (int)NEED(open("/proc/executors", O_RDONLY));
	u64 ns = 0;

	NEED(read(fd, text, sizeof(text) - 1));
	close(fd);
	while ((at = strstr(at, "idle_ns ")))
		ns += strtoul(at += strlen("idle_ns "), NULL, 10);
	return ns;
}

void caches_drop(void)
{
	int fd = (int)NEED(open("/proc/chime-drop-caches", O_WRONLY | O_CLOEXEC));

	NEED(write(fd, "3", 1));
	close(fd);
}

int compare_u64(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}
