/* tmpfs.h - a file system in memory. */
#pragma once

#include "kernel/fs/inode.h"

/* Make an empty one: 0 and *OUT; -ENOMEM. Never suspends. */
long tmpfs_mount(struct file_system **out);

/* Nothing of it is in use any more: free it and all that is in it. */
void tmpfs_unmount(struct file_system *fs);

/* A file that is in no directory (shared anonymous memory, memfd_create), of SIZE bytes of zeroes, and is known as
 * NAME: referenced, or NULL. FS is a tmpfs. */
struct inode *tmpfs_unnamed(struct file_system *fs, u32 mode, u64 size, const char *name);
