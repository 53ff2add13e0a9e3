/* page_cache.h - the pages of a file that are in memory.
 *
 * Each inode that has pages owns one struct page_cache: an index from page number to struct page. Reads, private and
 * shared mappings and exec all use the same pages; a file system's metadata goes through the cache of its device's
 * inode.
 *
 * Contract: page_cache_get suspends until the page holds the file's bytes and returns it with one reference for the
 * caller (page_put). Concurrent readers of one absent page start one fill: the first fills, the others wait for it.
 * The wait is WAIT_DISK: a fill that started is always awaited.
 * Invariant: the index itself holds one reference to each page in it, and such a page's `owner` is the cache; a page
 * that left the index has owner NULL. PAGE_BUSY: one task fills the page; only it changes the page's bytes. The cache
 * uses owner, index and spare of its pages; link is free for whoever writes dirty pages back.
 */
#pragma once

#include "kernel/mm/page.h"
#include "kernel/cache/page_index.h"
#include "kernel/hart/lock.h"
#include "lib/co.h"

struct page_cache;

struct page_cache_ops {
	/* Put the file's bytes for page number page->index into PAGE, zero what lies past the end. May suspend; runs
	 * with the page PAGE_BUSY. 0 or -EIO, -EUCLEAN, -ENOMEM. NULL: new pages are zeroes (tmpfs). */
	long (*fill)(struct co *caller, struct page_cache *cache, struct page *page);
};

struct page_cache {
	const struct page_cache_ops *ops;
	struct spinlock lock; /* guards index, count and hand; and the owner of each page in the index */
	bool keep;	      /* pages are the only copy (tmpfs): never reclaimed */
	struct page_index index;
	u64 count;
	u64 hand;	 /* where reclaim goes on */
	u64 identity;	 /* atomic; 0: nobody has asked yet */
	struct list all; /* in the list that reclaim walks, while there are pages */

	struct spinlock map_lock; /* guards mappings; taken after an address space's lock */
	struct list mappings;	  /* areas that map the file (struct area.mapping) */
};

/* A number that no other cache has or will have, also after this one is gone; odd, so never an address of an object. */
u64 page_cache_identity(struct page_cache *cache);
void page_cache_init(struct page_cache *cache, const struct page_cache_ops *ops, bool keep);

/* Page number INDEX, filled, referenced: 0 and *PAGE, or -EIO, -ENOMEM, -EUCLEAN, -EFBIG. May suspend. The page was in
 * the index at the end of the wait: what a truncate dropped meanwhile is looked for again. */
long page_cache_get(struct co *caller, struct page_cache *cache, u64 index, struct page **page);

/* The caller gets a page that is up to date. The cache's lock is held. */
static inline void page_use_locked(struct page *page, u32 flags)
{
	if (unlikely(!(flags & PAGE_ACCESSED)))
		atomic_or(&page->flags, (u32)PAGE_ACCESSED);
	page_get(page);
}

/* As page_cache_get, if it is there and filled now; NULL otherwise. Never suspends. The hot path of the whole file
 * system: about 45 instructions. */
static inline struct page *page_cache_peek(struct page_cache *cache, u64 index)
{
	struct page *page;
	u32 flags;

	spin_lock(&cache->lock);
	page = page_index_find(&cache->index, index);
	if (likely(page)) {
		/* acquire: pairs with page_busy_end; the bytes are there */
		flags = load_acquire(&page->flags);
		if (likely(flags & PAGE_UPTODATE))
			page_use_locked(page, flags);
		else
			page = NULL;
	}
	spin_unlock(&cache->lock);
	return page;
}

/* Drop all pages from number FIRST on, dirty ones, too (truncate, last use of the inode). Busy pages leave the index at
 * once; their fillers find out. When the inode goes nobody may be in page_cache_get any more. */
void page_cache_drop(struct page_cache *cache, u64 first);

/* For page_reclaim: free up to WANTED clean pages that nobody but an index references: how many are in the allocator
 * now. Never waits, whatever locks the caller holds. */
u64 page_cache_reclaim(u64 wanted);
u64 page_cache_pages(void); /* over all caches, for /proc/meminfo */
