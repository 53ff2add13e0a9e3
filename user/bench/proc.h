/* proc.h - numbers that the kernel shows in /proc, for benches. */
#pragma once

#include "user/bench/bench.h"

#include <fcntl.h>

/* The number after NAME in the file PATH; -1: there is none. The file is opened anew each time: it is made at open. */
static inline long proc_number(const char *path, const char *name)
{
	char text[8192], *at;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = 0;
	at = strstr(text, name);
	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* What the kernel's objects take, and what is missing from the pages that are free or can be freed at once. */
struct memory {
	long slab, pages;
};

static inline struct memory memory_now(void)
{
	long cached = proc_number("/proc/meminfo", "PagesCached:");

	/* Linux has neither line: its slabs in KiB */
	if (proc_number("/proc/meminfo", "SlabBytes:") < 0)
		return (struct memory){ proc_number("/proc/meminfo", "Slab:") * 1024,
					-proc_number("/proc/meminfo", "MemFree:") / 4 };
	return (struct memory){ proc_number("/proc/meminfo", "SlabBytes:"),
				-proc_number("/proc/meminfo", "PagesFree:") - (cached > 0 ? cached : 0) };
}

/* NAME_mem_COUNT: bytes of kernel objects for each; NAME_pages_mem_COUNT: with all that lies around them. */
static inline void memory_say(const char *name, long count, struct memory before)
{
	struct memory after = memory_now();
	char line[96];

	snprintf(line, sizeof(line), "%s_mem_%ld", name, count);
	bench_say(line, count, (double)(after.slab - before.slab) / (double)count);
	snprintf(line, sizeof(line), "%s_pages_mem_%ld", name, count);
	bench_say(line, count, (double)(after.pages - before.pages) * 4096 / (double)count);
}
