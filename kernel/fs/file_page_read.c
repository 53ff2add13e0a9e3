/* file_page_read.c - reading and mapping files through their page cache.
 *
 * What is all there is read at once, a few pages at most, since a step is bounded. If anything is missing (a page of
 * the file, a page of the user's), the read begins again as a coroutine that can wait.
 *
 *     page_file_read_now --- all there ---> bytes
 *           +---- OP_NOT_NOW ---> page_file_read: [ get page | copy | fault in ]*
 *
 * Across every await the file may have grown or shrunk, so its size is read again for each page.
 */
#include "kernel/fs/file_page.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/inode.h"
#include "kernel/space/user_page.h"
#include "kernel/task/task.h"

enum { NOW_BYTES = 4 * PAGE_SIZE };

/* Bytes to copy at AT: within one page, the file and the buffer. 0: done. */
static inline u64 read_piece(struct inode *inode, const struct user_buffer *to, u64 at)
{
	u64 size = load_relaxed(&inode->size), bytes = PAGE_SIZE - at % PAGE_SIZE;

	if (at >= size)
		return 0;
	return min(bytes, min(size - at, to->left));
}

struct page_read {
	struct co co;
	struct inode *inode;
	struct user_buffer *to;
	u64 at, done;
	struct page *page;
};

/* Copy out of f->page, or zeroes for a hole; false: the user's page is missing. */
static bool read_copy(struct page_read *f)
{
	u64 bytes = read_piece(f->inode, f->to, f->at), copied;

	if (f->page)
		copied = user_copy_out(f->to, (char *)page_to_virt(f->page) + f->at % PAGE_SIZE, bytes);
	else
		copied = user_fill_zero(f->to, bytes);
	if (f->page)
		page_put(f->page);
	f->page = NULL;
	f->at += copied;
	f->done += copied;
	return copied == bytes;
}

static long read_error(long err)
{
	return err == -ENOMEM || err == -EIO || err == -EUCLEAN ? err : -EFAULT;
}

CO_STEP(page_read)
{
	CO_FRAME(page_read);
	long err;

	CO_BEGIN;
	while (read_piece(f->inode, f->to, f->at)) {
		f->page = page_cache_peek(&f->inode->cache, f->at / PAGE_SIZE);
		/* a page that would only be in memory and is not there is a hole: none is made for reading it */
		if (!f->page && !f->inode->cache.keep) {
			AWAIT(err, page_cache_get(co, &f->inode->cache, f->at / PAGE_SIZE, &f->page));
			if (err)
				CO_RETURN(f->done ? (long)f->done : err);
		}
		/* While we waited the ring may have been closed, and its program may use the memory for something else:
		 * nothing is written after that. */
		if (load_relaxed(&task_of(co)->cancel) == CANCEL_KILL) {
			if (f->page)
				page_put(f->page);
			CO_RETURN(f->done ? (long)f->done : -EINTR);
		}
		if (!read_copy(f)) {
			AWAIT(err, user_fault_in(co, f->to));
			if (err)
				CO_RETURN(f->done ? (long)f->done : read_error(err));
		}
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN((long)f->done);
	CO_END;
}

long page_file_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	return CO_CALL(page_read, caller, .inode = file->inode, .to = to, .at = at);
}

/* BYTES within one page of the file and one of the user's; false: one of the two is missing. */
static inline bool read_piece_now(struct inode *inode, struct space *space, u64 address, u64 bytes, u64 at)
{
	char *from, *to = user_page(space, address, NEED_WRITE);
	struct page *page = to ? page_cache_peek(&inode->cache, at / PAGE_SIZE) : NULL;

	if (unlikely(!page))
		return false;
	from = (char *)page_to_virt(page) + at % PAGE_SIZE;
	if (bytes == PAGE_SIZE)
		page_copy(to, from);
	else
		__builtin_memcpy(to, from, bytes);
	page_put(page);
	return true;
}

static __attribute__((noinline)) long read_pieces_now(struct inode *inode, struct space *space, u64 address, u64 bytes,
						      u64 at)
{
	u64 done, n;

	if (bytes > NOW_BYTES)
		return OP_NOT_NOW;
	for (done = 0; done < bytes; done += n) {
		n = min(bytes - done, PAGE_SIZE - (at + done) % PAGE_SIZE);
		n = min(n, PAGE_SIZE - (address + done) % PAGE_SIZE);
		if (!read_piece_now(inode, space, address + done, n, at + done))
			return OP_NOT_NOW;
	}
	return (long)bytes;
}

long page_file_read_now(struct file *file, struct space *space, u64 address, u64 bytes, u64 at)
{
	struct inode *inode = file->inode;
	u64 size = load_relaxed(&inode->size);

	if (unlikely(at >= size))
		return 0;
	bytes = min(bytes, size - at);
	if (unlikely(max(at % PAGE_SIZE, address % PAGE_SIZE) + bytes > PAGE_SIZE || !bytes))
		return read_pieces_now(inode, space, address, bytes, at);
	return likely(read_piece_now(inode, space, address, bytes, at)) ? (long)bytes : OP_NOT_NOW;
}

long page_file_map(struct co *caller, struct file *file, u64 index, struct page **page)
{
	struct inode *inode = file->inode;

	if (index >= (load_relaxed(&inode->size) + PAGE_SIZE - 1) / PAGE_SIZE)
		return -ENXIO;
	*page = page_cache_peek(&inode->cache, index);
	return *page ? 0 : page_cache_get(caller, &inode->cache, index, page);
}
