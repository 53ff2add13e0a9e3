/* fdt.c - reading the device tree blob.
 *
 *     header | memory reservations | structure block                        | strings block
 *                                    BEGIN "" PROP .. BEGIN "cpus" .. END END
 *                                    ^ 0                 ^ 1   (rows of the node table, in tree order)
 *
 * fdt_init walks the structure block once, checks every token against the bounds of the blob and notes each node in a
 * table. Everything after that looks at single nodes. Invariant: a row of the table stands for a node whose tokens, up
 * to its END_NODE, have been checked; a blob that fails the check leaves the table empty.
 */
#include "kernel/hart/fdt.h"

#include "kernel/abi/errno.h"
#include "lib/string.h"

enum { FDT_MAGIC = 0xd00dfeed, FDT_VERSION = 17, HEADER_BYTES = 40 };
enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };
enum { NODES_MAX = 1024, DEPTH_MAX = 16, NO_PARENT = 0xffff };

/* Cells of the header, by index. */
enum {
	H_MAGIC,
	H_TOTAL,
	H_STRUCT,
	H_STRINGS,
	H_RESERVED,
	H_VERSION,
	H_COMPATIBLE,
	H_BOOT,
	H_STRINGS_SIZE,
	H_STRUCT_SIZE
};

static struct {
	const u8 *blob;
	u32 bytes;
	u32 begin, end; /* structure block */
	u32 strings, strings_end;
	u32 count;
	struct row {
		u32 offset;		      /* of BEGIN_NODE, from the start of the blob */
		u16 parent;		      /* row of the parent */
		u8 address_cells, size_cells; /* how the children's reg is written */
	} nodes[NODES_MAX];
} tree;

/* One token of the structure block. */
struct token {
	u32 kind;
	const char *name; /* of the node or of the property */
	const u8 *data;	  /* of the property */
	u32 bytes;
	u32 next; /* offset of the token that follows */
};

static u32 blob_cell(u32 offset)
{
	return fdt_cell(tree.blob + offset, 0);
}

u32 fdt_cell(const void *property, u32 index)
{
	const u8 *p = (const u8 *)property + 4ul * index;

	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* The length of the text at OFFSET, which must end before END; -1 if it does not. */
static s64 text_length(u32 offset, u32 end)
{
	for (u32 i = offset; i < end; i++)
		if (!tree.blob[i])
			return i - offset;
	return -1;
}

static bool token_property(struct token *t, u32 offset)
{
	u32 name;

	if (tree.end - offset < 12)
		return false;
	t->bytes = blob_cell(offset + 4);
	name = blob_cell(offset + 8);
	if (t->bytes > tree.end - offset - 12 || name >= tree.strings_end - tree.strings)
		return false;
	if (text_length(tree.strings + name, tree.strings_end) < 0)
		return false;
	t->name = (const char *)tree.blob + tree.strings + name;
	t->data = tree.blob + offset + 12;
	t->next = ALIGN_UP(offset + 12 + t->bytes, 4);
	return true;
}

/* The token at OFFSET; false if it is damaged. */
static bool token_read(struct token *t, u32 offset)
{
	s64 length;

	if (offset >= tree.end || tree.end - offset < 4)
		return false;
	t->kind = blob_cell(offset);
	t->next = offset + 4;
	switch (t->kind) {
	case BEGIN_NODE:
		length = text_length(offset + 4, tree.end);
		if (length < 0)
			return false;
		t->name = (const char *)tree.blob + offset + 4;
		t->next = ALIGN_UP(offset + 4 + (u32)length + 1, 4);
		return true;
	case PROP:
		return token_property(t, offset);
	case END_NODE:
	case NOP:
	case END:
		return true;
	default:
		return false;
	}
}

/* Note the node at OFFSET: its row, or -EINVAL. */
static int row_add(u32 offset, u32 parent)
{
	if (tree.count == NODES_MAX)
		return -EINVAL;
	tree.nodes[tree.count] = (struct row){ offset, (u16)parent, 2, 1 };
	return (int)tree.count++;
}

static void row_note_cells(struct row *row, const struct token *t)
{
	if (t->bytes != 4 || t->name[0] != '#')
		return;
	if (!strcmp(t->name, "#address-cells"))
		row->address_cells = (u8)min(fdt_cell(t->data, 0), 255u);
	if (!strcmp(t->name, "#size-cells"))
		row->size_cells = (u8)min(fdt_cell(t->data, 0), 255u);
}

/* Check the whole structure block and fill the table. */
static int tree_scan(void)
{
	u32 current = NO_PARENT, depth = 0;
	struct token t;
	int row;

	for (u32 at = tree.begin; token_read(&t, at); at = t.next) {
		if (t.kind == END)
			return depth || !tree.count ? -EINVAL : 0;
		if (t.kind == BEGIN_NODE) {
			row = row_add(at, current);
			if (row < 0 || depth++ == DEPTH_MAX || (depth == 1 && row))
				return -EINVAL;
			current = (u32)row;
		} else if (t.kind == END_NODE) {
			if (!depth--)
				return -EINVAL;
			current = tree.nodes[current].parent;
		} else if (t.kind == PROP) {
			if (!depth)
				return -EINVAL;
			row_note_cells(&tree.nodes[current], &t);
		}
	}
	return -EINVAL;
}

/* [*begin, *begin + bytes) lies within the blob. */
static bool block_fits(u32 begin, u32 bytes)
{
	return begin >= HEADER_BYTES && begin <= tree.bytes && bytes <= tree.bytes - begin;
}

int fdt_init(const void *blob)
{
	u32 struct_bytes, strings_bytes;
	int err = -EINVAL;

	tree.blob = blob;
	tree.count = 0;
	if (blob_cell(4 * H_MAGIC) != FDT_MAGIC || blob_cell(4 * H_COMPATIBLE) > FDT_VERSION)
		return -EINVAL;
	tree.bytes = blob_cell(4 * H_TOTAL);
	tree.begin = blob_cell(4 * H_STRUCT);
	tree.strings = blob_cell(4 * H_STRINGS);
	struct_bytes = blob_cell(4 * H_STRUCT_SIZE);
	strings_bytes = blob_cell(4 * H_STRINGS_SIZE);
	if (tree.bytes > (u32)INT32_MAX || tree.begin % 4 || !block_fits(tree.begin, struct_bytes) ||
	    !block_fits(tree.strings, strings_bytes))
		return -EINVAL;
	tree.end = tree.begin + struct_bytes;
	tree.strings_end = tree.strings + strings_bytes;
	err = tree_scan();
	if (err)
		tree.count = 0;
	return err;
}

u64 fdt_bytes(void)
{
	return tree.count ? tree.bytes : 0;
}

/* ---- nodes */

/* The row of the node at OFFSET, by bisection; the number of rows if there is none. */
static u32 row_of(u32 offset)
{
	u32 low = 0, high = tree.count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (tree.nodes[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < tree.count && tree.nodes[low].offset == offset ? low : tree.count;
}

static struct fdt_node node_of(u32 row)
{
	u32 parent = tree.nodes[row].parent;

	if (parent == NO_PARENT)
		return (struct fdt_node){ tree.nodes[row].offset, 2, 1 };
	return (struct fdt_node){ tree.nodes[row].offset, tree.nodes[parent].address_cells,
				  tree.nodes[parent].size_cells };
}

static bool is_enabled(const struct fdt_node *node)
{
	const char *status = fdt_text(node, "status");

	return !status || strcmp(status, "disabled") != 0;
}

/* Does the list of texts NAME of the node hold TEXT? */
static bool has_text(const struct fdt_node *node, const char *name, const char *text)
{
	u32 bytes, length = (u32)strlen(text) + 1;
	const char *at = fdt_property(node, name, &bytes), *end;

	if (!at)
		return false;
	for (end = at + bytes; end - at >= (s64)length; at++) {
		if (!memcmp(at, text, length))
			return true;
		while (at < end && *at)
			at++;
	}
	return false;
}

/* The next node after *NODE that is enabled and whose text list PROPERTY holds TEXT; any node if PROPERTY is NULL. */
static bool next_with(struct fdt_node *node, const char *property, const char *text)
{
	u32 row = node->offset ? row_of(node->offset) + 1 : 0;
	struct fdt_node found;

	for (; row < tree.count; row++) {
		found = node_of(row);
		if ((!property || has_text(&found, property, text)) && is_enabled(&found)) {
			*node = found;
			return true;
		}
	}
	return false;
}

bool fdt_next(struct fdt_node *node)
{
	return next_with(node, NULL, NULL);
}

bool fdt_next_compatible(struct fdt_node *node, const char *name)
{
	return next_with(node, "compatible", name);
}

bool fdt_next_type(struct fdt_node *node, const char *type)
{
	return next_with(node, "device_type", type);
}

/* Is the node's name NAME, of LENGTH characters, with or without the unit address behind '@'? */
static bool is_named(u32 row, const char *name, size_t length)
{
	const char *own = (const char *)tree.blob + tree.nodes[row].offset + 4;

	return !strncmp(own, name, length) && (own[length] == 0 || own[length] == '@');
}

bool fdt_find(struct fdt_node *node, const char *name)
{
	u32 row = 0, parent;
	size_t length;

	while (*name) {
		for (length = 0; *name == '/'; name++)
			;
		while (name[length] && name[length] != '/')
			length++;
		if (!length)
			break;
		for (parent = row, row++; row < tree.count; row++)
			if (tree.nodes[row].parent == parent && is_named(row, name, length))
				break;
		name += length;
	}
	if (row >= tree.count)
		return false;
	*node = node_of(row);
	return true;
}

bool fdt_by_phandle(struct fdt_node *node, u32 phandle)
{
	struct fdt_node found;

	for (u32 row = 0; row < tree.count; row++) {
		found = node_of(row);
		if (phandle && fdt_u64(&found, "phandle", 0) == phandle) {
			*node = found;
			return true;
		}
	}
	return false;
}

bool fdt_parent(const struct fdt_node *node, struct fdt_node *parent)
{
	u32 row = row_of(node->offset);

	if (row == tree.count || tree.nodes[row].parent == NO_PARENT)
		return false;
	*parent = node_of(tree.nodes[row].parent);
	return true;
}

/* ---- properties */

const void *fdt_property(const struct fdt_node *node, const char *name, u32 *bytes)
{
	struct token t;

	*bytes = 0;
	if (row_of(node->offset) == tree.count || !token_read(&t, node->offset))
		return NULL;
	while (token_read(&t, t.next) && (t.kind == PROP || t.kind == NOP)) {
		if (t.kind == PROP && !strcmp(t.name, name)) {
			*bytes = t.bytes;
			return t.data;
		}
	}
	return NULL;
}

/* One or two cells as a number. */
static u64 cells_value(const u8 *data, u32 cells)
{
	u64 value = 0;

	for (u32 i = 0; i < cells; i++)
		value = value << 32 | fdt_cell(data, i);
	return value;
}

u64 fdt_u64(const struct fdt_node *node, const char *name, u64 default_)
{
	u32 bytes;
	const u8 *data = fdt_property(node, name, &bytes);

	return data && (bytes == 4 || bytes == 8) ? cells_value(data, bytes / 4) : default_;
}

const char *fdt_text(const struct fdt_node *node, const char *name)
{
	u32 bytes;
	const char *text = fdt_property(node, name, &bytes);

	for (u32 i = 0; i < bytes; i++)
		if (!text[i])
			return text;
	return NULL;
}

bool fdt_reg(const struct fdt_node *node, u32 index, struct fdt_reg *reg)
{
	u32 bytes, stride = 4 * (node->address_cells + node->size_cells);
	const u8 *data = fdt_property(node, "reg", &bytes);

	if (!data || !node->address_cells || node->address_cells > 2 || node->size_cells > 2 || index >= bytes / stride)
		return false;
	data += (size_t)index * stride;
	reg->base = cells_value(data, node->address_cells);
	reg->bytes = cells_value(data + 4ul * node->address_cells, node->size_cells);
	return true;
}

u32 fdt_interrupt(const struct fdt_node *node)
{
	u32 bytes;
	const void *data = fdt_property(node, "interrupts", &bytes);

	return data && bytes >= 4 ? fdt_cell(data, 0) : 0;
}
