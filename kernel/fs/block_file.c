/* block_file.c - the page cache of a block device.
 *
 * Invariant: a page holds the device's bytes, and zeroes past the device's end. The inode's data is the device, which
 * outlives it.
 */
#include "kernel/fs/block_file.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/file_page.h"
#include "lib/string.h"

static struct file_system block_fs = { .name = "block", .device = 1 };

static long block_fill(struct co *caller, struct page_cache *cache, struct page *page)
{
	struct inode *inode = container_of(cache, struct inode, cache);
	u64 at = page->index * PAGE_SIZE;
	u32 bytes = at < inode->size ? (u32)min((u64)PAGE_SIZE, inode->size - at) : 0;
	char *data = page_to_virt(page);

	memset(data + bytes, 0, PAGE_SIZE - bytes);
	if (!bytes)
		return 0;
	return block_transfer(caller, inode->data, BLOCK_READ, at / SECTOR_SIZE, data, bytes);
}

static const struct page_cache_ops block_pages = { .fill = block_fill };

static long block_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	(void)caller, (void)file, (void)from, (void)at;
	return -EROFS;
}

const struct file_ops block_file_ops = {
	.name = "block",
	.read = page_file_read,
	.read_now = page_file_read_now,
	.write = block_write,
	.map = page_file_map,
	.seekable = true,
};

/* Linux's numbers: vda is 254:0, vdb 254:16, ram0 1:0. */
u32 block_device_number(const char *name)
{
	size_t length = strlen(name);
	u32 last = length ? (u8)name[length - 1] : 0;

	if (length == 3 && name[0] == 'v' && name[1] == 'd')
		return device_make(254, (last - 'a') * 16);
	if (length == 4 && name[0] == 'r')
		return device_make(1, last - '0');
	return device_make(259, last);
}

struct inode *block_inode(struct block_device *device)
{
	u32 number = block_device_number(device->name);
	struct inode *inode = inode_find(&block_fs, number);

	if (inode)
		return inode;
	inode = inode_alloc(&block_fs, number, MODE_BLOCK | 0600);
	if (!inode)
		return NULL;
	inode->file_ops = &block_file_ops;
	inode->cache.ops = &block_pages;
	inode->size = device->sectors * SECTOR_SIZE;
	inode->device = number;
	inode->data = device;
	return inode_enter(inode);
}
