/* slab.h - small objects of one size, carved out of pages.
 *
 * Contract: slab_alloc never waits and may return NULL; the memory is not zeroed (slab_zalloc does). Objects are
 * aligned to 16 bytes. An object is given back to the cache it came from, on any hart.
 * Debug: CO_TORTURE builds poison freed objects and detect a double free.
 */
#pragma once

#include "kernel/hart/lock.h"
#include "lib/list.h"
#include "lib/types.h"

struct slab_free; /* a free object */

/* Each hart keeps a short list of free objects of its own; only its own hart touches it, so it needs no lock. */
struct slab_magazine {
	struct slab_free *free;
	u64 count;
};

struct slab_cache {
	const char *name;
	u32 bytes;	      /* of one object, a multiple of 16 */
	struct spinlock lock; /* guards partial, and the pages' own free lists */
	struct list partial;  /* pages with free objects (struct page.link) */
	struct slab_cache *next;
	bool known;  /* in the list of caches */
	u64 objects; /* taken from pages: given out, or in magazines; see slab_live() */
	struct slab_magazine magazines[MAX_HARTS];
};

/* A cache as a static object: struct slab_cache task_cache = SLAB_CACHE(task_cache, "task", sizeof(struct task)); */
#define SLAB_CACHE(variable, name_, bytes_)                                                              \
	{                                                                                                \
		.name = (name_), .bytes = ((u32)(bytes_) + 15) & ~15u, .lock = SPINLOCK_INIT(RANK_SLAB), \
		.partial = LIST_INIT((variable).partial)                                                 \
	}

void *slab_alloc(struct slab_cache *cache);
void *slab_zalloc(struct slab_cache *cache);
void slab_free(struct slab_cache *cache, void *object);

/* Memory of odd sizes up to 2048 bytes (more: NULL), from caches of the sizes 32, 64, 128, ... ; kfree takes the same
 * size, and NULL is harmless. */
void *kalloc(size_t bytes);
void *kzalloc(size_t bytes);
void kfree(void *object, size_t bytes);

/* Bytes in objects that are given out, over all caches. */
u64 slab_live_bytes(void);
/* Pages that caches hold, whether their objects are given out or not; atomic. */
extern u64 slab_page_count;
/* Every cache that was ever used, for /proc: next is NULL at the end. */
struct slab_cache *slab_caches(void);
/* Objects of CACHE that are given out. */
u64 slab_live(struct slab_cache *cache);
