/* futex.c - waiting for a word and waking its waiters. */
#include "kernel/proc/futex.h"

#include "kernel/abi/errno.h"
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/space/user_page.h"
#include "kernel/proc/futex_bucket.h"

struct futex_bucket futex_buckets[FUTEX_BUCKETS];

void futex_init(void)
{
	for (u32 i = 0; i < FUTEX_BUCKETS; i++) {
		spin_init(&futex_buckets[i].lock, RANK_FUTEX);
		wait_queue_init(&futex_buckets[i].queue);
	}
}

/* 0: sleep; -EAGAIN: the word is another value; -EFAULT: it is not there now. */
static inline long word_check(const struct futex_word *at, u32 value)
{
	u32 *word = (u32 *)user_page(at->space, at->address, NEED_READ);

	if (unlikely(!word))
		return -EFAULT;
	return load_acquire(word) == value ? 0 : -EAGAIN;
}

/* LAB 4 { */
/* LAB 4: between the look at the word and the place in the queue no wake-up may be lost. */
/* One attempt to queue: CO_PENDING, or why not. After CO_PENDING the frame may be gone. */
static long wait_try(struct co *co, struct futex_wait *f)
{
	struct futex_bucket *bucket;
	long err = futex_key(&f->word, &f->key);

	if (err)
		return err;
	bucket = futex_bucket_of(f->key);
	atomic_add_relaxed(&bucket->waiting, 1u);
	fence_full(); /* partner: futex_bucket_is_empty */
	spin_lock(&bucket->lock);
	err = word_check(&f->word, f->value);
	if (!err) {
		f->bucket = bucket;
		f->queued = true; /* before: once it is queued and unlocked, the frame is not ours */
		err = wait_begin(co, &bucket->queue, WAIT_INTERRUPTIBLE, f->deadline, "the futex word");
		if (err)
			f->queued = false;
	}
	spin_unlock(&bucket->lock);
	if (!err)
		return CO_PENDING;
	atomic_add_relaxed(&bucket->waiting, -1u);
	return err;
}

/* After the wait. Woken (0, which comes from a waker alone): that one has taken the waiter out of queue and count, so
 * there is nothing left that the lock guards. Else it leaves the bucket that it is in now; a requeue may move it until
 * the lock is held. */
static long wait_over(struct co *co, struct futex_wait *f, long result)
{
	struct futex_bucket *bucket;

	if (likely(!result))
		return wait_end(co, 0);
	for (;;) {
		bucket = load_acquire(&f->bucket);
		spin_lock(&bucket->lock);
		if (bucket == load_relaxed(&f->bucket))
			break;
		spin_unlock(&bucket->lock);
	}
	result = wait_end(co, result);
	atomic_add_relaxed(&bucket->waiting, -1u);
	spin_unlock(&bucket->lock);
	return result == -ETIME ? -ETIMEDOUT : result;
}
/* LAB 4 ELSE
static long wait_try(struct co *co, struct futex_wait *f)
{
	long err = futex_key(&f->word, &f->key);

	if (!err)
		err = word_check(&f->word, f->value);
	if (err)
		return err;
	f->bucket = futex_bucket_of(f->key);
	spin_lock(&f->bucket->lock);
	f->queued = true;
	err = wait_begin(co, &f->bucket->queue, WAIT_INTERRUPTIBLE, f->deadline, "the futex word");
	if (err)
		f->queued = false;
	else
		atomic_add_relaxed(&f->bucket->waiting, 1u);
	spin_unlock(&f->bucket->lock);
	return err ? err : CO_PENDING;
}

static long wait_over(struct co *co, struct futex_wait *f, long result)
{
	spin_lock(&f->bucket->lock);
	result = wait_end(co, result);
	atomic_add_relaxed(&f->bucket->waiting, -1u);
	spin_unlock(&f->bucket->lock);
	return result == -ETIME ? -ETIMEDOUT : result;
}
 */
/* } LAB 4 */

CO_STEP(futex_wait)
{
	CO_FRAME(futex_wait);
	struct user_buffer word;
	long err;

	CO_BEGIN;
	for (;;) {
		AWAIT(err, wait_try(co, f));
		if (f->queued)
			CO_RETURN(wait_over(co, f, err));
		if (err != -EFAULT)
			CO_RETURN(err == -ETIME ? -ETIMEDOUT : err);
		word = user_buffer(f->word.space, f->word.address, sizeof(u32), false);
		AWAIT(err, user_fault_in(co, &word));
		if (err)
			CO_RETURN(err);
	}
	CO_END;
}

long futex_wait(struct co *caller, const struct futex_word *word, u32 value, u64 deadline, u32 bits)
{
	return CO_CALL(futex_wait, caller, .word = *word, .value = value, .deadline = deadline, .bits = bits);
}

/* LAB 4 { */
/* LAB 4: COUNT tasks are to go on because of this call. */
u32 futex_wake_locked(struct futex_bucket *bucket, struct futex_key key, u32 count, u32 bits)
{
	struct list *node = bucket->queue.waits.next, *next;
	struct futex_wait *waiter;
	u32 woken = 0;

	for (; node != &bucket->queue.waits && woken < count; node = next) {
		next = node->next;
		waiter = futex_waiter_of(node);
		if (!futex_waits_for(waiter, key) || !(waiter->bits & bits))
			continue;
		list_remove(node);
		/* one whose timeout has just ended it does not count: another is woken in its place */
		if (!wait_wake_task(container_of(node, struct task, wait.node)))
			continue;
		/* it may be gone already */
		atomic_add_relaxed(&bucket->waiting, -1u);
		woken++;
	}
	return woken;
}
/* LAB 4 ELSE
u32 futex_wake_locked(struct futex_bucket *bucket, struct futex_key key, u32 count, u32 bits)
{
	struct list *node = bucket->queue.waits.next, *next;
	u32 woken = 0;

	for (; node != &bucket->queue.waits && woken < count; node = next) {
		next = node->next;
		if (!futex_waits_for(futex_waiter_of(node), key) || !(futex_waiter_of(node)->bits & bits))
			continue;
		list_remove(node);
		wait_wake_task(container_of(node, struct task, wait.node));
		woken++;
	}
	return woken;
}
 */
/* } LAB 4 */

struct futex_wake {
	struct co co;
	struct futex_word word;
	u32 count, bits;
};

static inline long wake_key(struct futex_key key, u32 count, u32 bits)
{
	struct futex_bucket *bucket = futex_bucket_of(key);
	long woken;

	if (futex_bucket_is_empty(bucket))
		return 0;
	spin_lock(&bucket->lock);
	woken = futex_wake_locked(bucket, key, count, bits);
	spin_unlock(&bucket->lock);
	return woken;
}

static long wake_try(const struct futex_word *word, u32 count, u32 bits)
{
	struct futex_key key;
	long err = futex_key(word, &key);

	return err ? err : wake_key(key, count, bits);
}

CO_STEP(futex_wake)
{
	CO_FRAME(futex_wake);
	struct user_buffer word;
	long err;

	CO_BEGIN;
	do {
		word = user_buffer(f->word.space, f->word.address, sizeof(u32), false);
		AWAIT(err, user_fault_in(co, &word));
		if (err)
			CO_RETURN(err);
		err = wake_try(&f->word, f->count, f->bits);
	} while (err == -EFAULT);
	CO_RETURN(err);
	CO_END;
}

long futex_wake(struct co *caller, const struct futex_word *word, u32 count, u32 bits)
{
	long woken;

	if (word->address % sizeof(u32))
		return -EINVAL; /* over the end of a page it would never be found in one piece */
	woken = wake_try(word, count, bits);
	if (likely(woken != -EFAULT) || word->address >= USER_MAX)
		return woken;
	return CO_CALL(futex_wake, caller, .word = *word, .count = count, .bits = bits);
}

long futex_wake_private(struct space *space, u64 address, u32 count)
{
	return wake_key((struct futex_key){ (u64)space, address }, count, FUTEX_ANY);
}
