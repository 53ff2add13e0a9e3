/* file.c - making and ending open files.
 *
 * Invariant: a file lives while refs > 0; nobody takes a reference from 0. The release operation runs once, with
 * nothing else looking at the file, and the inode's reference goes after it.
 */
#include "kernel/fs/file.h"

#include "kernel/fs/file_lock.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/slab.h"
#include "lib/order.h"

static struct slab_cache file_cache = SLAB_CACHE(file_cache, "file", sizeof(struct file));

struct file *file_alloc(const struct file_ops *ops, struct inode *inode, u32 flags, void *data)
{
	struct file *file = slab_alloc(&file_cache);

	if (!file)
		return NULL;
	*file = (struct file){ .ops = ops, .refs = 1, .flags = flags, .inode = inode, .data = data };
	spin_init(&file->lock, RANK_FILE);
	return file;
}

void file_end(struct file *file)
{
	file_lock_file_ends(file);
	if (file->ops->release)
		file->ops->release(file);
	if (file->inode)
		inode_put(file->inode);
	if (file->place)
		inode_put(file->place);
	slab_free(&file_cache, file);
}
