/* slab_debug.h - what test builds (CO_TORTURE) do to objects as they come and go.
 *
 *     free object    | next | cookie | 6b 6b 6b ... |     the cookie says "free": a second free finds it
 *     fresh object   | a5 a5 a5 ...                 |     whoever forgets to initialise reads this
 *
 * An object that was written to after its free has lost some of its 6b: the next allocation panics. In other builds the
 * functions are empty.
 */
#pragma once

#include "kernel/mm/slab.h"

struct slab_free {
	struct slab_free *next;
	u64 cookie; /* test builds */
};

#ifdef CO_TORTURE
void slab_debug_free(const struct slab_cache *cache, void *object);
void slab_debug_alloc(const struct slab_cache *cache, void *object);
#else
static inline void slab_debug_free(const struct slab_cache *cache, void *object)
{
	(void)cache, (void)object;
}

static inline void slab_debug_alloc(const struct slab_cache *cache, void *object)
{
	(void)cache, (void)object;
}
#endif
