/* blob.h - a tiny writer of device trees, for tests.
 *
 * Contract: blob_begin ... blob_end may nest; blob_finish returns the tree in memory of exactly its size (malloc), so
 * that a sanitizer sees every step over its edge.
 */
#pragma once

#include "lib/types.h"

#include <stdlib.h>
#include <string.h>

enum { BLOB_MAX = 65536, BLOB_HEADER = 40, BLOB_RESERVATIONS = 16 };

struct blob {
	u8 structure[BLOB_MAX], strings[BLOB_MAX];
	u32 structure_bytes, strings_bytes;
};

static inline void blob_store(u8 *at, u32 value)
{
	for (u32 i = 0; i < 4; i++)
		at[i] = (u8)(value >> (24 - 8 * i));
}

static inline void blob_cell(struct blob *blob, u32 value)
{
	blob_store(blob->structure + blob->structure_bytes, value);
	blob->structure_bytes += 4;
}

static inline void blob_data(struct blob *blob, const void *data, u32 bytes)
{
	memcpy(blob->structure + blob->structure_bytes, data, bytes);
	blob->structure_bytes = (blob->structure_bytes + bytes + 3) & ~3u;
}

static inline void blob_begin(struct blob *blob, const char *name)
{
	blob_cell(blob, 1);
	blob_data(blob, name, (u32)strlen(name) + 1);
}

static inline void blob_end(struct blob *blob)
{
	blob_cell(blob, 2);
}

static inline void blob_property(struct blob *blob, const char *name, const void *data, u32 bytes)
{
	blob_cell(blob, 3);
	blob_cell(blob, bytes);
	blob_cell(blob, blob->strings_bytes);
	blob_data(blob, data, bytes);
	strcpy((char *)blob->strings + blob->strings_bytes, name);
	blob->strings_bytes += (u32)strlen(name) + 1;
}

static inline void blob_text(struct blob *blob, const char *name, const char *text)
{
	blob_property(blob, name, text, (u32)strlen(text) + 1);
}

static inline void blob_cells(struct blob *blob, const char *name, const u32 *cells, u32 count)
{
	u8 data[256];

	for (u32 i = 0; i < count; i++)
		blob_store(data + 4 * i, cells[i]);
	blob_property(blob, name, data, 4 * count);
}

#define BLOB_CELLS(blob, name, ...) \
	blob_cells((blob), (name), (const u32[]){ __VA_ARGS__ }, sizeof((const u32[]){ __VA_ARGS__ }) / 4)

/* header | reservations | structure | strings: the tree and its size. */
static inline u8 *blob_finish(struct blob *blob, u32 *bytes)
{
	u32 structure = BLOB_HEADER + BLOB_RESERVATIONS, strings, header[10];
	u8 *tree;

	blob_cell(blob, 9);
	strings = structure + blob->structure_bytes;
	*bytes = strings + blob->strings_bytes;
	tree = calloc(1, *bytes);
	memcpy(header,
	       (u32[]){ 0xd00dfeed, *bytes, structure, strings, BLOB_HEADER, 17, 16, 0, blob->strings_bytes,
			blob->structure_bytes },
	       sizeof(header));
	for (u32 i = 0; i < 10; i++)
		blob_store(tree + 4 * i, header[i]);
	memcpy(tree + structure, blob->structure, blob->structure_bytes);
	memcpy(tree + strings, blob->strings, blob->strings_bytes);
	return tree;
}
