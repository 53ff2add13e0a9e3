/* file_lock.c - see file_lock.h.
 *
 * All locks lie in a small hash by inode. A set takes out what its owner has in that range, cutting what reaches
 * beyond, and puts the new lock in:
 *
 *     own locks   [--- read ---]      [--- read ---]
 *     set         ......[-- write --]...............
 *     after       [read][-- write --] [--- read ---]
 *
 * Whoever waits for a lock looks again after each change in its bucket. Nobody looks for circles of waiting processes.
 */
#include "kernel/fs/file_lock.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/slab.h"
#include "kernel/task/wait.h"

enum { BUCKETS = 32 };

static struct bucket {
	struct spinlock lock; /* guards both, and the marks of inodes and files */
	struct list locks;
	struct wait_queue changed;
} buckets[BUCKETS];

static struct slab_cache lock_cache = SLAB_CACHE(lock_cache, "file_lock", sizeof(struct file_lock));

void file_lock_init(void)
{
	for (u32 i = 0; i < BUCKETS; i++) {
		spin_init(&buckets[i].lock, RANK_FILE);
		list_init(&buckets[i].locks);
		wait_queue_init(&buckets[i].changed);
	}
}

static struct bucket *bucket_of(const struct inode *inode)
{
	return &buckets[((u64)inode * 0x9e3779b97f4a7c15ul) >> 59];
}

static bool overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->last && b->start <= a->last;
}

static bool is_own(const struct file_lock *lock, const struct file_lock *wanted)
{
	return lock->inode == wanted->inode && lock->kind == wanted->kind && lock->owner == wanted->owner;
}

static bool excludes(const struct file_lock *lock, const struct file_lock *wanted)
{
	return lock->inode == wanted->inode && (lock->kind == LOCK_WHOLE) == (wanted->kind == LOCK_WHOLE) &&
	       !is_own(lock, wanted) && overlap(lock, wanted) &&
	       (lock->mode == LOCK_WRITE || wanted->mode == LOCK_WRITE);
}

/* The first that stands in WANTED's way. Lock held. */
static struct file_lock *obstacle(struct bucket *bucket, const struct file_lock *wanted)
{
	struct file_lock *lock;

	if (wanted->mode == LOCK_NONE)
		return NULL;
	list_for_each (lock, &bucket->locks, link)
		if (excludes(lock, wanted))
			return lock;
	return NULL;
}

void file_lock_test(struct file_lock *lock)
{
	struct bucket *bucket = bucket_of(lock->inode);
	const struct file_lock *other;

	spin_lock(&bucket->lock);
	other = obstacle(bucket, lock);
	if (other)
		*lock = *other;
	else
		lock->mode = LOCK_NONE;
	spin_unlock(&bucket->lock);
}

static void drop(struct file_lock *lock)
{
	list_remove(&lock->link);
	slab_free(&lock_cache, lock);
}

/* Take WANTED's range out of the owner's locks. *SPARE is used for what is left behind the range. Lock held. */
static void cut(struct bucket *bucket, const struct file_lock *wanted, struct file_lock **spare)
{
	struct file_lock *lock, *next;

	list_for_each_safe (lock, next, &bucket->locks, link) {
		bool before = lock->start<wanted->start, behind = lock->last> wanted->last;

		if (!is_own(lock, wanted) || !overlap(lock, wanted))
			continue;
		if (before && behind) { /* only one can reach beyond both ends, so there is a spare one for it */
			**spare = *lock;
			(*spare)->start = wanted->last + 1;
			list_push_back(&bucket->locks, &(*spare)->link);
			*spare = NULL;
		}
		if (before)
			lock->last = wanted->start - 1;
		else if (behind)
			lock->start = wanted->last + 1;
		else
			drop(lock);
	}
}

struct file_lock_set {
	struct co co;
	struct file *file;
	struct file_lock wanted;
	struct file_lock *made, *spare;
	bool wait;
};

/* Lock held, and nobody stands in the way. */
static void set_locked(struct bucket *bucket, struct file_lock_set *f)
{
	cut(bucket, &f->wanted, &f->spare);
	if (f->wanted.mode != LOCK_NONE) {
		*f->made = f->wanted;
		list_push_back(&bucket->locks, &f->made->link);
		f->made = NULL;
		if (f->wanted.kind == LOCK_RECORD)
			store_relaxed(&f->file->inode->locked, true);
		else
			store_relaxed(&f->file->locked, true);
	}
	wait_wake_all(&bucket->changed);
}

/* What a set may need: its lock, and one for what is left behind a hole. Who gives all free needs none. */
static bool set_alloc(struct file_lock_set *f)
{
	bool adds = f->wanted.mode != LOCK_NONE, splits = f->wanted.start && f->wanted.last < INT64_MAX;

	f->made = adds ? slab_alloc(&lock_cache) : NULL;
	f->spare = splits ? slab_alloc(&lock_cache) : NULL;
	return (f->made || !adds) && (f->spare || !splits);
}

CO_STEP(file_lock_set)
{
	CO_FRAME(file_lock_set);
	struct bucket *bucket = bucket_of(f->wanted.inode);
	long err;

	CO_BEGIN;
	err = set_alloc(f) ? 0 : -ENOLCK;
	if (!err) {
		AWAIT_UNTIL(err, &bucket->lock, &bucket->changed, !f->wait || !obstacle(bucket, &f->wanted));
		if (!err && obstacle(bucket, &f->wanted))
			err = -EAGAIN;
		if (!err)
			set_locked(bucket, f);
		spin_unlock(&bucket->lock);
	}
	if (f->made)
		slab_free(&lock_cache, f->made);
	if (f->spare)
		slab_free(&lock_cache, f->spare);
	CO_RETURN(err);
	CO_END;
}

long file_lock_set(struct co *caller, struct file *file, const struct file_lock *wanted, bool wait)
{
	return CO_CALL(file_lock_set, caller, .file = file, .wanted = *wanted, .wait = wait);
}

/* --- ends --- */

static void forget(const struct inode *inode, const void *owner)
{
	struct bucket *bucket = bucket_of(inode);
	struct file_lock *lock, *next;

	spin_lock(&bucket->lock);
	list_for_each_safe (lock, next, &bucket->locks, link)
		if (lock->inode == inode && lock->owner == owner)
			drop(lock);
	wait_wake_all(&bucket->changed);
	spin_unlock(&bucket->lock);
}

void file_lock_file_ends(struct file *file)
{
	if (unlikely(load_relaxed(&file->locked)))
		forget(file->inode, file);
}

void file_lock_closed(const struct files *table, struct file *file)
{
	if (unlikely(file->inode && load_relaxed(&file->inode->locked)))
		forget(file->inode, table);
}
