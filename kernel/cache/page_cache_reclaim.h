/* page_cache_reclaim.h - the list of page caches with pages; between page_cache.c and page_cache_reclaim.c alone. */
#pragma once

#include "kernel/cache/page_cache.h"

/* CACHE has DELTA pages more; its lock is held. */
void page_cache_count(struct page_cache *cache, long delta);
