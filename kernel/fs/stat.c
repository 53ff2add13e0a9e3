/* stat.c - an inode's fields in the layouts of Linux.
 *
 * Size, times and links change under inode->lock, so one look under it gives values that belong together.
 */
#include "kernel/fs/stat.h"

#include "kernel/fs/inode.h"

/* Device numbers as user space packs them: 12 bits of major, 20 of minor, in the low 32 bits (device_make). */
static u32 device_major(u32 device)
{
	return device >> 8 & 0xfff;
}

static u32 device_minor(u32 device)
{
	return (device & 0xff) | (device >> 12 & ~0xffu);
}

/* Files kept in memory take what their pages take. */
static u64 blocks_of(const struct inode *inode)
{
	return inode->cache.keep ? load_relaxed(&inode->cache.count) * (PAGE_SIZE / 512) : inode->blocks;
}

void stat_fill(struct inode *inode, struct abi_stat *out)
{
	*out = (struct abi_stat){
		.dev = inode->fs->device, .ino = inode->number, .rdev = inode->device, .blksize = PAGE_SIZE
	};
	spin_lock(&inode->lock);
	out->mode = inode->mode;
	out->nlink = load_relaxed(&inode->links);
	out->uid = inode->uid;
	out->gid = inode->gid;
	out->size = (s64)inode->size;
	out->blocks = (s64)blocks_of(inode);
	out->atime = inode->accessed.seconds;
	out->atime_nsec = inode->accessed.nanoseconds;
	out->mtime = inode->modified.seconds;
	out->mtime_nsec = inode->modified.nanoseconds;
	out->ctime = inode->changed.seconds;
	out->ctime_nsec = inode->changed.nanoseconds;
	spin_unlock(&inode->lock);
}

static struct abi_statx_time statx_time(struct inode_time time)
{
	return (struct abi_statx_time){ .sec = time.seconds, .nsec = time.nanoseconds };
}

void statx_fill(struct inode *inode, struct abi_statx *out)
{
	*out = (struct abi_statx){
		.mask = STATX_BASIC_STATS,
		.blksize = PAGE_SIZE,
		.attributes = inode == inode->fs->root ? STATX_ATTR_MOUNT_ROOT : 0,
		.attributes_mask = STATX_ATTR_MOUNT_ROOT,
		.ino = inode->number,
		.rdev_major = device_major(inode->device),
		.rdev_minor = device_minor(inode->device),
		.dev_major = device_major(inode->fs->device),
		.dev_minor = device_minor(inode->fs->device),
	};
	spin_lock(&inode->lock);
	out->mode = (u16)inode->mode;
	out->nlink = load_relaxed(&inode->links);
	out->uid = inode->uid;
	out->gid = inode->gid;
	out->size = inode->size;
	out->blocks = blocks_of(inode);
	out->atime = statx_time(inode->accessed);
	out->mtime = statx_time(inode->modified);
	out->ctime = statx_time(inode->changed);
	spin_unlock(&inode->lock);
}

void statfs_fill(const struct file_system *fs, struct abi_statfs *out)
{
	bool in_memory = fs->root && fs->root->cache.keep;
	u64 free = in_memory ? min(page_free_count(), fs->blocks) : fs->blocks_free;

	*out = (struct abi_statfs){
		.type = fs->magic,
		.bsize = fs->block_bytes,
		.blocks = fs->blocks,
		.bfree = free,
		.bavail = free,
		.files = fs->inodes,
		.ffree = fs->inodes_free,
		.fsid = { (s32)fs->device },
		.namelen = NAME_MAX_BYTES,
		.frsize = fs->block_bytes,
		.flags = ST_RELATIME | (fs->read_only ? ST_RDONLY : 0),
	};
}
