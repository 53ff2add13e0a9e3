/* page_cache_reclaim.c - pages leave the page cache: dropped with their file, or reclaimed.
 *
 * One clock hand goes over all caches, and over all pages of each:
 *
 *     caches:  [ inode 7 ] -> [ inode 3 ] -> [ inode 9 ] -> back to the first
 *                  |
 *                  v hand
 *     pages:   . . A A . d . . A        A: used since the hand was here: spared once
 *                                       d: dirty, busy, or somebody has a reference: left alone
 *
 * Locks: reclaim may be called with any locks held, so it only ever tries locks; what is locked it leaves alone.
 * Invariant: a cache is in the list exactly while it has pages, unless they are kept.
 */
#include "kernel/cache/page_cache_reclaim.h"

#include "kernel/mm/limbo.h"
#include "kernel/hart/lock.h"

enum { DROP_AT_ONCE = 32, LOOK_AT_ONCE = 256, LOOKS = 2048 };

static struct spinlock caches_lock = SPINLOCK_INIT(RANK_REGISTRY); /* guards caches, and `all` of each */
static struct list caches = LIST_INIT(caches);
static u64 total_pages; /* atomic */

void page_cache_count(struct page_cache *cache, long delta)
{
	u64 before = cache->count;

	cache->count += (u64)delta;
	atomic_add_relaxed(&total_pages, (u64)delta);
	if (cache->keep || (before && cache->count))
		return;
	spin_lock(&caches_lock);
	if (cache->count)
		list_push_back(&caches, &cache->all);
	else
		list_remove(&cache->all);
	spin_unlock(&caches_lock);
}

u64 page_cache_pages(void)
{
	return load_relaxed(&total_pages);
}

/* The index gives PAGE up; its reference is the caller's. */
static void detach_locked(struct page_cache *cache, struct page *page)
{
	page_index_remove(&cache->index, page->index);
	page->owner = NULL;
}

void page_cache_drop(struct page_cache *cache, u64 first)
{
	struct page *gone[DROP_AT_ONCE];
	u32 count;

	do {
		count = 0;
		spin_lock(&cache->lock);
		while (count < DROP_AT_ONCE && (gone[count] = page_index_next(&cache->index, &first))) {
			atomic_and(&gone[count]->flags, ~(u32)PAGE_DIRTY);
			detach_locked(cache, gone[count++]);
		}
		if (count)
			page_cache_count(cache, -(long)count);
		spin_unlock(&cache->lock);
		for (u32 i = 0; i < count; i++)
			page_put(gone[i]);
	} while (count == DROP_AT_ONCE);
}

/* --- reclaim --- */

/* Nobody but the index has PAGE, so nobody can get it without the cache's lock, which we hold. The flags are read after
 * the references: who dropped his has set them before. */
static bool may_go_locked(struct page *page)
{
	u32 refs = load_acquire(&page->refs); /* pairs with the atomic_sub of who had a reference */
	u32 flags = load_relaxed(&page->flags);

	if (refs != 1 || flags & (PAGE_BUSY | PAGE_DIRTY))
		return false;
	if (flags & PAGE_ACCESSED) {
		atomic_and(&page->flags, ~(u32)PAGE_ACCESSED);
		return false;
	}
	return true;
}

struct sweep {
	u64 wanted, looks; /* left */
	u64 freed;
};

/* From the hand on; true: to the end, and the hand is back at the start. */
static bool sweep_pages_locked(struct page_cache *cache, struct sweep *sweep)
{
	struct page *page;
	u32 flags;

	for (; sweep->wanted && sweep->looks; cache->hand++) {
		sweep->looks--;
		page = page_index_next(&cache->index, &cache->hand);
		if (!page) {
			cache->hand = 0;
			return true;
		}
		if (!may_go_locked(page))
			continue;
		flags = load_relaxed(&page->flags);
		detach_locked(cache, page);
		cache->count--;
		atomic_sub(&total_pages, 1ul);
		page_put(page);
		if (flags & PAGE_UNMAPPED) /* it is in limbo now */
			continue;
		sweep->wanted--;
		sweep->freed++;
	}
	return false;
}

/* The first cache of the list. It goes to the end when the hand is through, and out when it is empty. An empty cache
 * belongs to its inode alone, which may end at once: nothing of it is touched after the unlock. */
static void sweep_first_locked(struct sweep *sweep)
{
	struct page_cache *cache = list_entry(caches.next, struct page_cache, all);
	bool through;

	sweep->looks--;
	if (!spin_try_lock(&cache->lock)) {
		list_remove(&cache->all);
		list_push_back(&caches, &cache->all);
		return;
	}
	through = sweep_pages_locked(cache, sweep);
	if (through || !cache->count)
		list_remove(&cache->all);
	if (through && cache->count)
		list_push_back(&caches, &cache->all);
	spin_unlock(&cache->lock);
}

u64 page_cache_reclaim(u64 wanted)
{
	struct sweep sweep = { .freed = limbo_reuse(wanted) };
	u64 left = LOOKS;

	/* in pieces: a hart whose cache gets its first page waits for the list meanwhile */
	while (left && sweep.freed < wanted && spin_try_lock(&caches_lock)) {
		sweep.wanted = wanted - sweep.freed;
		sweep.looks = LOOK_AT_ONCE;
		while (sweep.wanted && sweep.looks && !list_is_empty(&caches))
			sweep_first_locked(&sweep);
		left = list_is_empty(&caches) ? 0 : left - LOOK_AT_ONCE;
		spin_unlock(&caches_lock);
	}
	return sweep.freed;
}
