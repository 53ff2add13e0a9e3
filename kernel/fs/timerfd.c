/* timerfd.c - see timerfd.h.
 *
 * Nothing ticks: `next` is the first expiration that nobody has read, and a read counts how many there have been since.
 * The alarm is set for `next` alone; the read that moves `next` sets it again.
 */
#include "kernel/fs/timerfd.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/mm/slab.h"
#include "kernel/task/alarm.h"

struct timerfd {
	struct spinlock lock; /* guards next, interval and the queue */
	u64 next;	      /* TIME_NEVER: not set, or read */
	u64 interval;	      /* 0: once */
	bool realtime;
	struct wait_queue readable;
	struct poll_queue poll;
	struct alarm alarm;
};

static struct slab_cache timerfd_cache = SLAB_CACHE(timerfd_cache, "timerfd", sizeof(struct timerfd));

static bool is_due(const struct timerfd *t)
{
	return clock_now() >= load_relaxed(&t->next);
}

static void fire(struct alarm *alarm)
{
	struct timerfd *t = container_of(alarm, struct timerfd, alarm);

	spin_lock(&t->lock);
	wait_wake_all(&t->readable);
	spin_unlock(&t->lock);
	poll_queue_signal(&t->poll, POLL_IN);
}

static void gone(struct alarm *alarm)
{
	slab_free(&timerfd_cache, container_of(alarm, struct timerfd, alarm));
}

/* Lock held: next expires at NEXT. */
static void set_locked(struct timerfd *t, u64 next)
{
	store_relaxed(&t->next, next);
	alarm_set(&t->alarm, next);
}

/* Lock held, and it is due: how often it has expired. */
static u64 take_locked(struct timerfd *t)
{
	u64 count = timer_expirations(t->next, t->interval);

	set_locked(t, t->interval ? t->next + count * t->interval : TIME_NEVER);
	return count;
}

struct timerfd_read {
	struct co co;
	struct file *file;
	struct user_buffer *buffer;
	u64 count;
};

CO_STEP(timerfd_read)
{
	CO_FRAME(timerfd_read);
	struct timerfd *t = f->file->data;
	long err;

	CO_BEGIN;
	AWAIT_UNTIL(err, &t->lock, &t->readable, is_due(t) || (f->file->flags & O_NONBLOCK));
	if (!err && !is_due(t))
		err = -EAGAIN;
	if (!err)
		f->count = take_locked(t);
	spin_unlock(&t->lock);
	if (err)
		CO_RETURN(err);
	AWAIT(err, user_write(co, f->buffer->space, f->buffer->address, &f->count, sizeof(u64)));
	CO_RETURN(err ? err : (long)sizeof(u64));
	CO_END;
}

static long timerfd_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)at;
	return to->bytes < sizeof(u64) ? -EINVAL : CO_CALL(timerfd_read, caller, .file = file, .buffer = to);
}

static u32 timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd *t = file->data;

	poll_table_add(table, &t->poll);
	return is_due(t) ? POLL_IN : 0;
}

static void timerfd_release(struct file *file)
{
	struct timerfd *t = file->data;

	alarm_end(&t->alarm);
}

static const struct file_ops timerfd_ops = {
	.name = "timerfd",
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
};

struct file *timerfd_new(bool realtime, u32 flags)
{
	struct timerfd *t = slab_zalloc(&timerfd_cache);
	struct file *file;

	if (!t)
		return NULL;
	file = file_alloc(&timerfd_ops, NULL, O_RDWR | (flags & O_NONBLOCK), t);
	if (!file) {
		slab_free(&timerfd_cache, t);
		return NULL;
	}
	spin_init(&t->lock, RANK_FILE);
	wait_queue_init(&t->readable);
	poll_queue_init(&t->poll);
	t->next = TIME_NEVER;
	t->realtime = realtime;
	alarm_start(&t->alarm, "timerfd", fire, gone);
	return file;
}

bool timerfd_is(const struct file *file)
{
	return file->ops == &timerfd_ops;
}

bool timerfd_is_realtime(const struct file *file)
{
	const struct timerfd *t = file->data;

	return t->realtime;
}

void timerfd_set(struct file *file, u64 deadline, u64 interval, struct timer_times *before)
{
	struct timerfd *t = file->data;

	spin_lock(&t->lock);
	*before = timer_times(t->next, t->interval);
	t->interval = interval;
	set_locked(t, deadline);
	spin_unlock(&t->lock);
}

void timerfd_get(struct file *file, struct timer_times *now)
{
	struct timerfd *t = file->data;

	spin_lock(&t->lock);
	*now = timer_times(t->next, t->interval);
	spin_unlock(&t->lock);
}
