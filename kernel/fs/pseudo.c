/* pseudo.c - inodes of devfs and procfs. */
#include "kernel/fs/pseudo.h"

#include "lib/order.h"
#include "lib/string.h"

struct inode *pseudo_inode(struct file_system *fs, u64 number, u32 mode, const struct inode_ops *ops,
			   const struct file_ops *file_ops)
{
	struct inode *inode = inode_find(fs, number);

	if (inode)
		return inode;
	inode = inode_alloc(fs, number, mode);
	if (!inode)
		return NULL;
	inode->ops = ops;
	inode->file_ops = file_ops;
	return inode_enter(inode);
}

bool pseudo_list_dots(struct inode *dir, u64 parent, u64 *position, struct dir_sink *sink)
{
	if (*position == 0) {
		if (!sink->put(sink, ".", 1, dir->number, mode_to_dirent(MODE_DIRECTORY), 1))
			return false;
		*position = 1;
	}
	if (*position == 1) {
		if (!sink->put(sink, "..", 2, parent, mode_to_dirent(MODE_DIRECTORY), 2))
			return false;
		*position = 2;
	}
	return true;
}

bool name_is(const char *name, u32 length, const char *text)
{
	return strlen(text) == length && !memcmp(name, text, length);
}

u32 pseudo_device(void)
{
	static u32 last = 1; /* 0:1 is block_file's */

	return device_make(0, atomic_add_relaxed(&last, 1u) + 1);
}
