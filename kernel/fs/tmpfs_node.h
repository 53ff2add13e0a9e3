/* tmpfs_node.h - inside tmpfs: what it adds to an inode, and a directory's entries.
 *
 *     directory --by_name--> entries, by (hash, length, name)   lookup
 *               --by_id----> entries, by id                     listing: the id is the position, and ids only grow, so
 *                                                               a listing goes on where it was whatever has gone since
 *
 * An entry holds a reference on its inode; that is what keeps a file alive that nobody has open. The root's reference
 * is the file system's.
 *
 * Locks: tmpfs->lock guards all entries, parents and links of one file system; nothing waits under it.
 */
#pragma once

#include "kernel/fs/tmpfs.h"
#include "kernel/hart/lock.h"
#include "lib/rbtree.h"

struct tmpfs {
	struct file_system fs;
	struct spinlock lock;
	u64 last_number;
};

/* inode->data. */
struct tmpfs_node {
	struct rb_tree by_name, by_id;
	u64 last_id;
	u32 entries;
	struct inode *parent; /* of a directory that has a name, or of the root (itself); no reference */
	char *target;	      /* of a symbolic link */
	u32 target_length;
	struct tmpfs_entry *last; /* the name it had last, when it has none; in no tree; set once */
};

struct tmpfs_entry {
	struct rb_node by_name, by_id;
	u64 id;
	struct inode *inode; /* referenced */
	u32 hash, length;
	char name[];
};

static inline struct tmpfs *tmpfs_of(const struct inode *inode)
{
	return container_of(inode->fs, struct tmpfs, fs);
}

static inline struct tmpfs_node *node_of(const struct inode *inode)
{
	return inode->data;
}

/* The smallest ids are '.' and '..'. */
enum { TMPFS_FIRST_ID = 2 };

/* An entry for NAME that is nowhere yet; NULL: no memory. */
struct tmpfs_entry *tmpfs_entry_alloc(const char *name, u32 length);
void tmpfs_entry_free(struct tmpfs_entry *entry);

/* Lock held. The entry of that name in DIR; NULL: none. */
struct tmpfs_entry *tmpfs_entry_find(struct inode *dir, const char *name, u32 length);
/* Lock held. Enter ENTRY for INODE, taking over a reference; there is no such name yet. */
void tmpfs_entry_insert(struct inode *dir, struct tmpfs_entry *entry, struct inode *inode);
/* Lock held. Take ENTRY out; its memory and its reference are the caller's. */
void tmpfs_entry_remove(struct inode *dir, struct tmpfs_entry *entry);
/* Lock held. The entry with the lowest id from ID on; NULL: none. */
struct tmpfs_entry *tmpfs_entry_from(struct inode *dir, u64 id);

/* A new inode of FS, referenced, with a node; links are 0. NULL: no memory. */
struct inode *tmpfs_inode(struct tmpfs *fs, u32 mode);

/* Texts of links; longer ones than kalloc can give take a page. NULL: no memory. */
char *tmpfs_text_alloc(u32 bytes);
void tmpfs_text_free(char *text, u32 bytes);

/* inode_ops.evict and last_name of all of them. */
void tmpfs_evict(struct inode *inode);
u32 tmpfs_last_name(const struct inode *inode, char *text, u32 bytes);
extern const struct inode_ops tmpfs_directory_ops, tmpfs_file_inode_ops, tmpfs_link_ops;
extern const struct file_ops tmpfs_file_ops;
