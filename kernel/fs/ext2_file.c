/* ext2_file.c - the bytes of files: filling pages of the cache, one request for each run of blocks.
 *
 *     page     [ 1 KiB | 1 KiB | 1 KiB | 1 KiB ]
 *     blocks     700     701     hole    93         two requests, one memset
 *
 * Also symbolic links, whose text is the first page, or lies in the inode when it is short.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/ext2.h"
#include "kernel/fs/file_page.h"
#include "kernel/mm/slab.h"
#include "lib/string.h"

struct ext2_fill {
	struct co co;
	struct inode *inode;
	struct page *page;
	u32 at, bytes; /* in the page: filled, to fill from the disk */
	struct ext2_run run;
};

static u64 fill_sector(const struct ext2_fill *f)
{
	return (u64)f->run.block << (ext2_of(f->inode)->block_shift - 9);
}

static u32 run_bytes(const struct ext2_fill *f)
{
	return f->run.count << ext2_of(f->inode)->block_shift;
}

/* Whole blocks of the page that the file reaches. */
static u32 bytes_on_disk(struct inode *inode, u64 index)
{
	u64 start = index * PAGE_SIZE, block = ext2_of(inode)->block_bytes;

	return inode->size <= start ? 0 : (u32)min((u64)PAGE_SIZE, ALIGN_UP(inode->size - start, block));
}

/* What lies behind the file's end reads as zeroes, whatever the disk holds there. */
static void zero_tail(struct inode *inode, struct page *page)
{
	u64 start = page->index * PAGE_SIZE;
	u64 valid = inode->size <= start ? 0 : min((u64)PAGE_SIZE, inode->size - start);

	memset((char *)page_to_virt(page) + valid, 0, PAGE_SIZE - valid);
}

CO_STEP(ext2_fill)
{
	CO_FRAME(ext2_fill);
	struct ext2 *fs = ext2_of(f->inode);
	char *data;
	long err;

	CO_BEGIN;
	for (; f->at < f->bytes; f->at += run_bytes(f)) {
		AWAIT(err, ext2_map(co, f->inode, (f->page->index * PAGE_SIZE + f->at) >> fs->block_shift,
				    (f->bytes - f->at) >> fs->block_shift, &f->run));
		if (err)
			CO_RETURN(err);
		data = (char *)page_to_virt(f->page) + f->at;
		if (!f->run.block) {
			memset(data, 0, run_bytes(f));
			continue;
		}
		AWAIT(err, block_transfer(co, fs->device, BLOCK_READ, fill_sector(f), data, run_bytes(f)));
		if (err)
			CO_RETURN(err);
	}
	zero_tail(f->inode, f->page);
	CO_RETURN(0);
	CO_END;
}

static long ext2_fill_page(struct co *caller, struct page_cache *cache, struct page *page)
{
	struct inode *inode = container_of(cache, struct inode, cache);

	return CO_CALL(ext2_fill, caller, .inode = inode, .page = page, .bytes = bytes_on_disk(inode, page->index));
}

const struct page_cache_ops ext2_pages = { .fill = ext2_fill_page };

static long ext2_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	(void)caller, (void)file, (void)from, (void)at;
	return -EROFS;
}

static long ext2_fsync(struct co *caller, struct file *file, bool data_only)
{
	(void)caller, (void)file, (void)data_only;
	return 0;
}

const struct file_ops ext2_file_ops = {
	.name = "ext2",
	.read = page_file_read,
	.read_now = page_file_read_now,
	.write = ext2_write,
	.fsync = ext2_fsync,
	.map = page_file_map,
	.seekable = true,
};

/* --- symbolic links --- */

struct ext2_link {
	struct co co;
	struct inode *inode;
	char *buffer;
	u32 bytes;
	struct page *page;
};

CO_STEP(ext2_link)
{
	CO_FRAME(ext2_link);
	long err;

	CO_BEGIN;
	AWAIT(err, page_cache_get(co, &f->inode->cache, 0, &f->page));
	if (err)
		CO_RETURN(err);
	memcpy(f->buffer, page_to_virt(f->page), f->bytes);
	page_put(f->page);
	CO_RETURN(f->bytes);
	CO_END;
}

static long ext2_read_link(struct co *caller, struct inode *link, char *buffer, u32 bytes)
{
	struct ext2_node *node = link->data;
	u64 own = link->blocks - (node->file_acl ? ext2_of(link)->block_bytes / SECTOR_SIZE : 0);

	bytes = (u32)min((u64)bytes, link->size);
	if (own)
		return CO_CALL(ext2_link, caller, .inode = link, .buffer = buffer, .bytes = bytes);
	if (link->size >= EXT2_FAST_LINK_MAX)
		return ext2_damaged(ext2_of(link), link->number, "a symbolic link without blocks is too long");
	memcpy(buffer, node->block, bytes);
	return bytes;
}

const struct inode_ops ext2_link_ops = { .read_link = ext2_read_link, .evict = ext2_evict };
