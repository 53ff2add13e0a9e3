/* slab.c - caches of small objects.
 *
 *     slab_alloc --> magazine of this hart      up to 2 batches of objects, no lock: about 20 instructions
 *                       |  ^  a batch at a time
 *                       v  |
 *                    pages of this cache         one lock
 *
 * What a page of a cache needs to know stands in its struct page, so objects fill the page itself:
 *
 *     owner  the cache        index  objects that are not in the page's list
 *     link   in partial       spare  the page's list of free objects
 *
 * A cache of large objects takes pieces of several pages; their first page speaks for all of them. A piece of 2^n pages
 * starts at a multiple of its size, so the first page is found from an object's address.
 * Invariant: a page is in `partial` exactly if some, but not all, of its objects are in its list. A page with all of
 * them goes back to the page allocator.
 */
#include "kernel/mm/slab.h"

#include "kernel/hart/panic.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab_debug.h"
#include "lib/string.h"

enum { PER_PAGE_LEAST = 4, BATCH_MOST = 16, BATCH_BYTES = 4096 };

static struct spinlock caches_lock = SPINLOCK_INIT(RANK_SLAB); /* guards the writing of caches, and next and known */
static struct slab_cache *caches;
u64 slab_page_count;

/* Pieces hold at least PER_PAGE_LEAST objects. */
static u32 order_of(const struct slab_cache *cache)
{
	u32 order = 0;

	while ((u64)PAGE_SIZE << order < (u64)cache->bytes * PER_PAGE_LEAST)
		order++;
	return order;
}

static u64 batch_of(const struct slab_cache *cache)
{
	return max(2ul, min((u64)BATCH_MOST, (u64)BATCH_BYTES / cache->bytes));
}

static inline struct page *page_of(const void *object, u32 order)
{
	return phys_to_page(ALIGN_DOWN(virt_to_phys(object), (u64)PAGE_SIZE << order));
}

/* --- pages of a cache --- */

static void push(struct slab_free **list, struct slab_free *object)
{
	object->next = *list;
	*list = object;
}

static struct slab_free *pop(struct slab_free **list)
{
	struct slab_free *object = *list;

	*list = object->next;
	return object;
}

static inline struct slab_free **list_of(struct page *page)
{
	return (struct slab_free **)&page->spare;
}

static struct page *page_make(struct slab_cache *cache)
{
	u32 order = order_of(cache);
	struct page *page = page_alloc(order);
	u64 room = (u64)PAGE_SIZE << order;
	struct slab_free *list = NULL;
	char *at;

	if (!page)
		return NULL;
	atomic_add_relaxed(&slab_page_count, 1ul << order);
	page->owner = cache;
	page->index = 0;
	atomic_or(&page->flags, (u32)PAGE_SLAB);
	at = (char *)page_to_virt(page) + room / cache->bytes * cache->bytes;
	while (at != page_to_virt(page)) {
		at -= cache->bytes;
		slab_debug_free(cache, at);
		push(&list, (struct slab_free *)at);
	}
	*list_of(page) = list;
	return page;
}

/* Up to COUNT objects of a page that has some, into LIST: how many. */
static u64 take_locked(struct slab_cache *cache, struct slab_free **list, u64 count)
{
	struct page *page = list_entry(cache->partial.next, struct page, link);
	struct slab_free *first = *list_of(page), *last = first;
	u64 taken = 1;

	for (; taken < count && last->next; taken++)
		last = last->next;
	*list_of(page) = last->next;
	last->next = *list;
	*list = first;
	page->index += taken;
	cache->objects += taken;
	if (!page->spare)
		list_remove(&page->link);
	return taken;
}

/* OBJECT back to PAGE, and not counted in the cache any more: true, the page is whole again, and the caller gives it
 * back. */
static inline bool give_locked(struct slab_cache *cache, struct page *page, void *object)
{

	if (unlikely(page->owner != cache || !(load_relaxed(&page->flags) & PAGE_SLAB)))
		panic("%s: %p was not allocated here", cache->name, object);
	if (!page->spare)
		list_push_front(&cache->partial, &page->link);
	push(list_of(page), object);
	if (likely(--page->index))
		return false;
	list_remove(&page->link);
	return true;
}

/* --- magazines --- */

static void cache_register(struct slab_cache *cache)
{
	spin_lock(&caches_lock);
	if (!cache->known) {
		cache->next = caches;
		cache->known = true;
		/* release: pairs with slab_caches; whoever finds the cache finds its next */
		store_release(&caches, cache);
	}
	spin_unlock(&caches_lock);
}

/* Up to a batch of objects into MAGAZINE. */
static void magazine_fill_locked(struct slab_cache *cache, struct slab_magazine *magazine)
{
	u64 batch = batch_of(cache);

	while (magazine->count < batch && !list_is_empty(&cache->partial))
		magazine->count += take_locked(cache, &magazine->free, batch - magazine->count);
}

/* The lock is not held over page_alloc, which may come back here to free the nodes of a page cache. */
static void magazine_fill(struct slab_cache *cache, struct slab_magazine *magazine)
{
	struct page *page = NULL;

	if (unlikely(!load_relaxed(&cache->known)))
		cache_register(cache);
	spin_lock(&cache->lock);
	if (list_is_empty(&cache->partial)) {
		spin_unlock(&cache->lock);
		page = page_make(cache);
		spin_lock(&cache->lock);
	}
	if (page)
		list_push_front(&cache->partial, &page->link);
	magazine_fill_locked(cache, magazine);
	spin_unlock(&cache->lock);
}

static inline void *magazine_take(struct slab_cache *cache, struct slab_magazine *magazine)
{
	struct slab_free *object = pop(&magazine->free);

	magazine->count--;
	slab_debug_alloc(cache, object);
	return object;
}

/* The magazine is empty, or an allocation is to fail. */
static __attribute__((noinline)) void *alloc_slow(struct slab_cache *cache, struct slab_magazine *magazine)
{
	if (alloc_fail_now())
		return NULL;
	if (!magazine->free)
		magazine_fill(cache, magazine);
	return magazine->free ? magazine_take(cache, magazine) : NULL;
}

/* Half of a full magazine goes back. */
static __attribute__((noinline)) void magazine_shrink(struct slab_cache *cache, struct slab_magazine *magazine)
{
	struct list whole = LIST_INIT(whole), *link;
	u64 batch = batch_of(cache);
	u32 order = order_of(cache);
	struct slab_free *object;
	struct page *page;

	spin_lock(&cache->lock);
	cache->objects -= magazine->count - batch;
	for (; magazine->count > batch; magazine->count--) {
		object = pop(&magazine->free);
		page = page_of(object, order);
		if (give_locked(cache, page, object))
			list_push_back(&whole, &page->link);
	}
	spin_unlock(&cache->lock);
	while ((link = list_pop_front(&whole))) {
		page_free(list_entry(link, struct page, link), order);
		atomic_add_relaxed(&slab_page_count, -(1ul << order));
	}
}

/* --- the interface --- */

void *slab_alloc(struct slab_cache *cache)
{
	struct slab_magazine *magazine = &cache->magazines[hart()->index];

	if (likely(magazine->free && !alloc_fail_is_set()))
		return magazine_take(cache, magazine);
	return alloc_slow(cache, magazine);
}

void *slab_zalloc(struct slab_cache *cache)
{
	void *object = slab_alloc(cache);

	if (object)
		memset(object, 0, cache->bytes);
	return object;
}

void slab_free(struct slab_cache *cache, void *object)
{
	struct slab_magazine *magazine = &cache->magazines[hart()->index];

	slab_debug_free(cache, object);
	push(&magazine->free, object);
	if (unlikely(++magazine->count >= 2 * BATCH_MOST || magazine->count * cache->bytes > 2 * BATCH_BYTES))
		magazine_shrink(cache, magazine);
}

u64 slab_live(struct slab_cache *cache)
{
	u64 live = load_relaxed(&cache->objects);

	for (u32 i = 0; i < MAX_HARTS; i++)
		live -= load_relaxed(&cache->magazines[i].count);
	return live;
}

struct slab_cache *slab_caches(void)
{
	return load_acquire(&caches);
}

u64 slab_live_bytes(void)
{
	u64 bytes = 0;

	for (struct slab_cache *cache = slab_caches(); cache; cache = cache->next)
		bytes += slab_live(cache) * cache->bytes;
	return bytes;
}
