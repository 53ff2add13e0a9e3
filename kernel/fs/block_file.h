/* block_file.h - a block device as a file: its bytes behind a page cache.
 *
 * File systems read their metadata through the cache of their device's inode, and /dev/vda reads the same pages.
 */
#pragma once

#include "kernel/dev/block.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"

extern const struct file_ops block_file_ops;

/* The inode of DEVICE, with a reference for the caller; NULL: no memory. Never suspends. Its number and st_rdev are the
 * device number Linux would give it. */
struct inode *block_inode(struct block_device *device);

/* That number, by the device's name. */
u32 block_device_number(const char *name);
