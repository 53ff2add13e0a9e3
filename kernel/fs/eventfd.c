/* eventfd.c - see eventfd.h. */
#include "kernel/fs/eventfd.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/mm/slab.h"
#include "kernel/task/wait.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
	struct spinlock lock; /* guards count and both queues */
	u64 count;
	bool semaphore;
	struct wait_queue readable, writable;
	struct poll_queue poll;
};

static struct slab_cache eventfd_cache = SLAB_CACHE(eventfd_cache, "eventfd", sizeof(struct eventfd));

struct eventfd_read {
	struct co co;
	struct file *file;
	struct user_buffer *buffer;
	u64 value;
};

struct eventfd_write {
	struct co co;
	struct file *file;
	struct user_buffer *buffer;
	u64 value;
};

/* Take the count, or one of it. Lock held. */
static u64 take(struct eventfd *e)
{
	u64 value = e->semaphore ? 1 : e->count;

	e->count -= value;
	wait_wake_one(&e->writable);
	return value;
}

CO_STEP(eventfd_read)
{
	CO_FRAME(eventfd_read);
	struct eventfd *e = f->file->data;
	long err;

	CO_BEGIN;
	AWAIT_UNTIL(err, &e->lock, &e->readable, e->count || (f->file->flags & O_NONBLOCK));
	if (!err && !e->count)
		err = -EAGAIN;
	if (!err)
		f->value = take(e);
	spin_unlock(&e->lock);
	if (err)
		CO_RETURN(err);
	poll_queue_signal(&e->poll, POLL_OUT);
	AWAIT(err, user_write(co, f->buffer->space, f->buffer->address, &f->value, sizeof(u64)));
	CO_RETURN(err ? err : (long)sizeof(u64));
	CO_END;
}

CO_STEP(eventfd_write)
{
	CO_FRAME(eventfd_write);
	struct eventfd *e = f->file->data;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, f->buffer->space, &f->value, f->buffer->address, sizeof(u64)));
	if (err)
		CO_RETURN(err);
	if (f->value == UINT64_MAX)
		CO_RETURN(-EINVAL);
	AWAIT_UNTIL(err, &e->lock, &e->writable,
		    COUNT_MAX - e->count >= f->value || (f->file->flags & O_NONBLOCK));
	if (!err && COUNT_MAX - e->count < f->value)
		err = -EAGAIN;
	if (!err) {
		e->count += f->value;
		wait_wake_all(&e->readable);
	}
	spin_unlock(&e->lock);
	if (err)
		CO_RETURN(err);
	poll_queue_signal(&e->poll, POLL_IN);
	CO_RETURN((long)sizeof(u64));
	CO_END;
}

static long eventfd_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)at;
	return to->bytes < sizeof(u64) ? -EINVAL : CO_CALL(eventfd_read, caller, .file = file, .buffer = to);
}

static long eventfd_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	(void)at;
	return from->bytes < sizeof(u64) ? -EINVAL : CO_CALL(eventfd_write, caller, .file = file, .buffer = from);
}

static u32 eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *e = file->data;
	u64 count;

	poll_table_add(table, &e->poll);
	count = load_acquire(&e->count);
	return (count ? POLL_IN : 0) | (count < COUNT_MAX ? POLL_OUT : 0);
}

static void eventfd_signal(struct file *file, u64 n)
{
	struct eventfd *e = file->data;

	spin_lock(&e->lock);
	e->count += min(n, COUNT_MAX - e->count);
	wait_wake_all(&e->readable);
	spin_unlock(&e->lock);
	poll_queue_signal(&e->poll, POLL_IN);
}

static void eventfd_release(struct file *file)
{
	slab_free(&eventfd_cache, file->data);
}

static const struct file_ops eventfd_ops = {
	.name = "eventfd",
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.signal = eventfd_signal,
	.release = eventfd_release,
};

struct file *eventfd_new(u64 count, bool semaphore, u32 flags)
{
	struct eventfd *e = slab_zalloc(&eventfd_cache);
	struct file *file;

	if (!e)
		return NULL;
	spin_init(&e->lock, RANK_FILE);
	wait_queue_init(&e->readable);
	wait_queue_init(&e->writable);
	poll_queue_init(&e->poll);
	e->count = count;
	e->semaphore = semaphore;
	file = file_alloc(&eventfd_ops, NULL, O_RDWR | (flags & O_NONBLOCK), e);
	if (!file)
		slab_free(&eventfd_cache, e);
	return file;
}
