/* rbtree.h - intrusive red-black trees: timers, areas of an address space.
 *
 * The user walks to the place of insertion himself (no callback, no compare function), then links and balances:
 *
 *     struct rb_node **link = &tree->root, *parent = NULL;
 *     while (*link) {
 *             parent = *link;
 *             link = key < key_of(parent) ? &parent->left : &parent->right;
 *     }
 *     rb_insert(tree, node, parent, link);
 *
 * Invariant: a red node has no red child, and every path from the root down has the same number of black nodes.
 */
#pragma once

#include "lib/types.h"

struct rb_node {
	struct rb_node *left, *right;
	struct rb_node *parent; /* lowest bit: 1 = red */
};

struct rb_tree {
	struct rb_node *root;
	struct rb_node *first; /* leftmost, kept because the earliest timer is asked for all the time */
};

#define rb_entry(node, type, member) container_of(node, type, member)

void rb_insert(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent, struct rb_node **link);
void rb_remove(struct rb_tree *tree, struct rb_node *node);
/* In order; NULL at the end. */
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

static inline struct rb_node *rb_first(const struct rb_tree *tree)
{
	return tree->first;
}
