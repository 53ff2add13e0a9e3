/* proc_text.c - the text of an open file of /proc.
 *
 * open makes it, in pages that grow until it fits; release frees them. file->data is the first page, whose `index` is
 * the text's length and whose `spare` is the order. A reader in small pieces sees one moment, not many. Each write is a
 * command of its own.
 */
#include "kernel/fs/proc_text.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"

enum { ORDER_MAX = 6 };

static long text_open(struct co *caller, struct file *file)
{
	struct fmt_text text;
	struct page *page;

	(void)caller;
	for (u32 order = 0;; order++) {
		page = page_alloc(order);
		if (!page)
			return -ENOMEM;
		text = (struct fmt_text){ .data = page_to_virt(page), .bytes = (size_t)PAGE_SIZE << order };
		proc_generate(file->inode, &text);
		if (text.length + 1 < text.bytes || order == ORDER_MAX)
			break;
		page_free(page, order);
	}
	page->index = text.length;
	page->spare = (u64)__builtin_ctzl(text.bytes >> PAGE_SHIFT);
	file->data = page;
	return 0;
}

static void text_release(struct file *file)
{
	struct page *page = file->data;

	if (page)
		page_free(page, (u32)page->spare);
}

struct proc_read {
	struct co co;
	struct page *page;
	struct user_buffer *to;
	u64 at, done;
};

/* Copy what there is; true: memory of the reader's is missing. */
static bool read_copy(struct proc_read *f)
{
	u64 bytes = f->at < f->page->index ? f->page->index - f->at : 0, copied;

	bytes = min(bytes, f->to->left);
	copied = user_copy_out(f->to, (char *)page_to_virt(f->page) + f->at, bytes);
	f->at += copied;
	f->done += copied;
	return copied < bytes;
}

CO_STEP(proc_read)
{
	CO_FRAME(proc_read);
	long err;

	CO_BEGIN;
	while (read_copy(f)) {
		AWAIT(err, user_fault_in(co, f->to));
		if (err)
			CO_RETURN(f->done ? (long)f->done : err == -ENOMEM ? err : -EFAULT);
	}
	CO_RETURN((long)f->done);
	CO_END;
}

static long text_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	return file->data ? CO_CALL(proc_read, caller, .page = file->data, .to = to, .at = at) : 0;
}

/* --- writing --- */

enum { WRITE_MOST = 63 };

struct proc_write {
	struct co co;
	struct inode *inode;
	struct user_buffer *from;
	u64 bytes, got;
	char text[WRITE_MOST + 1]; /* zeroes behind what is written */
};

CO_STEP(proc_write)
{
	CO_FRAME(proc_write);
	u64 copied;
	long err;

	CO_BEGIN;
	while (f->got < f->bytes) {
		copied = user_copy_in(f->text + f->got, f->from, f->bytes - f->got);
		f->got += copied;
		if (copied)
			continue;
		AWAIT(err, user_fault_in(co, f->from));
		if (err)
			CO_RETURN(err == -ENOMEM ? err : -EFAULT);
	}
	AWAIT(err, proc_written(co, f->inode, f->text));
	CO_RETURN(err ? err : (long)f->bytes);
	CO_END;
}

static long text_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	(void)at;
	if (from->left > WRITE_MOST)
		return -EINVAL;
	return CO_CALL(proc_write, caller, .inode = file->inode, .from = from, .bytes = from->left);
}

const struct file_ops proc_text_file_ops = {
	.name = "proc",
	.open = text_open,
	.read = text_read,
	.write = text_write,
	.release = text_release,
	.seekable = true,
};
