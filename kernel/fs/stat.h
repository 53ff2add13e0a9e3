/* stat.h - an inode, and a file system, as user space sees them. Nothing here suspends. */
#pragma once

#include "kernel/abi/stat.h"

struct inode;
struct file_system;

void stat_fill(struct inode *inode, struct abi_stat *out);
/* All that is known, whatever the caller's mask asks for. */
void statx_fill(struct inode *inode, struct abi_statx *out);
void statfs_fill(const struct file_system *fs, struct abi_statfs *out);
