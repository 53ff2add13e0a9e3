/* futex_bucket.h - what the futex operations share: words, keys, buckets and waiters. For futex*.c alone.
 *
 *     word (space, address)  ->  key  ->  bucket: waiting, lock, queue -> [ waiter, key A ] -> [ waiter, key B ] -> ...
 *
 *     the word lies in              its key is
 *     private memory                (the space, the address)
 *     a shared mapping, and the     (the identity of the file's page cache, the place in the file),
 *     call has no FUTEX_PRIVATE     so that processes meet, wherever they map it
 *
 * Invariant: `waiting` is at least the number of waiters in the queue. A waiter counts itself before it looks at the
 * word, so that a waker who has changed the word and finds 0 need not take the lock:
 *
 *     waiter: waiting++; fence; load the word        waker: (store the word); fence; load waiting
 */
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/space/space.h"
#include "kernel/proc/futex.h"
#include "kernel/task/wait.h"

enum { FUTEX_BUCKETS = 256 };

struct futex_key {
	u64 object, offset;
};

struct futex_bucket {
	u32 waiting;	      /* atomic */
	struct spinlock lock; /* guards queue, and key and bucket of the waiters in it */
	struct wait_queue queue;
};

extern struct futex_bucket futex_buckets[FUTEX_BUCKETS];

/* The frame of a waiting task, found from its wait. */
struct futex_wait {
	struct co co;
	struct futex_word word;
	struct futex_key key;
	struct futex_bucket *bucket; /* where it is queued: a requeue may change it; guarded by the bucket's lock */
	u64 deadline;
	u32 value, bits;
	bool queued;
};

long futex_key_shared(const struct futex_word *word, struct futex_key *key);

/* The key of WORD: 0, or -EFAULT: it must first be brought in. A private word need not be there. */
static inline long futex_key(const struct futex_word *word, struct futex_key *key)
{
	if (unlikely(word->address >= USER_MAX))
		return -EFAULT;
	*key = (struct futex_key){ (u64)word->space, word->address };
	return likely(!word->shared) ? 0 : futex_key_shared(word, key);
}

static inline struct futex_bucket *futex_bucket_of(struct futex_key key)
{
	u64 hash = (key.object >> 6) * 31 + (key.offset >> 2);

	return &futex_buckets[(hash ^ hash >> 8 ^ hash >> 17) % FUTEX_BUCKETS];
}

/* Does nobody wait in BUCKET? For a waker, whose store to the word came before. */
static inline bool futex_bucket_is_empty(struct futex_bucket *bucket)
{
	fence_full(); /* partner: the fence in wait_try */
	return !load_relaxed(&bucket->waiting);
}

static inline struct futex_wait *futex_waiter_of(struct list *node)
{
	/* a task that waits in a bucket has futex_wait as its innermost frame */
	return (struct futex_wait *)container_of(node, struct task, wait.node)->stack.leaf;
}

static inline bool futex_waits_for(const struct futex_wait *waiter, struct futex_key key)
{
	return waiter->key.offset == key.offset && waiter->key.object == key.object;
}

/* Wake up to COUNT waiters for KEY whose bits meet BITS: how many. The bucket is locked. */
u32 futex_wake_locked(struct futex_bucket *bucket, struct futex_key key, u32 count, u32 bits);
/* Both buckets, of which one may be the other, in ascending order of address. */
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);
