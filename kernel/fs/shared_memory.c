/* shared_memory.c - unnamed files of a tmpfs of their own. */
#include "kernel/fs/shared_memory.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/tmpfs.h"

static struct file_system *fs;

long shared_memory_init(void)
{
	return tmpfs_mount(&fs);
}

struct file *shared_memory_file(u64 bytes, const char *name)
{
	struct inode *inode = tmpfs_unnamed(fs, MODE_REGULAR | 0600, bytes, name);
	struct file *file;

	if (!inode)
		return NULL;
	file = file_alloc(inode->file_ops, inode, O_RDWR, NULL);
	if (!file)
		inode_put(inode);
	return file;
}
