/* mount.h - the file systems that are there from the start.
 *
 *     /          ext2 on the disk
 *     /dev       devfs        /dev/shm   tmpfs
 *     /proc      procfs       /tmp       tmpfs
 */
#pragma once

#include "kernel/fs/inode.h"

/* The root directory of all processes, once mount_root has succeeded; referenced for ever. */
extern struct inode *root_inode;

/* Mount the root file system from the block device of that name (NULL: the first there is), and the others where the
 * image has a directory for them: what is missing is reported and left out. Suspends. 0; -ENODEV: no such device;
 * or why its file system cannot be mounted. */
long mount_root(struct co *caller, const char *device_name);

/* The mounted file systems, the root first: number I, and the path it is mounted on; NULL: there are no more. */
struct file_system *mount_get(u32 i, const char **path);
/* The number of FS among them, from 1 on, as mountinfo tells it; 0: it is mounted nowhere. */
u32 mount_number(const struct file_system *fs);
