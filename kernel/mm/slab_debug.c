/* slab_debug.c - poison for free and fresh objects, in test builds; see slab_debug.h. */
#include "kernel/mm/slab_debug.h"

#ifdef CO_TORTURE
#include "kernel/hart/panic.h"
#include "lib/string.h"

enum { FREE_BYTE = 0x6b, FRESH_BYTE = 0xa5 };

/* Different for each object, so that a copy of a free object does not look free. */
static u64 cookie_of(const struct slab_free *object)
{
	return (u64)object ^ 0xfeedfacecafef00dul;
}

void slab_debug_free(const struct slab_cache *cache, void *object)
{
	struct slab_free *free = object;

	if (free->cookie == cookie_of(free))
		panic("%s: %p is freed twice", cache->name, object);
	free->cookie = cookie_of(free);
	memset(free + 1, FREE_BYTE, cache->bytes - sizeof(*free));
}

void slab_debug_alloc(const struct slab_cache *cache, void *object)
{
	struct slab_free *free = object;
	const u8 *byte = (const u8 *)(free + 1);

	if (free->cookie != cookie_of(free))
		panic("%s: %p was written to while it was free", cache->name, object);
	for (u64 i = 0; i < cache->bytes - sizeof(*free); i++)
		if (byte[i] != FREE_BYTE)
			panic("%s: %p was written to at byte %lu while it was free", cache->name, object,
			      i + sizeof(*free));
	memset(object, FRESH_BYTE, cache->bytes);
}
#endif
