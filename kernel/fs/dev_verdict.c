/* dev_verdict.c - /dev/verdict: what process 1 writes here reaches whoever started the machine.
 *
 * Contract: only process 1 can open it or write to it, so no program's output can pass for a verdict. Process 1 opens
 * it close-on-exec; a descriptor that a child got all the same is of no use to it.
 */
#include "kernel/abi/errno.h"
#include "kernel/dev/virtio_console.h"
#include "kernel/fs/caller.h"
#include "kernel/fs/devfs.h"

static bool is_init(const struct co *co)
{
	return caller_job(caller_of(co)).pid == 1;
}

static long verdict_open(struct co *caller, struct file *file)
{
	(void)file;
	if (!is_init(caller))
		return -EPERM;
	return verdict_present() ? 0 : -ENODEV;
}

struct verdict_send {
	struct co co;
	struct user_buffer *from;
	struct page *page;
	u64 piece, done;
};

CO_STEP(verdict_send)
{
	CO_FRAME(verdict_send);
	long err = 0;

	CO_BEGIN;
	f->page = page_alloc(0);
	if (!f->page)
		CO_RETURN(-ENOMEM);
	while (!err && f->from->left) {
		f->piece = user_copy_in(page_to_virt(f->page), f->from, PAGE_SIZE);
		if (!f->piece) {
			AWAIT(err, user_fault_in(co, f->from));
			err = err && err != -ENOMEM ? -EFAULT : err;
			continue;
		}
		AWAIT(err, verdict_write(co, page_to_virt(f->page), (u32)f->piece));
		if (!err)
			f->done += f->piece;
	}
	page_put(f->page);
	CO_RETURN(f->done ? (long)f->done : err);
	CO_END;
}

static long verdict_file_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	(void)file, (void)at;
	return is_init(caller) ? CO_CALL(verdict_send, caller, .from = from) : -EPERM;
}

const struct file_ops verdict_file_ops = {
	.name = "verdict",
	.open = verdict_open,
	.write = verdict_file_write,
};
