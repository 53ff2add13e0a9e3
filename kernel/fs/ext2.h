/* ext2.h - the ext2 file system, reading.
 *
 *     path walk -> ext2_dir (lookup) -> ext2_inode (by number) -> metadata page of the device's cache
 *     read      -> file_page_read    -> ext2_file (fill)       -> ext2_map (block numbers) -> block_transfer
 *
 * Block sizes 1024, 2048 and 4096; revisions 0 and 1; features filetype, sparse_super, large_file. A journal is
 * ignored when it is clean. Other features that change how the disk is read are refused at mount.
 *
 * Contract: the file system is mounted read-only.
 * Bad images: whatever the disk says is checked where it is used. What is wrong with one file is that file's -EUCLEAN,
 * and one line on the console; loops are bounded by sizes that were checked before.
 */
#pragma once

#include "kernel/dev/block.h"
#include "kernel/fs/ext2_disk.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"

struct ext2 {
	struct file_system fs;
	struct block_device *device;
	struct inode *disk; /* the device's inode: its cache holds the metadata */
	u32 block_bytes, block_shift;
	u32 blocks_count, first_data_block;
	u32 inodes_count, inodes_per_group, inode_bytes;
	u32 group_count, revision;
	bool has_types; /* directory entries tell what they name */
};

/* inode->data of an ext2 inode: its block map. */
struct ext2_node {
	u32 block[15];
	u32 file_acl;
};

/* Mount DEVICE: 0 and *OUT, with its root inode in memory. -EUCLEAN: not an ext2 or a damaged one; -EOPNOTSUPP: it has
 * features that are not known here; -EIO, -ENOMEM. Suspends. */
long ext2_mount(struct co *caller, struct block_device *device, struct file_system **out);
/* The file system has no users any more: free it. */
void ext2_unmount(struct file_system *fs);

/* Inode NUMBER into *INODE, referenced. May suspend. -EUCLEAN: no such number, or it makes no sense. */
long ext2_inode_get(struct co *caller, struct ext2 *fs, u64 number, struct inode **inode);

/* The page of the device's cache that holds BLOCK (a valid one), referenced. May suspend. */
long ext2_block_get(struct co *caller, struct ext2 *fs, u32 block, struct page **page);

/* BLOCK's bytes in that page. */
static inline void *ext2_block_data(const struct ext2 *fs, u32 block, struct page *page)
{
	return (char *)page_to_virt(page) + (((u64)block << fs->block_shift) & (PAGE_SIZE - 1));
}

/* Consecutive blocks of a file that are consecutive on the disk. BLOCK 0: a hole. */
struct ext2_run {
	u32 block, count;
};

/* Where blocks INDEX, INDEX + 1, ... of the file lie: the first run, of at most MOST blocks. May suspend. -EUCLEAN. */
long ext2_map(struct co *caller, struct inode *inode, u64 index, u32 most, struct ext2_run *run);
/* The largest size whose blocks can be mapped. */
u64 ext2_size_max(const struct ext2 *fs);

/* Can BLOCK hold data or metadata? */
static inline bool ext2_block_is_valid(const struct ext2 *fs, u32 block)
{
	return block > fs->first_data_block && block < fs->blocks_count;
}

/* Something on the disk is wrong: -EUCLEAN, and a line on the console, at most one each second. INODE 0: the file
 * system itself. */
long ext2_damaged(struct ext2 *fs, u64 inode, const char *what);

static inline struct ext2 *ext2_of(const struct inode *inode)
{
	return container_of(inode->fs, struct ext2, fs);
}

/* inode_ops.evict of every ext2 inode. */
void ext2_evict(struct inode *inode);
extern const struct inode_ops ext2_directory_ops, ext2_file_inode_ops, ext2_link_ops;
extern const struct file_ops ext2_file_ops;
extern const struct page_cache_ops ext2_pages;
