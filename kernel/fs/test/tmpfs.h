/* tmpfs.h - what the tests of tmpfs share: an empty file system, the check that nothing is lost, a few names. */
#pragma once

#include "kernel/fs/test/calls.h"
#include "kernel/fs/tmpfs.h"

enum { MEMORY_PAGES = 3000, NAMES = 12 };

static struct file_system *fs;
static u64 pages_before, slab_before;

static inline void begin(void)
{
	run_init(MEMORY_PAGES);
	pages_before = run_pages();
	slab_before = slab_live_bytes();
	CHECK_EQ(tmpfs_mount(&fs), 0);
}

static inline void end(void)
{
	tmpfs_unmount(fs);
	run_all();
	CHECK_EQ(run_pages(), pages_before);
	CHECK_EQ(slab_live_bytes(), slab_before);
}

static inline const char *name_of(u32 name)
{
	static const char *const names[NAMES] = { "a",	 "b", "c", "dd",   "ee", "ff", "longer-name", "longer-name-2",
						  "x.y", "-", "0", "UPPER" };

	return names[name];
}

/* A sink that notes which of the names it has seen, each at most once. */
struct mask_sink {
	struct dir_sink sink;
	u32 seen, room;
	u32 others;
};

static inline bool see_name(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next)
{
	struct mask_sink *mask = container_of(sink, struct mask_sink, sink);

	(void)number, (void)type, (void)next;
	if (!mask->room)
		return false;
	mask->room--;
	for (u32 i = 0; i < NAMES; i++)
		if (length == strlen(name_of(i)) && !memcmp(name, name_of(i), length)) {
			CHECK(!(mask->seen & 1u << i));
			mask->seen |= 1u << i;
			return true;
		}
	mask->others++;
	return true;
}
