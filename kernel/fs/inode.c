/* inode.c - the inode table: every inode that can be found by its number, and the idle ones among them.
 *
 *     bucket -> inode -> inode          (file system, number) -> struct inode
 *     idle   -> longest unused ... -> just unused             refs == 0, still in its bucket
 *
 * Contract: nothing here suspends. The table's lock is the only one taken; an inode that goes is freed after the lock.
 * Invariant: an inode is in `idle` exactly while its refs are 0 and it is in the table. References are taken from 0
 * under the lock alone, so an inode with refs == 0 that has left the table belongs to whoever took it out.
 */
#include "kernel/fs/inode.h"

#include "kernel/hart/panic.h"
#include "kernel/mm/slab.h"
#include "kernel/task/timer.h"
#include "lib/order.h"

enum { BUCKETS = 512, IDLE_MAX = 1024 };

static struct inode_table {
	struct spinlock lock; /* guards everything here, and refs at 0 <-> 1 */
	u32 idle_count;
	struct list idle; /* longest unused first */
	struct list buckets[BUCKETS];
} table = { .lock = SPINLOCK_INIT(RANK_INODE), .idle = LIST_INIT(table.idle) };

static struct slab_cache inode_cache = SLAB_CACHE(inode_cache, "inode", sizeof(struct inode));
static const struct page_cache_ops zero_pages;
u64 (*inode_clock)(void) = clock_now;

static struct list *bucket_of(const struct file_system *fs, u64 number)
{
	struct list *bucket = &table.buckets[((u64)fs / 64 + number * 0x9e3779b1u) % BUCKETS];

	if (!bucket->next) /* never used: the static table starts out as zeroes */
		list_init(bucket);
	return bucket;
}

struct inode *inode_alloc(struct file_system *fs, u64 number, u32 mode)
{
	struct inode *inode = slab_zalloc(&inode_cache);

	if (!inode)
		return NULL;
	list_init(&inode->table);
	list_init(&inode->idle);
	inode->refs = 1;
	inode->mode = mode;
	inode->number = number;
	inode->fs = fs;
	inode->links = 1;
	spin_init(&inode->lock, RANK_INODE);
	mutex_init(&inode->names);
	page_cache_init(&inode->cache, &zero_pages, false);
	return inode;
}

static void inode_free(struct inode *inode)
{
	page_cache_drop(&inode->cache, 0);
	if (inode->ops && inode->ops->evict)
		inode->ops->evict(inode);
	slab_free(&inode_cache, inode);
}

static struct inode *find_locked(struct list *bucket, const struct file_system *fs, u64 number)
{
	struct inode *inode;

	list_for_each (inode, bucket, table) {
		if (inode->number != number || inode->fs != fs)
			continue;
		if (atomic_add_relaxed(&inode->refs, 1u) == 0) {
			list_remove(&inode->idle);
			table.idle_count--;
		}
		return inode;
	}
	return NULL;
}

struct inode *inode_find(struct file_system *fs, u64 number)
{
	struct inode *inode;

	spin_lock(&table.lock);
	inode = find_locked(bucket_of(fs, number), fs, number);
	spin_unlock(&table.lock);
	return inode;
}

struct inode *inode_enter(struct inode *inode)
{
	struct list *bucket;
	struct inode *other;

	spin_lock(&table.lock);
	bucket = bucket_of(inode->fs, inode->number);
	other = find_locked(bucket, inode->fs, inode->number);
	if (!other)
		list_push_front(bucket, &inode->table);
	spin_unlock(&table.lock);
	if (!other)
		return inode;
	inode_free(inode);
	return other;
}

void inode_get(struct inode *inode)
{
	atomic_add_relaxed(&inode->refs, 1u);
}

void inode_touch(struct inode *inode, bool contents)
{
	u64 now = inode_clock();
	struct inode_time time = { (s64)(now / 1000000000), (u32)(now % 1000000000) };

	spin_lock(&inode->lock);
	inode->changed = time;
	if (contents)
		inode->modified = time;
	spin_unlock(&inode->lock);
}

/* The longest unused inode, taken out of the table; NULL: none is idle. */
static struct inode *take_idle_locked(void)
{
	struct list *first = list_pop_front(&table.idle);
	struct inode *inode;

	if (!first)
		return NULL;
	inode = list_entry(first, struct inode, idle);
	list_remove(&inode->table);
	table.idle_count--;
	return inode;
}

/* The last reference of INODE is gone: park it, or take it out. What is to be freed, or NULL. */
static struct inode *retire_locked(struct inode *inode)
{
	if (!inode->fs->cached || !load_relaxed(&inode->links) || !list_is_linked(&inode->table)) {
		list_remove(&inode->table);
		return inode;
	}
	list_push_back(&table.idle, &inode->idle);
	return ++table.idle_count > IDLE_MAX ? take_idle_locked() : NULL;
}

void inode_put(struct inode *inode)
{
	struct inode *victim = NULL;
	u32 refs = load_relaxed(&inode->refs);

	while (refs > 1)
		/* release: the last holder's free comes after all that we did; partner: atomic_sub below */
		if (atomic_cas(&inode->refs, &refs, refs - 1))
			return;
	spin_lock(&table.lock);
	ASSERT(load_relaxed(&inode->refs));
	if (atomic_sub(&inode->refs, 1u) == 1)
		victim = retire_locked(inode);
	spin_unlock(&table.lock);
	if (victim)
		inode_free(victim);
}

u32 inode_shrink(u32 wanted)
{
	struct inode *inode;
	u32 freed = 0;

	while (freed < wanted) {
		spin_lock(&table.lock);
		inode = take_idle_locked();
		spin_unlock(&table.lock);
		if (!inode)
			break;
		inode_free(inode);
		freed++;
	}
	return freed;
}

/* The next idle inode of FS, taken out of the table; NULL: none. */
static struct inode *take_idle_of_locked(const struct file_system *fs)
{
	struct inode *inode;

	list_for_each (inode, &table.idle, idle) {
		if (inode->fs != fs)
			continue;
		list_remove(&inode->idle);
		list_remove(&inode->table);
		table.idle_count--;
		return inode;
	}
	return NULL;
}

void inode_forget_all(const struct file_system *fs)
{
	struct inode *inode;

	do {
		spin_lock(&table.lock);
		inode = take_idle_of_locked(fs);
		spin_unlock(&table.lock);
		if (inode)
			inode_free(inode);
	} while (inode);
}
