/* directory.c - an open directory: the same for every file system. */
#include "kernel/abi/errno.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/file.h"

static long directory_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)caller, (void)file, (void)to, (void)at;
	return -EISDIR;
}

static long directory_list(struct co *caller, struct file *file, u64 *position, struct dir_sink *sink)
{
	const struct inode_ops *ops = file->inode->ops;

	return ops->read_dir ? ops->read_dir(caller, file->inode, position, sink) : -ENOTDIR;
}

static long directory_sync(struct co *caller, struct file *file, bool data_only)
{
	(void)caller, (void)file, (void)data_only;
	return 0;
}

const struct file_ops directory_file_ops = {
	.name = "directory",
	.read = directory_read,
	.write = directory_read,
	.read_dir = directory_list,
	.fsync = directory_sync,
	.seekable = true,
};
