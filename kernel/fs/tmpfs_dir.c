/* tmpfs_dir.c - what can be done with the names in a directory of tmpfs.
 *
 * Nothing here suspends: what may fail for want of memory is allocated before the lock is taken, and what is freed is
 * freed after it.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/pseudo.h"
#include "kernel/fs/tmpfs_node.h"
#include "kernel/task/task.h"
#include "lib/string.h"

enum { RENAME_NOREPLACE = 1 };

static bool is_directory(const struct inode *inode)
{
	return inode_is(inode, MODE_DIRECTORY);
}

/* Lock held, which guards links; stat reads them without it. */
static void add_links(struct inode *inode, s32 count)
{
	store_relaxed(&inode->links, inode->links + (u32)count);
}

/* Lock held: INODE has got a name in DIR / has lost it. */
static void linked(struct inode *dir, struct inode *inode)
{
	if (is_directory(inode)) {
		node_of(inode)->parent = dir;
		add_links(inode, 2);
		add_links(dir, 1);
	} else {
		add_links(inode, 1);
	}
}

static void unlinked(struct inode *dir, struct inode *inode)
{
	if (is_directory(inode)) {
		node_of(inode)->parent = NULL;
		add_links(inode, -2);
		add_links(dir, -1);
	} else {
		add_links(inode, -1);
	}
}

static long tmpfs_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	struct tmpfs *fs = tmpfs_of(dir);
	struct tmpfs_entry *entry;

	(void)caller;
	*found = NULL;
	spin_lock(&fs->lock);
	if (name_is(name, length, "..")) {
		*found = node_of(dir)->parent;
	} else {
		entry = tmpfs_entry_find(dir, name, length);
		*found = entry ? entry->inode : NULL;
	}
	if (*found)
		inode_get(*found);
	spin_unlock(&fs->lock);
	return *found ? 0 : -ENOENT;
}

static u64 parent_number(struct inode *dir)
{
	struct inode *parent;
	u64 number;

	spin_lock(&tmpfs_of(dir)->lock);
	parent = node_of(dir)->parent;
	number = parent ? parent->number : dir->number;
	spin_unlock(&tmpfs_of(dir)->lock);
	return number;
}

/* Position 0 is '.', 1 is '..', and then each entry's id is its position. */
static long tmpfs_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	struct tmpfs *fs = tmpfs_of(dir);
	char name[NAME_MAX_BYTES + 1];
	struct tmpfs_entry *entry;
	u64 number, id = 0;
	u32 length = 0;
	u8 type = 0;

	(void)caller;
	if (!pseudo_list_dots(dir, parent_number(dir), position, sink))
		return 0;
	do {
		spin_lock(&fs->lock);
		entry = tmpfs_entry_from(dir, *position);
		if (entry) {
			length = entry->length;
			memcpy(name, entry->name, length);
			number = entry->inode->number;
			type = mode_to_dirent(entry->inode->mode);
			id = entry->id;
		}
		spin_unlock(&fs->lock);
		if (!entry || !sink->put(sink, name, length, number, type, id + 1))
			return 0;
		*position = id + 1;
	} while (!task_should_yield());
	return 0;
}

/* Give INODE a name in DIR: 0, -EEXIST, -ENOENT (the directory has been removed), -ENOMEM. The entry takes a reference
 * of its own. */
static long tmpfs_add(struct inode *dir, const char *name, u32 length, struct inode *inode, bool has_name)
{
	struct tmpfs_entry *entry = tmpfs_entry_alloc(name, length);
	struct tmpfs *fs = tmpfs_of(dir);
	long err = 0;

	if (!entry)
		return -ENOMEM;
	spin_lock(&fs->lock);
	if (tmpfs_entry_find(dir, name, length))
		err = -EEXIST;
	else if (!dir->links || (has_name && !inode->links))
		err = -ENOENT;
	if (!err) {
		inode_get(inode);
		tmpfs_entry_insert(dir, entry, inode);
		linked(dir, inode);
	}
	spin_unlock(&fs->lock);
	if (err)
		tmpfs_entry_free(entry);
	else
		inode_touch(dir, true);
	return err;
}

static long tmpfs_create(struct co *caller, struct inode *dir, const char *name, u32 length, u32 mode,
			 struct inode **made)
{
	struct inode *inode = tmpfs_inode(tmpfs_of(dir), mode);
	long err = -ENOMEM;

	if (inode) {
		permission_new(caller, dir, inode);
		err = tmpfs_add(dir, name, length, inode, false);
	}
	if (!err)
		*made = inode;
	else if (inode)
		inode_put(inode);
	return err;
}

static long tmpfs_symlink(struct co *caller, struct inode *dir, const char *name, u32 length, const char *target,
			  u32 target_length)
{
	struct inode *inode;
	long err = -ENOMEM;

	if (!target_length)
		return -ENOENT;
	if (target_length >= PATH_MAX_BYTES)
		return -ENAMETOOLONG;
	inode = tmpfs_inode(tmpfs_of(dir), MODE_LINK | 0777);
	if (!inode)
		return -ENOMEM;
	permission_new(caller, dir, inode);
	node_of(inode)->target = tmpfs_text_alloc(target_length);
	if (node_of(inode)->target) {
		node_of(inode)->target_length = target_length;
		memcpy(node_of(inode)->target, target, target_length);
		inode->size = target_length;
		err = tmpfs_add(dir, name, length, inode, false);
	}
	inode_put(inode); /* the entry has its own reference */
	return err;
}

static long tmpfs_link(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode *target)
{
	(void)caller;
	if (target->fs != dir->fs)
		return -EXDEV;
	if (is_directory(target))
		return -EPERM;
	return tmpfs_add(dir, name, length, target, true);
}

/* Lock held. May INODE's name go, with or without a directory in its place? */
static long check_removable(const struct inode *inode, bool directory)
{
	if (directory && !is_directory(inode))
		return -ENOTDIR;
	if (!directory && is_directory(inode))
		return -EISDIR;
	if (inode->mounted)
		return -EBUSY;
	return directory && node_of(inode)->entries ? -ENOTEMPTY : 0;
}

/* An entry that is in no directory any more. Who still has the inode open may ask for the last name that it had. */
static void bury(struct tmpfs_entry *entry)
{
	struct inode *inode = entry->inode;
	struct tmpfs *fs = tmpfs_of(inode);
	bool kept;

	inode_touch(inode, false);
	spin_lock(&fs->lock);
	kept = !inode->links && !node_of(inode)->last;
	if (kept)
		node_of(inode)->last = entry;
	spin_unlock(&fs->lock);
	if (!kept)
		tmpfs_entry_free(entry);
	inode_put(inode);
}

static long tmpfs_unlink(struct co *caller, struct inode *dir, const char *name, u32 length, bool directory)
{
	struct tmpfs *fs = tmpfs_of(dir);
	struct tmpfs_entry *entry;
	long err;

	(void)caller;
	spin_lock(&fs->lock);
	entry = tmpfs_entry_find(dir, name, length);
	err = entry ? check_removable(entry->inode, directory) : -ENOENT;
	if (!err) {
		tmpfs_entry_remove(dir, entry);
		unlinked(dir, entry->inode);
	}
	spin_unlock(&fs->lock);
	if (err)
		return err;
	inode_touch(dir, true);
	bury(entry);
	return 0;
}

/* Lock held. Is INODE the directory DIR, or above it? */
static bool is_above(const struct inode *inode, const struct inode *dir)
{
	while (dir && dir != inode && dir != dir->fs->root)
		dir = node_of(dir)->parent;
	return dir == inode;
}

/* Lock held. May FROM go to where TO (NULL: nothing) is, in TO_DIR? */
static long check_rename(const struct tmpfs_entry *from, struct inode *to_dir, const struct tmpfs_entry *to, u32 flags)
{
	if (!from || !to_dir->links)
		return -ENOENT;
	if (to && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (from->inode->mounted)
		return -EBUSY;
	if (is_directory(from->inode) && is_above(from->inode, to_dir))
		return -EINVAL;
	return to ? check_removable(to->inode, is_directory(from->inode)) : 0;
}

/* Lock held. Move FROM's inode to the entry FRESH in TO_DIR. FROM and TO are in no directory after it. */
static void rename_locked(struct inode *from_dir, struct tmpfs_entry *from, struct inode *to_dir,
			  struct tmpfs_entry *to, struct tmpfs_entry *fresh)
{
	if (to) {
		tmpfs_entry_remove(to_dir, to);
		unlinked(to_dir, to->inode);
	}
	tmpfs_entry_remove(from_dir, from);
	unlinked(from_dir, from->inode);
	tmpfs_entry_insert(to_dir, fresh, from->inode);
	linked(to_dir, from->inode);
}

static long tmpfs_rename(struct co *caller, struct inode *from_dir, const char *from_name, u32 from_length,
			 struct inode *to_dir, const char *to_name, u32 to_length, u32 flags)
{
	struct tmpfs_entry *fresh, *from, *to;
	struct tmpfs *fs = tmpfs_of(from_dir);
	bool same;
	long err;

	(void)caller;
	if (from_dir->fs != to_dir->fs)
		return -EXDEV;
	if (flags & ~(u32)RENAME_NOREPLACE)
		return -EINVAL;
	fresh = tmpfs_entry_alloc(to_name, to_length);
	if (!fresh)
		return -ENOMEM;
	spin_lock(&fs->lock);
	from = tmpfs_entry_find(from_dir, from_name, from_length);
	to = tmpfs_entry_find(to_dir, to_name, to_length);
	/* Two names of one file: nothing is to be done (POSIX). */
	same = from && to && from->inode == to->inode && !(flags & RENAME_NOREPLACE);
	err = same ? 0 : check_rename(from, to_dir, to, flags);
	if (!err && !same)
		rename_locked(from_dir, from, to_dir, to, fresh);
	spin_unlock(&fs->lock);
	if (err || same) {
		tmpfs_entry_free(fresh);
		return err;
	}
	inode_touch(fresh->inode, false);
	inode_touch(from_dir, true);
	inode_touch(to_dir, true);
	tmpfs_entry_free(from); /* its reference is fresh's now */
	if (to)
		bury(to);
	return 0;
}

const struct inode_ops tmpfs_directory_ops = {
	.lookup = tmpfs_lookup,
	.read_dir = tmpfs_read_dir,
	.create = tmpfs_create,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rename = tmpfs_rename,
	.last_name = tmpfs_last_name,
	.evict = tmpfs_evict,
};
