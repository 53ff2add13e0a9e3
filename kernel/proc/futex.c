/* futex.c - a hash table of buckets, each a lock and a queue of waiters for several words.
 *
 *     bucket: lock, waits -> [ (space A, 0x1000) task ] -> [ (space A, 0x2040) task ] -> ...
 */
#include "kernel/proc/futex.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/space.h"
#include "kernel/mm/user.h"
#include "kernel/task/wait.h"

enum { BUCKETS = 256 };

static struct futex_bucket {
	struct spinlock lock; /* guards queue and the waiters in it */
	struct wait_queue queue;
} buckets[BUCKETS];

/* The frame of a waiting task, found from its wait. */
struct futex_wait {
	struct co co;
	struct space *space;
	u64 address, deadline;
	u32 value, bits;
	struct futex_bucket *bucket; /* where it is queued: a requeue may change it; guarded by the bucket's lock */
	bool queued;
};

static struct futex_bucket *bucket_of(struct space *space, u64 address)
{
	u64 hash = ((u64)space >> 6) * 31 + (address >> 2);
	struct futex_bucket *bucket = &buckets[(hash ^ hash >> 8 ^ hash >> 17) % BUCKETS];

	return bucket;
}

void futex_init(void)
{
	for (u32 i = 0; i < BUCKETS; i++) {
		spin_init(&buckets[i].lock, RANK_FUTEX);
		wait_queue_init(&buckets[i].queue);
	}
}

static struct futex_wait *waiter_of(struct list *node)
{
	/* a task that waits in a bucket has futex_wait as its innermost frame */
	return (struct futex_wait *)container_of(node, struct task, wait.node)->stack.leaf;
}

/* 0: sleep; -EAGAIN: the word is another value; -EFAULT: it is not mapped now. Bucket locked. */
static long word_check(struct space *space, u64 address, u32 value)
{
	u32 *word = user_word(space, address, false);

	if (!word)
		return -EFAULT;
	return load_acquire(word) == value ? 0 : -EAGAIN;
}

/* One attempt to queue: CO_PENDING, or why not. After CO_PENDING the frame may be gone. */
static long wait_try(struct co *co, struct futex_wait *f)
{
	struct futex_bucket *bucket = bucket_of(f->space, f->address);
	long err;

	spin_lock(&bucket->lock);
	err = word_check(f->space, f->address, f->value);
	if (!err) {
		f->bucket = bucket;
		err = wait_begin(co, &bucket->queue, WAIT_INTERRUPTIBLE, f->deadline, "the futex word");
		f->queued = !err;
	}
	spin_unlock(&bucket->lock);
	return err ? err : CO_PENDING;
}

/* The bucket that the waiter is queued in now, locked: a requeue may move it until the lock is held. */
static struct futex_bucket *bucket_lock(struct futex_wait *f)
{
	struct futex_bucket *bucket;

	for (;;) {
		bucket = load_acquire(&f->bucket);
		spin_lock(&bucket->lock);
		if (bucket == load_relaxed(&f->bucket))
			return bucket;
		spin_unlock(&bucket->lock);
	}
}

CO_STEP(futex_wait)
{
	CO_FRAME(futex_wait);
	struct user_buffer word;
	struct futex_bucket *bucket;
	long err;

	CO_BEGIN;
	for (;;) {
		AWAIT(err, wait_try(co, f));
		if (f->queued) {
			bucket = bucket_lock(f);
			err = wait_end(co, err);
			spin_unlock(&bucket->lock);
		}
		if (f->queued || err != -EFAULT)
			CO_RETURN(err == -ETIME ? -ETIMEDOUT : err);
		word = user_buffer(f->space, f->address, sizeof(u32), false);
		AWAIT(err, user_fault_in(co, &word));
		if (err)
			CO_RETURN(err);
	}
	CO_END;
}

long futex_wait(struct co *caller, struct space *space, u64 address, u32 value, u64 deadline, u32 bits)
{
	if (address % 4)
		return -EINVAL;
	return CO_CALL(futex_wait, caller, .space = space, .address = address, .value = value, .deadline = deadline,
		       .bits = bits);
}

/* Move the waiters of (SPACE, ADDRESS) that meet BITS, at most COUNT, from the bucket's queue to TO. */
static u32 collect(struct futex_bucket *bucket, struct space *space, u64 address, u32 count, u32 bits,
		   struct wait_queue *to)
{
	struct list *node = bucket->queue.waits.next, *next;
	struct futex_wait *waiter;
	u32 found = 0;

	for (; node != &bucket->queue.waits && found < count; node = next) {
		next = node->next;
		waiter = waiter_of(node);
		if (waiter->space != space || waiter->address != address || !(waiter->bits & bits))
			continue;
		list_remove(node);
		list_push_back(&to->waits, node);
		found++;
	}
	return found;
}

long futex_wake(struct space *space, u64 address, u32 count, u32 bits)
{
	struct futex_bucket *bucket = bucket_of(space, address);
	struct wait_queue woken;
	u32 n = 0, found;

	wait_queue_init(&woken);
	spin_lock(&bucket->lock);
	/* A waiter whose timeout has just ended it does not count: look for another in its place. */
	while (n < count && (found = collect(bucket, space, address, count - n, bits, &woken)))
		n += wait_wake(&woken, found);
	spin_unlock(&bucket->lock);
	return n;
}

static void lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a > b)
		return lock_two(b, a);
	spin_lock(&a->lock);
	if (a != b)
		spin_lock_nested(&b->lock);
}

static void unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(&b->lock);
	spin_unlock(&a->lock);
}

/* Give the waiters in MOVED to their new word. Both buckets locked. */
static void adopt(struct wait_queue *moved, struct futex_bucket *bucket, u64 address)
{
	struct futex_wait *waiter;
	struct list *node;

	while ((node = list_pop_front(&moved->waits))) {
		waiter = waiter_of(node);
		waiter->address = address;
		store_release(&waiter->bucket, bucket);
		list_push_back(&bucket->queue.waits, node);
	}
}

long futex_requeue(struct space *space, u64 from, u64 to, u32 wake, u32 move, bool check, u32 value)
{
	struct futex_bucket *a = bucket_of(space, from), *b = bucket_of(space, to);
	struct wait_queue woken, moved;
	long n = 0;

	if (from % 4 || to % 4)
		return -EINVAL;
	wait_queue_init(&woken);
	wait_queue_init(&moved);
	lock_two(a, b);
	if (check)
		n = word_check(space, from, value);
	if (!n) {
		n = collect(a, space, from, wake, FUTEX_ANY, &woken);
		wait_wake(&woken, UINT32_MAX);
		n += collect(a, space, from, move, FUTEX_ANY, &moved);
		adopt(&moved, b, to);
	}
	unlock_two(a, b);
	return n;
}
