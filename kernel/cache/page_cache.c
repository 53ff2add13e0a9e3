/* page_cache.c - finding and filling the pages of a file.
 *
 *     absent --claim--> BUSY --fill ok--> UPTODATE
 *                        ^ |
 *                        | +--fill failed--> ERROR (spare: the errno)
 *                        +-----claim-----------+
 *
 * page_cache_get answers at once if the page is up to date; else it pushes the frame below, claims the page under the
 * cache's lock and is told what to do: fill it, or wait for the one who fills it.
 */
#include "kernel/cache/page_cache.h"

#include "kernel/abi/errno.h"
#include "kernel/cache/limbo_wait.h"
#include "kernel/cache/page_cache_reclaim.h"
#include "kernel/cache/page_wait.h"

/* What page_claim and page_fate answer besides 0 and errors. */
enum { FILL = 1, WAIT, AGAIN };

enum { TRIES = 16 };

void page_cache_init(struct page_cache *cache, const struct page_cache_ops *ops, bool keep)
{
	*cache = (struct page_cache){ .ops = ops, .keep = keep };
	spin_init(&cache->lock, RANK_CACHE);
	list_init(&cache->all);
	spin_init(&cache->map_lock, RANK_MAPPINGS);
	list_init(&cache->mappings);
}

u64 page_cache_identity(struct page_cache *cache)
{
	static u64 newest;
	u64 identity = load_relaxed(&cache->identity), mine;

	if (identity)
		return identity;
	mine = atomic_add_relaxed(&newest, 2ul) + 1;
	return atomic_cas(&cache->identity, &identity, mine) ? mine : identity;
}

static long insert_locked(struct page_cache *cache, u64 index, struct page *page)
{
	int err = page_index_insert(&cache->index, index, page);

	if (err)
		return err;
	page->owner = cache;
	page->index = index;
	if (!cache->ops->fill)
		atomic_or(&page->flags, (u32)PAGE_UPTODATE);
	page_cache_count(cache, 1);
	return 0;
}

/* With a reference for the caller: 0 it is up to date, FILL the caller made it busy and fills it, WAIT another does. */
static long claim_locked(struct page *page)
{
	u32 flags = load_acquire(&page->flags); /* as in page_cache_peek */

	if (flags & PAGE_UPTODATE) {
		page_use_locked(page, flags);
		return 0;
	}
	page_get(page);
	if (!page_busy_try(page))
		return WAIT;
	/* Its filler may have finished since we looked. */
	if (load_acquire(&page->flags) & PAGE_UPTODATE) {
		page_busy_end(page, 0, 0);
		return 0;
	}
	atomic_and(&page->flags, ~(u32)PAGE_ERROR);
	return FILL;
}

static struct page *page_make(struct page_cache *cache)
{
	struct page *page = page_alloc_user();

	if (page && !cache->ops->fill)
		page_zero(page_to_virt(page));
	return page;
}

/* claim_locked for page number INDEX, which is made if it is absent. With an error *OUT is NULL. */
static long page_claim(struct page_cache *cache, u64 index, struct page **out)
{
	struct page *page, *fresh = NULL;
	long result = 0;

	*out = NULL;
	if (index >= INDEX_END)
		return -EFBIG;
	spin_lock(&cache->lock);
	page = page_index_find(&cache->index, index);
	if (!page) {
		/* not under the lock: making a page may reclaim others, also from this cache */
		spin_unlock(&cache->lock);
		fresh = page_make(cache);
		if (!fresh)
			return -ENOMEM;
		spin_lock(&cache->lock);
		page = page_index_find(&cache->index, index);
	}
	if (!page) {
		result = insert_locked(cache, index, fresh);
		if (!result) {
			page = fresh;
			fresh = NULL; /* its reference is the index's */
		}
	}
	if (page)
		result = claim_locked(page);
	spin_unlock(&cache->lock);
	if (fresh)
		page_free(fresh, 0);
	*out = page;
	return result;
}

static void fill_end(struct page *page, long err)
{
	if (err < 0)
		store_relaxed(&page->spare, (u64)-err);
	page_busy_end(page, err < 0 ? PAGE_ERROR : PAGE_UPTODATE, 0);
}

/* What became of PAGE, on which we waited or which we filled: 0, or the error of its fill; AGAIN if it left the index
 * meanwhile, or another fill has begun. */
static long page_fate(struct page_cache *cache, struct page *page)
{
	u32 flags = load_acquire(&page->flags);
	bool here;

	if (flags & PAGE_ERROR)
		return -(long)load_relaxed(&page->spare);
	spin_lock(&cache->lock);
	here = page->owner == cache;
	spin_unlock(&cache->lock);
	return here && flags & PAGE_UPTODATE ? 0 : AGAIN;
}

struct page_cache_load {
	struct co co;
	u32 tries; /* to get memory */
	struct page_cache *cache;
	u64 index;
	struct page **out; /* in the caller's frame */
	struct page *page; /* claimed, with a reference */
};

CO_STEP(page_cache_load)
{
	CO_FRAME(page_cache_load);
	long result, err;

	CO_BEGIN;
	do {
		result = page_claim(f->cache, f->index, &f->page);
		if (result == FILL) {
			AWAIT(err, f->cache->ops->fill(co, f->cache, f->page));
			fill_end(f->page, err);
			/* not from the page: the next one to claim it may have cleared the error already */
			result = err < 0 ? err : page_fate(f->cache, f->page);
		} else if (result == WAIT) {
			AWAIT(err, page_busy_wait(co, f->page));
			result = err < 0 ? err : page_fate(f->cache, f->page); /* -ENOMEM: no frame to wait in */
		} else if (result == -ENOMEM && f->tries++ < TRIES) {
			AWAIT(err, limbo_wait(co));
			result = err < 0 ? err : AGAIN;
		}
		if (result && f->page)
			page_put(f->page);
	} while (result == AGAIN);
	if (!result)
		*f->out = f->page;
	CO_RETURN(result);
	CO_END;
}

static __attribute__((noinline)) long load(struct co *caller, struct page_cache *cache, u64 index, struct page **page)
{
	return CO_CALL(page_cache_load, caller, .cache = cache, .index = index, .out = page);
}

long page_cache_get(struct co *caller, struct page_cache *cache, u64 index, struct page **page)
{
	struct page *found = page_cache_peek(cache, index);

	*page = found;
	return likely(found) ? 0 : load(caller, cache, index, page);
}
