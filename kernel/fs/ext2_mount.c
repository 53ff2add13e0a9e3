/* ext2_mount.c - reading the super block, and believing nothing in it.
 *
 * Contract: after a mount the numbers in struct ext2 fit together: every block below blocks_count lies on the device,
 * every inode up to inodes_count has a group, and no computation with them overflows 64 bits.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/block_file.h"
#include "kernel/fs/ext2.h"
#include "kernel/fs/name_cache.h"
#include "kernel/hart/print.h"
#include "kernel/mm/slab.h"
#include "kernel/task/timer.h"

static struct slab_cache ext2_cache = SLAB_CACHE(ext2_cache, "ext2", sizeof(struct ext2));

enum { COMPLAINT_NS = 1000000000 };

long ext2_damaged(struct ext2 *fs, u64 inode, const char *what)
{
	static u64 next;
	u64 now = clock_now();

	/* Two harts may both print: harmless. */
	if (now < load_relaxed(&next))
		return -EUCLEAN;
	store_relaxed(&next, now + COMPLAINT_NS);
	if (inode)
		print("ext2 %s: inode %lu is damaged: %s\n", fs->device->name, inode, what);
	else
		print("ext2 %s: damaged: %s\n", fs->device->name, what);
	return -EUCLEAN;
}

/* What is wrong with the geometry; NULL: nothing. */
static const char *geometry_fault(const struct ext2_super *super, const struct block_device *device)
{
	u64 bits, blocks, groups;

	if (super->magic != EXT2_MAGIC)
		return "no ext2 magic";
	if (super->log_block_size > 2)
		return "block size is not 1024, 2048 or 4096";
	bits = 8192ul << super->log_block_size;
	if (super->first_data_block != (super->log_block_size == 0))
		return "first data block";
	if (!super->blocks_per_group || super->blocks_per_group > bits)
		return "blocks per group";
	if (!super->inodes_per_group || super->inodes_per_group > bits)
		return "inodes per group";
	blocks = super->blocks_count;
	if (blocks <= super->first_data_block + 1 || blocks << (1 + super->log_block_size) > device->sectors)
		return "block count (is the image complete?)";
	groups = (blocks - super->first_data_block + super->blocks_per_group - 1) / super->blocks_per_group;
	if (super->inodes_count < EXT2_ROOT || super->inodes_count > groups * super->inodes_per_group)
		return "inode count";
	return NULL;
}

static const char *revision_fault(const struct ext2_super *super)
{
	u32 bytes = super->inode_bytes;

	if (super->revision > 1)
		return "unknown revision";
	if (super->revision == 0)
		return NULL;
	if (bytes < EXT2_OLD_INODE_BYTES || bytes > 1024u << super->log_block_size || (bytes & (bytes - 1)))
		return "inode size";
	return NULL;
}

static long check_features(const struct ext2_super *super, const struct block_device *device)
{
	u32 unknown = super->feature_incompat & ~(u32)EXT2_INCOMPAT_FILETYPE;

	if (super->revision == 0 || !unknown)
		return 0;
	if (unknown & EXT3_INCOMPAT_RECOVER)
		print("ext2 %s: the journal must be replayed first (run e2fsck)\n", device->name);
	else
		print("ext2 %s: unknown features 0x%x (is it an ext4?)\n", device->name, unknown);
	return -EOPNOTSUPP;
}

static void take_numbers(struct ext2 *fs, const struct ext2_super *super)
{
	fs->revision = super->revision;
	fs->block_shift = 10 + super->log_block_size;
	fs->block_bytes = 1u << fs->block_shift;
	fs->blocks_count = super->blocks_count;
	fs->first_data_block = super->first_data_block;
	fs->inodes_count = super->inodes_count;
	fs->inodes_per_group = super->inodes_per_group;
	fs->inode_bytes = super->revision ? super->inode_bytes : EXT2_OLD_INODE_BYTES;
	fs->has_types = super->revision && (super->feature_incompat & EXT2_INCOMPAT_FILETYPE);
	fs->fs = (struct file_system){
		.name = "ext2",
		.device = fs->disk->device,
		.read_only = true,
		.cached = true,
		.blocks = super->blocks_count,
		.blocks_free = super->free_blocks_count,
		.inodes = super->inodes_count,
		.inodes_free = super->free_inodes_count,
		.block_bytes = fs->block_bytes,
		.magic = EXT2_MAGIC,
	};
}

/* Check the super block in PAGE, the device's first, and take over its numbers. */
static long read_super(struct ext2 *fs, struct page *page)
{
	const struct ext2_super *super = (void *)((char *)page_to_virt(page) + EXT2_SUPER_AT);
	const char *fault = geometry_fault(super, fs->device);

	if (!fault)
		fault = revision_fault(super);
	if (fault) {
		print("ext2 %s: cannot be mounted: %s\n", fs->device->name, fault);
		return -EUCLEAN;
	}
	take_numbers(fs, super);
	return check_features(super, fs->device);
}

static struct ext2 *ext2_alloc(struct block_device *device)
{
	struct ext2 *fs = slab_zalloc(&ext2_cache);

	if (!fs)
		return NULL;
	fs->device = device;
	fs->disk = block_inode(device);
	if (fs->disk)
		return fs;
	slab_free(&ext2_cache, fs);
	return NULL;
}

void ext2_unmount(struct file_system *file_system)
{
	struct ext2 *fs = container_of(file_system, struct ext2, fs);

	if (fs->fs.root)
		inode_put(fs->fs.root);
	inode_forget_all(&fs->fs);
	name_cache_forget_all(&fs->fs);
	inode_put(fs->disk);
	slab_free(&ext2_cache, fs);
}

struct ext2_mounting {
	struct co co;
	struct block_device *device;
	struct ext2 *fs;
	struct page *page;
	struct file_system **out;
};

CO_STEP(ext2_mounting)
{
	CO_FRAME(ext2_mounting);
	long err;

	CO_BEGIN;
	f->fs = ext2_alloc(f->device);
	if (!f->fs)
		CO_RETURN(-ENOMEM);
	AWAIT(err, page_cache_get(co, &f->fs->disk->cache, 0, &f->page));
	if (err)
		goto out;
	err = read_super(f->fs, f->page);
	page_put(f->page);
	if (err)
		goto out;
	AWAIT(err, ext2_inode_get(co, f->fs, EXT2_ROOT, &f->fs->fs.root));
	if (!err && !inode_is(f->fs->fs.root, MODE_DIRECTORY))
		err = ext2_damaged(f->fs, EXT2_ROOT, "the root is not a directory");
out:
	if (err)
		ext2_unmount(&f->fs->fs);
	else
		*f->out = &f->fs->fs;
	CO_RETURN(err);
	CO_END;
}

long ext2_mount(struct co *caller, struct block_device *device, struct file_system **out)
{
	return CO_CALL(ext2_mounting, caller, .device = device, .out = out);
}
