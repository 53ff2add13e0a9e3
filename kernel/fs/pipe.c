/* pipe.c - the bytes of pipes: a chain of pages between those who write and those who read. How a pipe comes, is opened
 * and goes: fifo.c.
 *
 *     writers                                                           readers
 *        put --> last page [####....] <- ... <- [########] <- first page [..######] --> take
 *                          put_at ^                              take_at ^
 *
 * Pages come as bytes need them and go when they are read; the last one stays for the next bytes.
 *
 * Contract: what one write of at most PIPE_ATOMIC bytes gives lies in the pipe in one piece. So a piece is put as a
 * whole or not at all, also when the writer's memory is not there yet. Larger writes go piece by piece, and others may
 * write between.
 * Who waits to write is woken when PIPE_ATOMIC bytes have room: whatever it waits with fits, so waking one is enough.
 * Who leaves bytes or room behind wakes the next one.
 */
#include "kernel/fs/pipe_state.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/termios.h"
#include "kernel/fs/caller.h"
#include "kernel/mm/page.h"
#include "kernel/operation.h"

static inline u64 room(const struct pipe *p)
{
	return p->capacity > p->bytes ? p->capacity - p->bytes : 0;
}

/* Wake whoever can go on. Lock held. */
static inline void pass_on(struct pipe *p)
{
	if (p->bytes)
		wait_wake_one(&p->readable);
	if (room(p) >= PIPE_ATOMIC)
		wait_wake_one(&p->writable);
}

/* --- reading --- */

static inline struct page *first_page(struct pipe *p)
{
	return list_entry(p->pages.next, struct page, link);
}

static inline struct page *last_page(struct pipe *p)
{
	return list_entry(p->pages.prev, struct page, link);
}

/* Take N bytes out that were copied from the first page. Lock held. */
static inline void taken(struct pipe *p, struct page *page, u32 n)
{
	p->bytes -= n;
	p->take_at += n;
	if (!p->bytes) {
		p->take_at = p->put_at = 0; /* all of it was in this page, which stays */
	} else if (p->take_at == PAGE_SIZE) {
		p->take_at = 0;
		list_remove(&page->link);
		page_free(page, 0);
	}
}

/* Copy out of the first page what is in it: bytes; 0: none will come; -EAGAIN: none is there; -EFAULT: the reader's
 * memory is not there. Lock held. */
static long take(struct pipe *p, struct user_buffer *to)
{
	struct page *page;
	u64 n;

	if (!p->bytes)
		return p->writers ? -EAGAIN : 0;
	page = first_page(p);
	n = min(p->bytes, (u64)(PAGE_SIZE - p->take_at));
	n = user_copy_out(to, (char *)page_to_virt(page) + p->take_at, n);
	taken(p, page, (u32)n);
	poll_queue_tell(&p->poll, POLL_OUT);
	pass_on(p);
	return n ? (long)n : -EFAULT;
}

struct pipe_read {
	struct co co;
	struct file *file;
	struct user_buffer *to;
	u64 done;
};

CO_STEP(pipe_read)
{
	CO_FRAME(pipe_read);
	struct pipe *p = f->file->data;
	long result;

	CO_BEGIN;
	do {
		AWAIT_UNTIL(result, &p->lock, &p->readable,
			    p->bytes || f->done || !p->writers || (f->file->flags & O_NONBLOCK));
		if (!result)
			result = take(p, f->to);
		else
			pass_on(p); /* the wake-up that we do not use */
		spin_unlock(&p->lock);
		if (result > 0) {
			f->done += (u64)result;
			if (f->to->left && task_should_yield())
				AWAIT(result, task_yield(co));
		} else if (result == -EFAULT) {
			AWAIT(result, user_fault_in(co, f->to));
			/* meanwhile the ring may have been closed: nothing goes to the program's memory after that */
			if (!result && load_relaxed(&task_of(co)->cancel) == CANCEL_KILL)
				result = -EINTR;
			if (result)
				CO_RETURN(f->done ? (long)f->done : result);
		} else {
			CO_RETURN(f->done ? (long)f->done : result);
		}
	} while (f->to->left);
	CO_RETURN((long)f->done);
	CO_END;
}

static long pipe_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	struct pipe *p = file->data;
	long done = 0, result;

	(void)at;
	if (!to->left)
		return 0;
	if (load_relaxed(&p->bytes)) {
		spin_lock(&p->lock);
		done = take(p, to);
		spin_unlock(&p->lock);
		if (likely(done > 0) && (!to->left || !load_relaxed(&p->bytes)))
			return done;
		done = max(done, 0l);
	}
	result = CO_CALL(pipe_read, caller, .file = file, .to = to, .done = (u64)done);
	return unlikely(result == -ENOMEM) && done ? done : result; /* no room for the frame */
}

/* As much as is there, out of one page into one that is there. */
static long pipe_read_now(struct file *file, struct space *space, u64 address, u64 bytes, u64 at)
{
	struct pipe *p = file->data;
	long result = OP_NOT_NOW;
	void *to;
	u64 n;

	(void)at;
	to = bytes && load_relaxed(&p->bytes) ? user_span(space, address, bytes, true) : NULL;
	if (!to)
		return OP_NOT_NOW;
	spin_lock(&p->lock);
	n = min(p->bytes, bytes);
	if (likely(n && n <= PAGE_SIZE - p->take_at)) {
		__builtin_memcpy(to, (char *)page_to_virt(first_page(p)) + p->take_at, n);
		taken(p, first_page(p), (u32)n);
		poll_queue_tell(&p->poll, POLL_OUT);
		pass_on(p);
		result = (long)n;
	}
	spin_unlock(&p->lock);
	return result;
}

/* --- writing --- */

/* Copy N bytes behind the last one: all, or nothing (-ENOMEM, -EFAULT: not there now, from where FROM then stands).
 * Lock held. */
static long put_piece(struct pipe *p, struct user_buffer *from, u32 n)
{
	struct page *last = list_is_empty(&p->pages) ? NULL : last_page(p);
	u32 here = last ? min(n, PAGE_SIZE - p->put_at) : 0;
	struct page *more = NULL;
	char *to;

	if (here < n) {
		more = page_alloc_user();
		if (!more)
			return -ENOMEM;
	}
	to = last ? (char *)page_to_virt(last) + p->put_at : NULL;
	if ((here && user_copy_in(to, from, here) != here) ||
	    (more && user_copy_in(page_to_virt(more), from, n - here) != n - here)) {
		if (more)
			page_free(more, 0);
		return -EFAULT;
	}
	p->put_at += n;
	if (more) {
		list_push_back(&p->pages, &more->link);
		p->put_at = n - here;
	}
	p->bytes += n;
	return n;
}

/* What must have room for the write to go on. */
static inline u64 write_needs(const struct user_buffer *from)
{
	return min(from->left, (u64)PIPE_ATOMIC);
}

/* Put the next piece: bytes; -EPIPE; -EAGAIN: no room; -ENOMEM; -EFAULT: *MISSING stands where memory is not there.
 * Lock held. */
static long put(struct pipe *p, struct user_buffer *from, struct user_buffer *missing)
{
	long result;

	if (unlikely(!p->readers))
		return -EPIPE;
	if (room(p) < write_needs(from))
		return -EAGAIN;
	*missing = *from;
	result = put_piece(p, missing, (u32)write_needs(from));
	if (likely(result > 0)) {
		*from = *missing;
		poll_queue_tell(&p->poll, POLL_IN);
	}
	pass_on(p);
	return result;
}

struct pipe_write {
	struct co co;
	struct file *file;
	struct user_buffer *from;
	struct user_buffer missing;
	u64 done;
};

static long write_failed(struct pipe_write *f, long err)
{
	if (err == -EPIPE)
		caller_broken_pipe(&f->co);
	return f->done ? (long)f->done : err;
}

CO_STEP(pipe_write)
{
	CO_FRAME(pipe_write);
	struct pipe *p = f->file->data;
	long result;

	CO_BEGIN;
	do {
		AWAIT_UNTIL(result, &p->lock, &p->writable,
			    room(p) >= write_needs(f->from) || !p->readers || (f->file->flags & O_NONBLOCK));
		if (!result)
			result = put(p, f->from, &f->missing);
		else
			pass_on(p); /* the wake-up that we do not use */
		spin_unlock(&p->lock);
		if (result > 0) {
			f->done += (u64)result;
			if (f->from->left && task_should_yield())
				AWAIT(result, task_yield(co));
		} else if (result == -EFAULT) {
			AWAIT(result, user_fault_in(co, &f->missing));
			if (result)
				CO_RETURN(write_failed(f, result));
		} else {
			CO_RETURN(write_failed(f, result));
		}
	} while (f->from->left);
	CO_RETURN((long)f->done);
	CO_END;
}

static long pipe_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	struct pipe *p = file->data;
	struct user_buffer missing;
	long done;

	(void)at;
	if (!from->left)
		return 0;
	if (likely(from->left <= PIPE_ATOMIC)) {
		spin_lock(&p->lock);
		done = put(p, from, &missing);
		spin_unlock(&p->lock);
		if (likely(done > 0))
			return done;
	}
	return CO_CALL(pipe_write, caller, .file = file, .from = from);
}

/* One piece, out of a page that is there into the last one of the pipe. */
static long pipe_write_now(struct file *file, struct space *space, u64 address, u64 bytes, u64 at)
{
	void *from = bytes && bytes <= PIPE_ATOMIC ? user_span(space, address, bytes, false) : NULL;
	struct pipe *p = file->data;
	long result = OP_NOT_NOW;

	(void)at;
	if (!from)
		return OP_NOT_NOW;
	spin_lock(&p->lock);
	if (likely(p->readers && room(p) >= bytes && !list_is_empty(&p->pages) && PAGE_SIZE - p->put_at >= bytes)) {
		__builtin_memcpy((char *)page_to_virt(last_page(p)) + p->put_at, from, bytes);
		p->put_at += (u32)bytes;
		p->bytes += bytes;
		poll_queue_tell(&p->poll, POLL_IN);
		pass_on(p);
		result = (long)bytes;
	}
	spin_unlock(&p->lock);
	return result;
}

/* --- both ends --- */

/* Who has it open in both ways is told of both; that it has a reader and a writer then follows by itself. A FIFO that
 * was opened before there was a writer has not been hung up. */
static u32 pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *p = file->data;
	u32 ready = 0;

	poll_table_add(table, &p->poll);
	spin_lock(&p->lock);
	if (file_can_read(file)) {
		ready |= p->bytes ? POLL_IN : 0;
		ready |= !p->writers && p->writers_ever != file->position ? POLL_HUP : 0;
	}
	if (file_can_write(file)) {
		ready |= room(p) >= PIPE_ATOMIC ? POLL_OUT : 0;
		ready |= p->readers ? 0 : POLL_ERR;
	}
	spin_unlock(&p->lock);
	return ready;
}

static long pipe_ioctl(struct co *caller, struct file *file, u32 request, u64 argument)
{
	struct pipe *p = file->data;
	u32 bytes = (u32)load_relaxed(&p->bytes);

	if (request != FIONREAD)
		return -ENOTTY;
	return user_write(caller, user_space_of(caller), argument, &bytes, sizeof(bytes));
}

#define PIPE_COMMON .name = "pipe", .poll = pipe_poll, .ioctl = pipe_ioctl, .release = pipe_release
#define PIPE_READS  .read = pipe_read, .read_now = pipe_read_now
#define PIPE_WRITES .write = pipe_write, .write_now = pipe_write_now

const struct file_ops pipe_file_ops[] = {
	[O_RDONLY] = { PIPE_COMMON, PIPE_READS },
	[O_WRONLY] = { PIPE_COMMON, PIPE_WRITES },
	[O_RDWR] = { PIPE_COMMON, PIPE_READS, PIPE_WRITES },
};

/* --- capacity --- */

static struct pipe *pipe_of(struct file *file)
{
	return file->ops->release == pipe_release ? file->data : NULL;
}

long pipe_capacity(struct file *file)
{
	struct pipe *p = pipe_of(file);

	return p ? (long)load_relaxed(&p->capacity) : -EBADF;
}

long pipe_set_capacity(struct file *file, u64 bytes)
{
	struct pipe *p = pipe_of(file);
	u64 capacity = PAGE_SIZE;
	long result;

	if (!p)
		return -EBADF;
	if (!bytes || bytes > UINT32_MAX)
		return -EINVAL;
	if (bytes > PIPE_CAPACITY_MAX)
		return -EPERM;
	while (capacity < bytes)
		capacity *= 2;
	spin_lock(&p->lock);
	result = p->bytes > capacity ? -EBUSY : (long)capacity;
	if (result > 0)
		p->capacity = capacity;
	pass_on(p);
	spin_unlock(&p->lock);
	return result;
}
