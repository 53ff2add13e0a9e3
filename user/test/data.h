/* data.h - the files that make-data.py put on the disk: where they are, and what every byte of them must be. */
#pragma once

#include "lib/types.h"

#include <stdio.h>
#include <stdlib.h>

/* Sizes and extents; make-data.py has the same. */
enum {
	DATA_BYTES = 1 << 20,	       /* "data": no hole */
	LARGE_BYTES = (6 << 20) + 123, /* "large": data only in the extents below */
	MAPPED_BYTES = 5000,	       /* "mapped": one page and a part */
	MANY_ENTRIES = 1000,	       /* "many/entry-0000" ... */
	DEEP_LEVELS = 40,	       /* "deep/d/d/.../leaf" */
	CHAIN_LINKS = 45,	       /* "chain-0" -> hello, "chain-1" -> chain-0 ... */
	LONG_NAME = 255,
	DATA_MODIFIED = 1700000000, /* seconds; every file's time */
};

#define HUGE_BYTES ((4ull << 30) + (8ull << 20)) /* "huge": one page at the start, one at the end, nothing between */
#define HELLO_TEXT "Hello from the disk.\n"

struct data_extent {
	u64 offset, bytes;
};

/* Direct blocks and the first indirect ones; both sides of where double indirect begins (4 KiB blocks); the end. */
static const struct data_extent large_extents[] = {
	{ 0, 64 << 10 },
	{ 1 << 20, 8 << 10 },
	{ (4 << 20) + (40 << 10), 16 << 10 },
	{ (5 << 20) + 100, 100 << 10 },
	{ LARGE_BYTES - 200, 200 },
};

/* Byte OFFSET of a file that make-data.py filled with SEED. */
static inline u8 data_byte(u8 seed, u64 offset)
{
	return (u8)(offset * 31 + (offset >> 12) * 7 + (offset >> 20) * 13 + seed);
}

enum { SEED_DATA = 1, SEED_LARGE = 2, SEED_MAPPED = 3, SEED_HUGE = 4 };

/* Is BUFFER what stands at OFFSET? The index of the first wrong byte, or -1. */
static inline long data_differs(u8 seed, const void *buffer, size_t bytes, u64 offset)
{
	for (size_t i = 0; i < bytes; i++)
		if (((const u8 *)buffer)[i] != data_byte(seed, offset + i))
			return (long)i;
	return -1;
}

/* The expected byte of "large": a hole reads as zero, and so does what lies beside an extent in its first block. */
static inline u8 large_byte(u64 offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(large_extents); i++)
		if (offset - large_extents[i].offset < large_extents[i].bytes)
			return data_byte(SEED_LARGE, offset);
	return 0;
}

static inline const char *data_dir(void)
{
	const char *dir = getenv("CHIME_DATA");

	return dir ? dir : "/test-data";
}

/* Is the directory on Chime's own, read-only disk? The oracle runs on a copy that can be written. */
static inline bool data_is_read_only(void)
{
	return !getenv("CHIME_DATA");
}

/* The path of a data file; the last four results stay valid. */
static inline const char *data_path(const char *name)
{
	static char paths[4][1024];
	static unsigned next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", data_dir(), name);
	return path;
}
