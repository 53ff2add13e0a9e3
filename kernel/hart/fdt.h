/* fdt.h - reading the flattened device tree that the firmware hands over (Devicetree Specification 0.4, chapter 5).
 *
 * The tree is the firmware's, read-only and at an unaligned place in RAM; a broken one is reported by fdt_check and
 * never followed out of its bounds. Nodes are offsets into its structure block; 0 is "none".
 */
#pragma once

#include "lib/types.h"

struct fdt_node {
	u32 offset;		       /* of its BEGIN_NODE token; 0: none */
	u32 address_cells, size_cells; /* of its parent: how its own reg is written */
};

struct fdt_reg {
	u64 base, bytes;
};

/* Use the tree at BLOB (kernel address) from now on: 0, or -EINVAL when it is damaged. */
int fdt_init(const void *blob);
u64 fdt_bytes(void);

/* Every node whose status is not "disabled", in tree order: pass the last one, or a zeroed node for the first (the
 * root). False: no more. */
bool fdt_next(struct fdt_node *node);
/* Nodes whose "compatible" list holds NAME and whose status is not "disabled", in tree order: pass the last one found,
 * or a zeroed node for the first. False: no more. */
bool fdt_next_compatible(struct fdt_node *node, const char *name);
/* Nodes whose "device_type" is TYPE ("memory", "cpu"), likewise. */
bool fdt_next_type(struct fdt_node *node, const char *type);
/* By absolute path ("/chosen", "/soc/serial@10000000"); the unit address behind '@' may be left out. */
bool fdt_find(struct fdt_node *node, const char *name);
bool fdt_by_phandle(struct fdt_node *node, u32 phandle);
/* The parent of NODE (for a cpu's interrupt controller). */
bool fdt_parent(const struct fdt_node *node, struct fdt_node *parent);

/* The property's bytes and their length; NULL if there is none. Cells in it are big-endian: fdt_cell. */
const void *fdt_property(const struct fdt_node *node, const char *name, u32 *bytes);
u32 fdt_cell(const void *property, u32 index);
/* Property as one or two cells; DEFAULT_ if absent. */
u64 fdt_u64(const struct fdt_node *node, const char *name, u64 default_);
/* Property as text (NUL-ended inside its bytes); NULL if absent or not text. */
const char *fdt_text(const struct fdt_node *node, const char *name);
/* The INDEX-th address range of the node: false if there is none. */
bool fdt_reg(const struct fdt_node *node, u32 index, struct fdt_reg *reg);
/* First interrupt number of a device ("interrupts"); 0: none. */
u32 fdt_interrupt(const struct fdt_node *node);
