/* ext2_image.h - an ext2 image under test: mounted from memory, and its structs as they lie there. */
#pragma once

#include "kernel/fs/device.h"
#include "kernel/fs/ext2.h"
#include "kernel/fs/test/calls.h"
#include "kernel/fs/test/image.h"

enum { MEMORY_PAGES = 4096 };

static struct test_disk disk;
static struct file_system *fs;

const struct file_ops *device_file_ops(u32 number)
{
	(void)number;
	return NULL;
}

static inline long enter_mount(struct co *co, void *argument)
{
	(void)argument;
	return ext2_mount(co, &disk.device, &fs);
}

/* Mount what image_make made. */
static inline long mount_image(void)
{
	u64 bytes;
	u8 *data = image_map(&bytes);

	run_init(MEMORY_PAGES);
	test_disk_init(&disk, data, bytes);
	run_disk = &disk;
	return run(enter_mount, NULL);
}

static inline struct ext2_super *disk_super(void)
{
	return (struct ext2_super *)(disk.data + EXT2_SUPER_AT);
}

static inline void *disk_block(u32 block)
{
	return disk.data + ((u64)block << (10 + disk_super()->log_block_size));
}

static inline struct ext2_group *disk_group(u32 number)
{
	return (struct ext2_group *)disk_block(disk_super()->first_data_block + 1) + number;
}

/* The inode as it lies on the disk. */
static inline struct ext2_inode *disk_inode(u64 number)
{
	struct ext2_super *super = disk_super();
	u64 group = (number - 1) / super->inodes_per_group, index = (number - 1) % super->inodes_per_group;

	return (void *)((u8 *)disk_block(disk_group((u32)group)->inode_table) + index * super->inode_bytes);
}
