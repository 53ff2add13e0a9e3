/* file_page_write.c - writing files whose pages are kept in memory.
 *
 * The inode's `names` mutex is held while bytes go in, so that two writers do not mix and a truncate does not come
 * between. It is not held while a page of the writer's own memory is awaited: that page may be one of this very file.
 * After such a wait the file may have changed; an appending writer goes on at what is the end now.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file_page.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/permission.h"
#include "kernel/task/task.h"

enum { RECLAIM_PAGES = 128 };

struct page_write {
	struct co co;
	struct inode *inode;
	struct user_buffer *from;
	u64 at, done;
	struct page *page;
	bool append;
};

/* Files kept in memory must leave a sixteenth of it for everything else. */
static bool memory_is_low(void)
{
	u64 least = page_total_count() / 16;

	if (likely(page_free_count() >= least))
		return false;
	page_cache_reclaim(RECLAIM_PAGES);
	return page_free_count() < least;
}

/* Copy into f->page and let the file grow over it; false: the writer's page is missing. */
static bool write_copy(struct page_write *f)
{
	struct inode *inode = f->inode;
	u64 bytes = min(PAGE_SIZE - f->at % PAGE_SIZE, f->from->left);
	u64 copied = user_copy_in((char *)page_to_virt(f->page) + f->at % PAGE_SIZE, f->from, bytes);

	page_put(f->page);
	f->at += copied;
	f->done += copied;
	spin_lock(&inode->lock);
	if (copied && f->at > inode->size)
		store_relaxed(&inode->size, f->at);
	spin_unlock(&inode->lock);
	return copied == bytes;
}

static long write_result(struct page_write *f, long err)
{
	if (!f->done)
		return err;
	inode_touch(f->inode, true);
	return (long)f->done;
}

CO_STEP(page_write)
{
	CO_FRAME(page_write);
	struct inode *inode = f->inode;
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &inode->names));
	if (err)
		CO_RETURN(err);
	permission_written(co, inode);
	if (f->append)
		f->at = inode->size;
	while (f->from->left) {
		err = f->at > (u64)INT64_MAX - f->from->left ? -EFBIG : 0;
		f->page = err ? NULL : page_cache_peek(&inode->cache, f->at / PAGE_SIZE);
		if (!err && !f->page) {
			if (memory_is_low())
				break;
			AWAIT(err, page_cache_get(co, &inode->cache, f->at / PAGE_SIZE, &f->page));
		}
		if (err)
			break;
		if (!write_copy(f)) {
			mutex_unlock(co, &inode->names);
			AWAIT(err, user_fault_in(co, f->from));
			if (!err)
				AWAIT(err, mutex_lock(co, &inode->names));
			if (err)
				CO_RETURN(write_result(f, err == -ENOMEM ? err : -EFAULT));
			if (f->append)
				f->at = inode->size;
		}
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	mutex_unlock(co, &inode->names);
	CO_RETURN(write_result(f, err ? err : -ENOSPC));
	CO_END;
}

long page_file_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	if (!from->left)
		return 0;
	return CO_CALL(page_write, caller, .inode = file->inode, .from = from, .at = at,
		       .append = load_relaxed(&file->flags) & O_APPEND);
}

/* --- room in advance --- */

struct page_allocate {
	struct co co;
	struct inode *inode;
	u64 at, end;
	struct page *page;
	bool keep_size;
};

static void grow_to(struct inode *inode, u64 end)
{
	spin_lock(&inode->lock);
	if (end > inode->size)
		store_relaxed(&inode->size, end);
	spin_unlock(&inode->lock);
	inode_touch(inode, true);
}

CO_STEP(page_allocate)
{
	CO_FRAME(page_allocate);
	struct inode *inode = f->inode;
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &inode->names));
	if (err)
		CO_RETURN(err);
	for (; !err && f->at < f->end; f->at += PAGE_SIZE) {
		f->page = page_cache_peek(&inode->cache, f->at / PAGE_SIZE);
		if (!f->page && memory_is_low())
			err = -ENOSPC;
		else if (!f->page)
			AWAIT(err, page_cache_get(co, &inode->cache, f->at / PAGE_SIZE, &f->page));
		if (err)
			break;
		page_put(f->page); /* the cache keeps it */
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	if (!err && !f->keep_size)
		grow_to(inode, f->end);
	mutex_unlock(co, &inode->names);
	CO_RETURN(err);
	CO_END;
}

long page_file_allocate(struct co *caller, struct file *file, u64 at, u64 bytes, bool keep_size)
{
	return CO_CALL(page_allocate, caller, .inode = file->inode, .at = at, .end = at + bytes,
		       .keep_size = keep_size);
}
