/* rbtree.c - random insertions and removals against a sorted array; the invariant after each.
 * links: lib/rbtree.c
 * variants: plain
 */
#include "lib/rbtree.h"

#include "lib/test/check.h"

enum { NODES = 400 };

struct item {
	u64 key;
	struct rb_node node;
	bool in;
};

static struct item items[NODES];

static struct rb_node *parent_of(const struct rb_node *node)
{
	return (struct rb_node *)((uintptr_t)node->parent & ~1ul);
}

static bool is_red(const struct rb_node *node)
{
	return node && (uintptr_t)node->parent & 1;
}

/* The number of black nodes on each path down from NODE. */
static u32 check_subtree(const struct rb_node *node, const struct rb_node *parent)
{
	u32 left, right;

	if (!node)
		return 0;
	CHECK(parent_of(node) == parent);
	CHECK(!(is_red(node) && is_red(parent)));
	left = check_subtree(node->left, node);
	right = check_subtree(node->right, node);
	CHECK_EQ(left, right);
	return left + !is_red(node);
}

static u64 key_of(const struct rb_node *node)
{
	return rb_entry(node, struct item, node)->key;
}

/* Ties go right, so equal keys stay in the order of their insertion. */
static void insert(struct rb_tree *tree, struct item *item)
{
	struct rb_node **link = &tree->root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = item->key < key_of(parent) ? &parent->left : &parent->right;
	}
	rb_insert(tree, &item->node, parent, link);
	item->in = true;
}

static void check_tree(struct rb_tree *tree, u32 count)
{
	struct rb_node *node, *last = NULL;
	u32 seen = 0;

	CHECK(!is_red(tree->root));
	check_subtree(tree->root, NULL);
	for (node = rb_first(tree); node; last = node, node = rb_next(node)) {
		CHECK(rb_entry(node, struct item, node)->in);
		CHECK(!last || key_of(last) <= key_of(node));
		CHECK(rb_prev(node) == last);
		seen++;
	}
	CHECK_EQ(seen, count);
}

static void random_operations(u64 keys, u32 rounds)
{
	struct rb_tree tree = { NULL, NULL };
	struct item *item;
	u32 count = 0;

	memset(items, 0, sizeof(items));
	for (u32 i = 0; i < rounds; i++) {
		item = &items[test_random_below(NODES)];
		if (item->in) {
			rb_remove(&tree, &item->node);
			item->in = false;
			count--;
		} else {
			item->key = test_random_below(keys);
			insert(&tree, item);
			count++;
		}
		check_tree(&tree, count);
	}
}

TEST(random_distinct_keys)
{
	random_operations(1ul << 40, 4000);
}

TEST(random_equal_keys)
{
	random_operations(5, 2000);
}

static void ascending(bool remove_first)
{
	struct rb_tree tree = { NULL, NULL };
	u32 i;

	for (i = 0; i < NODES; i++) {
		items[i].key = i;
		insert(&tree, &items[i]);
		check_tree(&tree, i + 1);
	}
	for (i = 0; i < NODES; i++) {
		struct item *item = &items[remove_first ? i : NODES - 1 - i];

		if (remove_first)
			CHECK(rb_first(&tree) == &item->node);
		rb_remove(&tree, &item->node);
		item->in = false;
		check_tree(&tree, NODES - 1 - i);
	}
	CHECK(!tree.root && !tree.first);
}

TEST(ascending_then_from_the_front)
{
	ascending(true);
}

TEST(ascending_then_from_the_back)
{
	ascending(false);
}

static const struct test tests[] = {
	TEST_ROW(random_distinct_keys),
	TEST_ROW(random_equal_keys),
	TEST_ROW(ascending_then_from_the_front),
	TEST_ROW(ascending_then_from_the_back),
};
TEST_MAIN(tests)
