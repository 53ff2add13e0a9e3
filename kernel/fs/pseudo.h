/* pseudo.h - for file systems that exist only in the kernel: devfs and procfs.
 *
 * Their inodes are made when they are looked up, found again by number while they are in use, and freed after that.
 */
#pragma once

#include "kernel/fs/inode.h"

/* The inode NUMBER of FS, referenced: the one in memory, or a new one. NULL: no memory. Never suspends. */
struct inode *pseudo_inode(struct file_system *fs, u64 number, u32 mode, const struct inode_ops *ops,
			   const struct file_ops *file_ops);

/* The first two entries of any directory: positions 0 and 1. False: the sink is full. */
bool pseudo_list_dots(struct inode *dir, u64 parent, u64 *position, struct dir_sink *sink);

/* Is NAME the text TEXT? */
bool name_is(const char *name, u32 length, const char *text);

/* A device number for a file system without a device: st_dev. */
u32 pseudo_device(void);

/* The d_type of a mode. */
static inline u8 mode_to_dirent(u32 mode)
{
	return (u8)(mode >> 12 & 15);
}
