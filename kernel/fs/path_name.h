/* path_name.h - the way back: from an inode to its path.
 *
 * Inodes do not know their names. A directory knows its parent ('..'), and there its entry is found by its number; of
 * anything else the caller must know the directory. So a name costs a search of each directory up to the root.
 */
#pragma once

#include "kernel/fs/inode.h"

/* The path of INODE below ROOT into TEXT (BYTES of room, not NUL-ended): its length. PARENT: the directory that INODE
 * was found in; not looked at if INODE is a directory itself. The caller holds references on all of them. May suspend.
 * -ENOENT: it is not there any more; -ENAMETOOLONG; or what the file system says. */
long path_name(struct co *caller, struct inode *root, struct inode *inode, struct inode *parent, char *text, u32 bytes);
