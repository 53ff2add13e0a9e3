/* eventfd.c - see eventfd.h. */
#include "kernel/fs/eventfd.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/mm/slab.h"
#include "kernel/operation.h"
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
	poll_queue_tell(&e->poll, POLL_OUT);
	return value;
}

/* There is room for VALUE. Lock held. */
static void give(struct eventfd *e, u64 value)
{
	e->count += value;
	wait_wake_all(&e->readable);
	poll_queue_tell(&e->poll, POLL_IN);
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
	AWAIT_UNTIL(err, &e->lock, &e->writable, COUNT_MAX - e->count >= f->value || (f->file->flags & O_NONBLOCK));
	if (!err && COUNT_MAX - e->count < f->value)
		err = -EAGAIN;
	if (!err)
		give(e, f->value);
	spin_unlock(&e->lock);
	CO_RETURN(err ? err : (long)sizeof(u64));
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

/* The program's aligned word at ADDRESS; NULL: not now. */
static inline u64 *word_at(struct space *space, u64 address, u64 bytes, bool write)
{
	return bytes >= sizeof(u64) && !(address % sizeof(u64)) ? user_span(space, address, sizeof(u64), write) : NULL;
}

static long eventfd_read_now(struct file *file, struct space *space, u64 address, u64 bytes, u64 at)
{
	struct eventfd *e = file->data;
	long result = OP_NOT_NOW;
	u64 *to, value = 0;

	(void)at;
	to = load_relaxed(&e->count) ? word_at(space, address, bytes, true) : NULL;
	if (!to)
		return OP_NOT_NOW;
	spin_lock(&e->lock);
	if (e->count) {
		value = take(e);
		result = sizeof(u64);
	}
	spin_unlock(&e->lock);
	if (result > 0)
		store_relaxed(to, value);
	return result;
}

static long eventfd_write_now(struct file *file, struct space *space, u64 address, u64 bytes, u64 at)
{
	u64 *from = word_at(space, address, bytes, false), value;
	struct eventfd *e = file->data;
	long result = OP_NOT_NOW;

	(void)at;
	if (!from)
		return OP_NOT_NOW;
	value = load_relaxed(from);
	spin_lock(&e->lock);
	/* UINT64_MAX, which is an error, never fits */
	if (COUNT_MAX - e->count >= value) {
		give(e, value);
		result = sizeof(u64);
	}
	spin_unlock(&e->lock);
	return result;
}

static u32 eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *e = file->data;
	u64 count;

	poll_table_add(table, &e->poll);
	spin_lock(&e->lock); /* see poll_queue_tell */
	count = e->count;
	spin_unlock(&e->lock);
	return (count ? POLL_IN : 0) | (count < COUNT_MAX ? POLL_OUT : 0);
}

static void eventfd_signal(struct file *file, u64 n)
{
	struct eventfd *e = file->data;

	spin_lock(&e->lock);
	give(e, min(n, COUNT_MAX - e->count));
	spin_unlock(&e->lock);
}

static void eventfd_release(struct file *file)
{
	slab_free(&eventfd_cache, file->data);
}

static const struct file_ops eventfd_ops = {
	.name = "eventfd",
	.read = eventfd_read,
	.read_now = eventfd_read_now,
	.read_least = sizeof(u64),
	.write = eventfd_write,
	.write_now = eventfd_write_now,
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
