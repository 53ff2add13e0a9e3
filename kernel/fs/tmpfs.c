/* tmpfs.c - making and ending the file system, and its inodes.
 *
 * Invariant: an inode's links count its entries, and for a directory those that '.' and '..' would be; an inode whose
 * links are 0 has no entry and goes with its last user. Everything lies in slabs and page caches, and goes back there.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file_page.h"
#include "kernel/fs/pseudo.h"
#include "kernel/fs/tmpfs_node.h"
#include "kernel/mm/slab.h"
#include "kernel/space/space.h"
#include "lib/string.h"

static struct slab_cache tmpfs_cache = SLAB_CACHE(tmpfs_cache, "tmpfs", sizeof(struct tmpfs));
static struct slab_cache node_cache = SLAB_CACHE(node_cache, "tmpfs_node", sizeof(struct tmpfs_node));

enum { KALLOC_MAX = 2048 };

char *tmpfs_text_alloc(u32 bytes)
{
	struct page *page;

	if (bytes <= KALLOC_MAX)
		return kalloc(bytes);
	page = page_alloc(0);
	return page ? page_to_virt(page) : NULL;
}

void tmpfs_text_free(char *text, u32 bytes)
{
	if (bytes <= KALLOC_MAX)
		kfree(text, bytes);
	else
		page_put(virt_to_page(text));
}

void tmpfs_evict(struct inode *inode)
{
	struct tmpfs_node *node = node_of(inode);

	if (!node)
		return;
	if (node->target)
		tmpfs_text_free(node->target, node->target_length);
	if (node->last)
		tmpfs_entry_free(node->last);
	slab_free(&node_cache, node);
}

u32 tmpfs_last_name(const struct inode *inode, char *text, u32 bytes)
{
	struct tmpfs *fs = tmpfs_of(inode);
	const struct tmpfs_entry *last;
	u32 length = 0;

	spin_lock(&fs->lock);
	last = node_of(inode)->last;
	if (last) {
		length = min(last->length, bytes);
		memcpy(text, last->name, length);
	}
	spin_unlock(&fs->lock);
	return length;
}

static long tmpfs_read_link(struct co *caller, struct inode *link, char *buffer, u32 bytes)
{
	struct tmpfs_node *node = node_of(link);

	(void)caller;
	bytes = min(bytes, node->target_length);
	memcpy(buffer, node->target, bytes);
	return bytes;
}

/* --- regular files --- */

struct tmpfs_truncate {
	struct co co;
	struct inode *inode;
	u64 size;
};

/* Bytes behind the end are zeroes, so that a file which grows again shows none of the old ones. */
static void cut_pages(struct inode *inode, u64 size)
{
	struct page *page = page_cache_peek(&inode->cache, size / PAGE_SIZE);
	u64 tail = size % PAGE_SIZE;

	if (page) {
		memset((char *)page_to_virt(page) + tail, 0, PAGE_SIZE - tail);
		page_put(page);
	}
	page_cache_drop(&inode->cache, (size + PAGE_SIZE - 1) / PAGE_SIZE);
}

CO_STEP(tmpfs_truncate)
{
	CO_FRAME(tmpfs_truncate);
	struct inode *inode = f->inode;
	u64 old;
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &inode->names));
	if (err)
		CO_RETURN(err);
	spin_lock(&inode->lock);
	old = inode->size;
	store_relaxed(&inode->size, f->size);
	spin_unlock(&inode->lock);
	if (f->size < old) {
		cut_pages(inode, f->size);
		/* after the size: a fault that comes now finds the new end and maps nothing beyond it */
		AWAIT(err, space_unmap_cache(co, &inode->cache, (f->size + PAGE_SIZE - 1) / PAGE_SIZE));
	}
	mutex_unlock(co, &inode->names);
	inode_touch(inode, true);
	CO_RETURN(0);
	CO_END;
}

static long tmpfs_set_size(struct co *caller, struct inode *inode, u64 size)
{
	if (size > INT64_MAX)
		return -EFBIG;
	return CO_CALL(tmpfs_truncate, caller, .inode = inode, .size = size);
}

static long tmpfs_fsync(struct co *caller, struct file *file, bool data_only)
{
	(void)caller, (void)file, (void)data_only;
	return 0;
}

const struct file_ops tmpfs_file_ops = {
	.name = "tmpfs",
	.read = page_file_read,
	.read_now = page_file_read_now,
	.write = page_file_write,
	.allocate = page_file_allocate,
	.fsync = tmpfs_fsync,
	.map = page_file_map,
	.seekable = true,
};

const struct inode_ops tmpfs_file_inode_ops = { .truncate = tmpfs_set_size,
						.last_name = tmpfs_last_name,
						.evict = tmpfs_evict };
const struct inode_ops tmpfs_link_ops = { .read_link = tmpfs_read_link,
					  .last_name = tmpfs_last_name,
					  .evict = tmpfs_evict };
static const struct inode_ops tmpfs_other_ops = { .last_name = tmpfs_last_name, .evict = tmpfs_evict };

/* --- inodes --- */

static void set_type(struct inode *inode)
{
	inode->ops = &tmpfs_other_ops;
	if (inode_is(inode, MODE_REGULAR)) {
		inode->ops = &tmpfs_file_inode_ops;
		inode->file_ops = &tmpfs_file_ops;
	} else if (inode_is(inode, MODE_DIRECTORY)) {
		inode->ops = &tmpfs_directory_ops;
		inode->file_ops = &directory_file_ops;
	} else if (inode_is(inode, MODE_LINK)) {
		inode->ops = &tmpfs_link_ops;
	}
}

struct inode *tmpfs_inode(struct tmpfs *fs, u32 mode)
{
	struct inode *inode = inode_alloc(&fs->fs, atomic_add_relaxed(&fs->last_number, 1ul) + 1, mode);

	if (!inode)
		return NULL;
	set_type(inode);
	inode->links = 0;
	inode->cache.keep = true;
	inode->data = slab_zalloc(&node_cache);
	if (!inode->data) {
		inode_put(inode);
		return NULL;
	}
	node_of(inode)->last_id = TMPFS_FIRST_ID - 1;
	inode_touch(inode, true);
	inode->accessed = inode->modified;
	return inode;
}

struct inode *tmpfs_unnamed(struct file_system *fs, u32 mode, u64 size, const char *name)
{
	struct inode *inode = tmpfs_inode(container_of(fs, struct tmpfs, fs), mode);

	if (!inode)
		return NULL;
	node_of(inode)->last = tmpfs_entry_alloc(name, (u32)strlen(name));
	if (!node_of(inode)->last) {
		inode_put(inode);
		return NULL;
	}
	inode->size = size;
	return inode;
}

/* --- the file system --- */

long tmpfs_mount(struct file_system **out)
{
	struct tmpfs *fs = slab_zalloc(&tmpfs_cache);

	if (!fs)
		return -ENOMEM;
	fs->fs = (struct file_system){ .name = "tmpfs",
				       .device = pseudo_device(),
				       .magic = 0x01021994,
				       .block_bytes = PAGE_SIZE,
				       .blocks = page_total_count() };
	spin_init(&fs->lock, RANK_FILE);
	fs->fs.root = tmpfs_inode(fs, MODE_DIRECTORY | 01777);
	if (!fs->fs.root) {
		slab_free(&tmpfs_cache, fs);
		return -ENOMEM;
	}
	fs->fs.root->links = 2;
	node_of(fs->fs.root)->parent = fs->fs.root;
	*out = &fs->fs;
	return 0;
}

/* Take the first entry of DIR out and drop it. */
static void drop_first(struct inode *dir)
{
	struct tmpfs_entry *entry = tmpfs_entry_from(dir, 0);

	tmpfs_entry_remove(dir, entry);
	entry->inode->links = 0;
	inode_put(entry->inode);
	tmpfs_entry_free(entry);
}

void tmpfs_unmount(struct file_system *file_system)
{
	struct tmpfs *fs = container_of(file_system, struct tmpfs, fs);
	struct inode *dir = fs->fs.root;
	struct tmpfs_entry *first;

	/* Down to a directory without directories in front, emptied from there; no recursion. */
	while ((first = tmpfs_entry_from(dir, 0)) || dir != fs->fs.root) {
		if (!first)
			dir = node_of(dir)->parent;
		else if (inode_is(first->inode, MODE_DIRECTORY) && node_of(first->inode)->entries)
			dir = first->inode;
		else
			drop_first(dir);
	}
	inode_put(fs->fs.root);
	slab_free(&tmpfs_cache, fs);
}
