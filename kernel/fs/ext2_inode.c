/* ext2_inode.c - from an inode number to a struct inode.
 *
 *     number -> group = (number - 1) / inodes_per_group -> group descriptor -> inode table
 *            -> index = (number - 1) % inodes_per_group -------------------------+----> 128 bytes or more
 *
 * Invariant: an inode that comes out of here has a known type, a size that its block map can hold, and, when it is a
 * directory, whole blocks.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/device.h"
#include "kernel/fs/ext2.h"
#include "kernel/mm/slab.h"
#include "lib/string.h"

static struct slab_cache node_cache = SLAB_CACHE(node_cache, "ext2_node", sizeof(struct ext2_node));

long ext2_block_get(struct co *caller, struct ext2 *fs, u32 block, struct page **page)
{
	return page_cache_get(caller, &fs->disk->cache, ((u64)block << fs->block_shift) / PAGE_SIZE, page);
}

void ext2_evict(struct inode *inode)
{
	if (inode->data)
		slab_free(&node_cache, inode->data);
}

const struct inode_ops ext2_file_inode_ops = { .evict = ext2_evict };

/* What the type of the inode gives it, and what is wrong with its size; NULL: nothing. */
static const char *set_directory(struct inode *inode)
{
	struct ext2 *fs = ext2_of(inode);

	inode->ops = &ext2_directory_ops;
	inode->file_ops = &directory_file_ops;
	if (!inode->size || inode->size % fs->block_bytes)
		return "a directory's size is not whole blocks";
	return inode->size > (u64)fs->blocks_count << fs->block_shift ? "a directory larger than the disk" : NULL;
}

static const char *set_regular(struct inode *inode)
{
	inode->ops = &ext2_file_inode_ops;
	inode->file_ops = &ext2_file_ops;
	return inode->size > ext2_size_max(ext2_of(inode)) ? "its size is beyond all limits" : NULL;
}

static const char *set_link(struct inode *inode)
{
	inode->ops = &ext2_link_ops;
	return !inode->size || inode->size >= min(ext2_of(inode)->block_bytes, (u32)PATH_MAX_BYTES)
		       ? "the length of a symbolic link"
		       : NULL;
}

static const char *set_device(struct inode *inode)
{
	const u32 *block = ((struct ext2_node *)inode->data)->block;
	u32 old = block[0], new = block[1];

	inode->ops = &ext2_file_inode_ops;
	inode->size = 0;
	inode->device = old ? device_make(old >> 8 & 0xff, old & 0xff) : new;
	inode->file_ops = inode_is(inode, MODE_CHAR) ? device_file_ops(inode->device) : NULL;
	return NULL;
}

static const char *set_other(struct inode *inode)
{
	inode->ops = &ext2_file_inode_ops;
	inode->size = 0;
	return NULL;
}

static const char *set_unknown(struct inode *inode)
{
	inode->ops = &ext2_file_inode_ops;
	return "unknown file type";
}

typedef const char *set_type(struct inode *inode);
static set_type *const types[16] = {
	[MODE_FIFO >> 12] = set_other,	 [MODE_CHAR >> 12] = set_device,     [MODE_DIRECTORY >> 12] = set_directory,
	[MODE_BLOCK >> 12] = set_device, [MODE_REGULAR >> 12] = set_regular, [MODE_LINK >> 12] = set_link,
	[MODE_SOCKET >> 12] = set_other,
};

static struct inode_time time_of(u32 seconds)
{
	return (struct inode_time){ .seconds = (s32)seconds };
}

/* Take over what RAW says. What is wrong with it; NULL: nothing. */
static const char *take_inode(struct inode *inode, const struct ext2_inode *raw)
{
	struct ext2_node *node = inode->data;
	set_type *set = types[raw->mode >> 12];

	memcpy(node->block, raw->block, sizeof(node->block));
	node->file_acl = raw->file_acl;
	inode->mode = raw->mode;
	inode->links = raw->links;
	inode->uid = raw->uid | (u32)raw->uid_high << 16;
	inode->gid = raw->gid | (u32)raw->gid_high << 16;
	inode->accessed = time_of(raw->accessed);
	inode->modified = time_of(raw->modified);
	inode->changed = time_of(raw->changed);
	inode->blocks = raw->sectors;
	inode->size = raw->size;
	if (inode_is(inode, MODE_REGULAR) && ext2_of(inode)->revision)
		inode->size |= (u64)raw->size_high << 32;
	inode->cache.ops = &ext2_pages;
	if (!raw->links)
		return "it is named but has no links";
	if (raw->flags & (EXT4_INODE_EXTENTS | EXT4_INODE_INLINE_DATA))
		return "it is stored in a way of ext4";
	return (set ? set : set_unknown)(inode);
}

/* A struct inode from RAW: 0 and *OUT, referenced. */
static long make_inode(struct ext2 *fs, u64 number, const struct ext2_inode *raw, struct inode **out)
{
	struct inode *inode = inode_alloc(&fs->fs, number, 0);
	const char *fault;

	if (!inode)
		return -ENOMEM;
	inode->ops = &ext2_file_inode_ops;
	inode->data = slab_alloc(&node_cache);
	if (!inode->data) {
		inode_put(inode);
		return -ENOMEM;
	}
	fault = take_inode(inode, raw);
	if (fault) {
		inode_put(inode); /* not in the table: freed */
		return ext2_damaged(fs, number, fault);
	}
	*out = inode_enter(inode);
	return 0;
}

/* Block and byte of number's group descriptor. */
static u32 group_block(const struct ext2 *fs, u64 number, u32 *at)
{
	u64 byte = (number - 1) / fs->inodes_per_group * sizeof(struct ext2_group);

	*at = (u32)byte & (fs->block_bytes - 1);
	return fs->first_data_block + 1 + (u32)(byte >> fs->block_shift);
}

/* Block and byte of the inode in the inode table at TABLE; 0: it lies outside the file system. */
static u32 inode_block(const struct ext2 *fs, u64 number, u32 table, u32 *at)
{
	u64 byte = (number - 1) % fs->inodes_per_group * fs->inode_bytes;
	u64 block = table + (byte >> fs->block_shift);

	*at = (u32)byte & (fs->block_bytes - 1);
	return ext2_block_is_valid(fs, table) && block < fs->blocks_count ? (u32)block : 0;
}

struct ext2_reading {
	struct co co;
	struct ext2 *fs;
	u64 number;
	struct inode **out;
	struct page *page;
	u32 block, at;
};

CO_STEP(ext2_reading)
{
	CO_FRAME(ext2_reading);
	struct ext2_group *group;
	char *data;
	long err;

	CO_BEGIN;
	f->block = group_block(f->fs, f->number, &f->at);
	if (!ext2_block_is_valid(f->fs, f->block))
		CO_RETURN(ext2_damaged(f->fs, f->number, "its group descriptor lies outside the file system"));
	AWAIT(err, ext2_block_get(co, f->fs, f->block, &f->page));
	if (err)
		CO_RETURN(err);
	data = ext2_block_data(f->fs, f->block, f->page);
	group = (struct ext2_group *)(data + f->at);
	f->block = inode_block(f->fs, f->number, group->inode_table, &f->at);
	page_put(f->page);
	if (!f->block)
		CO_RETURN(ext2_damaged(f->fs, f->number, "its inode table lies outside the file system"));
	AWAIT(err, ext2_block_get(co, f->fs, f->block, &f->page));
	if (err)
		CO_RETURN(err);
	data = ext2_block_data(f->fs, f->block, f->page);
	err = make_inode(f->fs, f->number, (struct ext2_inode *)(data + f->at), f->out);
	page_put(f->page);
	CO_RETURN(err);
	CO_END;
}

long ext2_inode_get(struct co *caller, struct ext2 *fs, u64 number, struct inode **inode)
{
	if (!number || number > fs->inodes_count)
		return ext2_damaged(fs, number, "there is no inode of that number");
	*inode = inode_find(&fs->fs, number);
	return *inode ? 0 : CO_CALL(ext2_reading, caller, .fs = fs, .number = number, .out = inode);
}
