/* proc_text.c - the text of an open file of /proc.
 *
 * A read from the file's begin makes the text, so who keeps the file open and reads again sees how things stand now; a
 * read further on goes on in the text that is there, so a reader in small pieces sees one moment, not many. Each write
 * is a command of its own.
 *
 * A text is a piece of pages that has grown until the text fits: `index` of its first page is the length, `spare` the
 * order, `refs` counts the file (file->data, guarded by its lock) and every read that is under way.
 */
#include "kernel/fs/proc_text.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"

enum { ORDER_MAX = 6 };

/* What INODE says now, with one reference; NULL: no memory. */
static struct page *text_make(struct inode *inode)
{
	struct fmt_text text;
	struct page *page;

	for (u32 order = 0;; order++) {
		page = page_alloc(order);
		if (!page)
			return NULL;
		text = (struct fmt_text){ .data = page_to_virt(page), .bytes = (size_t)PAGE_SIZE << order };
		proc_generate(inode, &text);
		if (text.length + 1 < text.bytes || order == ORDER_MAX)
			break;
		page_free(page, order);
	}
	page->index = text.length;
	page->spare = (u64)__builtin_ctzl(text.bytes >> PAGE_SHIFT);
	return page;
}

static void text_put(struct page *text)
{
	/* acquire/release: the last reader's copy happened before the page is somebody else's */
	if (text && atomic_sub(&text->refs, 1u) == 1)
		page_free(text, (u32)text->spare);
}

/* The text that a read at AT is of, referenced; NULL: no memory. */
static struct page *text_get(struct file *file, u64 at)
{
	struct page *text, *fresh = NULL, *old = NULL;

	if (!at || !load_relaxed((struct page **)&file->data)) {
		fresh = text_make(file->inode);
		if (!fresh)
			return NULL;
	}
	spin_lock(&file->lock);
	if (fresh) {
		old = file->data;
		file->data = fresh;
	}
	text = file->data;
	page_get(text);
	spin_unlock(&file->lock);
	text_put(old);
	return text;
}

static void text_release(struct file *file)
{
	text_put(file->data);
}

struct proc_read {
	struct co co;
	struct page *text; /* referenced */
	struct user_buffer *to;
	u64 at;
	long done; /* bytes, or why there are none */
};

/* Copy what there is; true: memory of the reader's is missing. */
static bool read_copy(struct proc_read *f)
{
	u64 bytes = f->at < f->text->index ? f->text->index - f->at : 0, copied;

	bytes = min(bytes, f->to->left);
	copied = user_copy_out(f->to, (char *)page_to_virt(f->text) + f->at, bytes);
	f->at += copied;
	f->done += (long)copied;
	return copied < bytes;
}

CO_STEP(proc_read)
{
	CO_FRAME(proc_read);
	long err;

	CO_BEGIN;
	while (read_copy(f)) {
		AWAIT(err, user_fault_in(co, f->to));
		if (!err)
			continue;
		if (!f->done)
			f->done = err == -ENOMEM ? err : -EFAULT;
		break;
	}
	text_put(f->text);
	CO_RETURN(f->done);
	CO_END;
}

static long text_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	struct page *text = text_get(file, at);

	if (!text)
		return -ENOMEM;
	return CO_CALL_OR(text_put(text), proc_read, caller, .text = text, .to = to, .at = at);
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
	.read = text_read,
	.write = text_write,
	.release = text_release,
	.seekable = true,
};
