/* file_page_read.c - reading and mapping files through their page cache.
 *
 * The fast path runs in the caller's step and needs no frame: pages that are there are copied out, a few of them at
 * most, since a step is bounded. What is missing (a page of the file, a page of the user's) is left to page_read, which
 * waits.
 *
 *     page_file_read --- all there ---> bytes
 *           +---- something missing --> page_read: [ get page | copy | fault in ]*
 *
 * Across every await the file may have grown or shrunk, so its size is read again for each page.
 */
#include "kernel/fs/file_page.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/inode.h"
#include "kernel/task/task.h"

enum { FAST_PAGES = 4 };

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
	struct inode *inode = file->inode;
	u64 done = 0, bytes, copied;
	struct page *page;
	long result;

	for (u32 i = 0; i < FAST_PAGES; i++) {
		bytes = read_piece(inode, to, at);
		if (!bytes)
			return (long)done;
		page = page_cache_peek(&inode->cache, at / PAGE_SIZE);
		if (unlikely(!page))
			break;
		copied = user_copy_out(to, (char *)page_to_virt(page) + at % PAGE_SIZE, bytes);
		page_put(page);
		done += copied;
		at += copied;
		if (unlikely(copied < bytes))
			break;
		if (likely(!to->left))
			return (long)done;
	}
	result = CO_CALL(page_read, caller, .inode = inode, .to = to, .at = at, .done = done);
	return unlikely(result == -ENOMEM) && done ? (long)done : result; /* no room for the frame */
}

long page_file_map(struct co *caller, struct file *file, u64 index, struct page **page)
{
	struct inode *inode = file->inode;

	if (index >= (load_relaxed(&inode->size) + PAGE_SIZE - 1) / PAGE_SIZE)
		return -ENXIO;
	*page = page_cache_peek(&inode->cache, index);
	return *page ? 0 : page_cache_get(caller, &inode->cache, index, page);
}
