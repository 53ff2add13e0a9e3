/* memory-now.h - how much memory the machine has left, caches emptied, and is any missing since then? */
#pragma once

#include "user/test/proc-text.h"

#include <stdio.h>
#include <time.h>

enum { QUIET_TRIES = 30 };

struct memory {
	long pages, slab;
};

static inline struct memory memory_now(void)
{
	const char *path = "/proc/meminfo";

	proc_write("/proc/chime-drop-caches", "1");
	return (struct memory){ proc_number(path, "PagesFree: ") + proc_number(path, "PagesCached: ") +
					proc_number(path, "PagesSlab: "),
				proc_number(path, "SlabBytes: ") };
}

/* Is memory missing since BEFORE that does not come back? */
static inline bool memory_leaks(struct memory before, const char *name, long nth)
{
	struct timespec pause = { 0, 5000000 };
	struct memory now = { 0, 0 };

	for (int i = 0; i < QUIET_TRIES; i++) {
		now = memory_now();
		if (now.pages >= before.pages && now.slab <= before.slab)
			return false;
		nanosleep(&pause, NULL);
	}
	fprintf(stderr, "%s: allocation %ld: %ld pages and %ld bytes of slabs are missing\n", name, nth,
		before.pages - now.pages, now.slab - before.slab);
	return true;
}
