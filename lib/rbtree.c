/* rbtree.c - insertion into and removal from a red-black tree.
 *
 * Both do the work of a plain binary tree first and then climb from the disturbed place towards the root. A rotation
 * keeps the order and exchanges a node with one of its children:
 *
 *          parent                 node
 *          /    \     rotate      /  \
 *       node     C    ----->     A  parent          A < node < B < parent < C
 *       /  \                         /  \
 *      A    B                       B    C
 *
 * The colour lives in the lowest bit of the parent pointer: nodes are aligned. A missing child counts as black.
 */
#include "lib/rbtree.h"

static const uintptr_t RED = 1;

static inline struct rb_node *parent_of(const struct rb_node *node)
{
	return (struct rb_node *)((uintptr_t)node->parent & ~RED);
}

static inline bool is_red(const struct rb_node *node)
{
	return node && (uintptr_t)node->parent & RED;
}

static inline void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent = (struct rb_node *)((uintptr_t)parent | ((uintptr_t)node->parent & RED));
}

static inline void set_red(struct rb_node *node)
{
	node->parent = (struct rb_node *)((uintptr_t)node->parent | RED);
}

static inline void set_black(struct rb_node *node)
{
	node->parent = parent_of(node);
}

/* The pointer that points at NODE: in its parent, or the root. */
static struct rb_node **link_of(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *parent = parent_of(node);

	if (!parent)
		return &tree->root;
	return parent->left == node ? &parent->left : &parent->right;
}

/* Exchange NODE with its parent; the colours stay with the nodes. */
static void rotate_up(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *parent = parent_of(node), *between;

	*link_of(tree, parent) = node;
	if (parent->left == node) {
		between = parent->left = node->right;
		node->right = parent;
	} else {
		between = parent->right = node->left;
		node->left = parent;
	}
	if (between)
		set_parent(between, parent);
	set_parent(node, parent_of(parent));
	set_parent(parent, node);
}

/* NODE is red; the only rule that may be broken is that its parent is red, too. */
static void balance_insert(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *parent, *above, *uncle;

	while (is_red(parent = parent_of(node))) {
		above = parent_of(parent); /* exists and is black: a red node is not the root */
		uncle = above->left == parent ? above->right : above->left;
		if (is_red(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(above);
			node = above;
			continue;
		}
		if ((above->left == parent) != (parent->left == node)) {
			rotate_up(tree, node);
			parent = node;
		}
		rotate_up(tree, parent);
		set_black(parent);
		set_red(above);
		break;
	}
	set_black(tree->root);
}

void rb_insert(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	*node = (struct rb_node){ .parent = parent };
	*link = node;
	if (!parent || (tree->first == parent && link == &parent->left))
		tree->first = node;
	set_red(node);
	balance_insert(tree, node);
}

/* Paths through NODE (a child of PARENT, maybe missing) have one black node too few. */
static void balance_remove(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent)
{
	struct rb_node *sibling, *near, *far;

	while (parent && !is_red(node)) {
		sibling = parent->left == node ? parent->right : parent->left; /* exists: its side has more blacks */
		if (is_red(sibling)) {
			rotate_up(tree, sibling);
			set_black(sibling);
			set_red(parent);
			sibling = parent->left == node ? parent->right : parent->left;
		}
		near = parent->left == node ? sibling->left : sibling->right;
		far = parent->left == node ? sibling->right : sibling->left;
		if (!is_red(near) && !is_red(far)) {
			set_red(sibling);
			node = parent;
			parent = parent_of(node);
			continue;
		}
		if (!is_red(far)) {
			rotate_up(tree, near);
			set_black(near);
			set_red(sibling);
			far = sibling;
			sibling = near;
		}
		rotate_up(tree, sibling);
		if (is_red(parent))
			set_red(sibling);
		else
			set_black(sibling);
		set_black(parent);
		set_black(far);
		return;
	}
	if (node)
		set_black(node);
}

/* Put HEIR, which has at most the children of NODE, into the place and colour of NODE. */
static void take_place(struct rb_tree *tree, struct rb_node *node, struct rb_node *heir)
{
	*link_of(tree, node) = heir;
	*heir = *node;
	if (heir->left)
		set_parent(heir->left, heir);
	if (heir->right)
		set_parent(heir->right, heir);
}

void rb_remove(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *out = node, *child, *parent;
	bool lost_black;

	if (tree->first == node)
		tree->first = rb_next(node);
	if (node->left && node->right) /* its successor has no left child: unhook that, and let it take the place */
		for (out = node->right; out->left;)
			out = out->left;
	child = out->left ? out->left : out->right;
	parent = parent_of(out);
	lost_black = !is_red(out);
	*link_of(tree, out) = child;
	if (child)
		set_parent(child, parent);
	if (out != node) {
		take_place(tree, node, out);
		if (parent == node)
			parent = out;
	}
	if (lost_black)
		balance_remove(tree, child, parent);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *next = node->right;

	if (next) {
		while (next->left)
			next = next->left;
		return next;
	}
	for (next = parent_of(node); next && next->right == node; next = parent_of(next))
		node = next;
	return next;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *prev = node->left;

	if (prev) {
		while (prev->right)
			prev = prev->right;
		return prev;
	}
	for (prev = parent_of(node); prev && prev->left == node; prev = parent_of(prev))
		node = prev;
	return prev;
}
