/* tmpfs_entry.c - a directory's two trees. */
#include "kernel/fs/tmpfs_node.h"
#include "kernel/mm/slab.h"
#include "lib/string.h"

static u32 name_hash(const char *name, u32 length)
{
	u32 hash = 2166136261u;

	for (u32 i = 0; i < length; i++)
		hash = (hash ^ (u8)name[i]) * 16777619u;
	return hash;
}

struct tmpfs_entry *tmpfs_entry_alloc(const char *name, u32 length)
{
	struct tmpfs_entry *entry = kalloc(sizeof(*entry) + length);

	if (!entry)
		return NULL;
	*entry = (struct tmpfs_entry){ .hash = name_hash(name, length), .length = length };
	memcpy(entry->name, name, length);
	return entry;
}

void tmpfs_entry_free(struct tmpfs_entry *entry)
{
	kfree(entry, sizeof(*entry) + entry->length);
}

/* The order of by_name: any order will do, if it is one. */
static int compare(u32 hash, const char *name, u32 length, const struct tmpfs_entry *entry)
{
	if (hash != entry->hash)
		return hash < entry->hash ? -1 : 1;
	if (length != entry->length)
		return length < entry->length ? -1 : 1;
	return memcmp(name, entry->name, length);
}

struct tmpfs_entry *tmpfs_entry_find(struct inode *dir, const char *name, u32 length)
{
	struct rb_node *node = node_of(dir)->by_name.root;
	u32 hash = name_hash(name, length);
	struct tmpfs_entry *entry;
	int order;

	while (node) {
		entry = rb_entry(node, struct tmpfs_entry, by_name);
		order = compare(hash, name, length, entry);
		if (!order)
			return entry;
		node = order < 0 ? node->left : node->right;
	}
	return NULL;
}

static void insert_by_name(struct rb_tree *tree, struct tmpfs_entry *entry)
{
	struct rb_node **link = &tree->root, *parent = NULL;
	struct tmpfs_entry *other;

	while (*link) {
		parent = *link;
		other = rb_entry(parent, struct tmpfs_entry, by_name);
		link = compare(entry->hash, entry->name, entry->length, other) < 0 ? &parent->left : &parent->right;
	}
	rb_insert(tree, &entry->by_name, parent, link);
}

/* The newest id is the largest: it goes to the far right. */
static void insert_by_id(struct rb_tree *tree, struct tmpfs_entry *entry)
{
	struct rb_node **link = &tree->root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->right;
	}
	rb_insert(tree, &entry->by_id, parent, link);
}

void tmpfs_entry_insert(struct inode *dir, struct tmpfs_entry *entry, struct inode *inode)
{
	struct tmpfs_node *node = node_of(dir);

	entry->inode = inode;
	entry->id = ++node->last_id;
	insert_by_name(&node->by_name, entry);
	insert_by_id(&node->by_id, entry);
	node->entries++;
}

void tmpfs_entry_remove(struct inode *dir, struct tmpfs_entry *entry)
{
	struct tmpfs_node *node = node_of(dir);

	rb_remove(&node->by_name, &entry->by_name);
	rb_remove(&node->by_id, &entry->by_id);
	node->entries--;
}

struct tmpfs_entry *tmpfs_entry_from(struct inode *dir, u64 id)
{
	struct rb_node *node = node_of(dir)->by_id.root;
	struct tmpfs_entry *entry, *best = NULL;

	while (node) {
		entry = rb_entry(node, struct tmpfs_entry, by_id);
		if (entry->id >= id)
			best = entry;
		node = entry->id >= id ? node->left : node->right;
	}
	return best;
}
