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

/* What an inode says now, with one reference, into *OUT. */
struct text_make {
	struct co co;
	struct inode *inode;
	struct page *page, **out;
	struct fmt_text text;
	u32 order;
};

static bool text_begin(struct text_make *f)
{
	f->page = page_alloc(f->order);
	if (f->page)
		f->text = (struct fmt_text){ .data = page_to_virt(f->page), .bytes = (size_t)PAGE_SIZE << f->order };
	return f->page;
}

CO_STEP(text_make)
{
	CO_FRAME(text_make);
	long err;

	CO_BEGIN;
	for (;; f->order++) {
		if (!text_begin(f))
			CO_RETURN(-ENOMEM);
		AWAIT(err, proc_generate(co, f->inode, &f->text));
		if (err || f->text.length + 1 < f->text.bytes || f->order == ORDER_MAX)
			break;
		page_free(f->page, f->order);
	}
	if (err) {
		page_free(f->page, f->order);
		CO_RETURN(err);
	}
	f->page->index = f->text.length;
	f->page->spare = f->order;
	*f->out = f->page;
	CO_RETURN(0);
	CO_END;
}

static void text_put(struct page *text)
{
	/* acquire/release: the last reader's copy happened before the page is somebody else's */
	if (text && atomic_sub(&text->refs, 1u) == 1)
		page_free(text, (u32)text->spare);
}

/* The file's text, referenced; FRESH, if there is one, becomes it. */
static struct page *text_get(struct file *file, struct page *fresh)
{
	struct page *text, *old = NULL;

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
	struct file *file;
	struct page *text; /* referenced; at first what was made anew, or NULL */
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
	if (!f->at || !load_relaxed((struct page **)&f->file->data)) {
		AWAIT(err, CO_CALL(text_make, co, .inode = f->file->inode, .out = &f->text));
		if (err)
			CO_RETURN(err);
	}
	f->text = text_get(f->file, f->text);
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
	return CO_CALL(proc_read, caller, .file = file, .to = to, .at = at);
}

/* --- writing --- */

enum { WRITE_MOST = 63 };

struct proc_write {
	struct co co;
	struct inode *inode;
	struct user_buffer *from;
	u64 bytes, got;
	bool cut;
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
	AWAIT(err, proc_written(co, f->inode, f->text, (u32)f->bytes, f->cut));
	CO_RETURN(err ? err : (long)(f->bytes + (f->cut ? f->from->left : 0)));
	CO_END;
}

static long text_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	(void)at;
	return CO_CALL(proc_write, caller, .inode = file->inode, .from = from,
		       .bytes = min(from->left, (u64)WRITE_MOST), .cut = from->left > WRITE_MOST);
}

const struct file_ops proc_text_file_ops = {
	.name = "proc",
	.read = text_read,
	.write = text_write,
	.release = text_release,
	.seekable = true,
};
