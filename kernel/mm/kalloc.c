/* kalloc.c - memory of odd sizes: one cache for each power of two. */
#include "kernel/mm/slab.h"
#include "lib/string.h"

enum { SMALLEST = 32, CLASSES = 7 };

#define CLASS(n) SLAB_CACHE(caches[n], "kalloc", SMALLEST << (n))
static struct slab_cache caches[CLASSES] = {
	CLASS(0), CLASS(1), CLASS(2), CLASS(3), CLASS(4), CLASS(5), CLASS(6),
};

/* NULL: no cache has objects that large. */
static struct slab_cache *cache_for(size_t bytes)
{
	for (u32 i = 0; i < CLASSES; i++)
		if (bytes <= (size_t)SMALLEST << i)
			return &caches[i];
	return NULL;
}

void *kalloc(size_t bytes)
{
	struct slab_cache *cache = cache_for(bytes);

	return cache ? slab_alloc(cache) : NULL;
}

void *kzalloc(size_t bytes)
{
	void *object = kalloc(bytes);

	if (object)
		memset(object, 0, bytes);
	return object;
}

void kfree(void *object, size_t bytes)
{
	if (object)
		slab_free(cache_for(bytes), object);
}
