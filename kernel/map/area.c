/* area.c - the tree of areas: find, split, merge.
 *
 *     split at x:   [ a ......... b )      ->  [ a ... x ) [ x ... b )    same file, offset moved on
 *     merge:        [ a .. x ) [ x .. b )  ->  [ a ...... b )             if prot, flags, file and offset continue
 */

#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/slab.h"
#include "kernel/map/area.h"

static struct slab_cache area_cache = SLAB_CACHE(area_cache, "area", sizeof(struct area));

struct area *area_alloc(void)
{
	return slab_zalloc(&area_cache);
}

struct area *area_copy(const struct area *area, u64 start)
{
	struct area *copy = slab_alloc(&area_cache);

	if (!copy)
		return NULL;
	*copy = *area;
	copy->start = start;
	if (copy->file) {
		file_get(copy->file);
		copy->offset += start - area->start;
	}
	return copy;
}

void area_free(struct area *area)
{
	if (area->file)
		file_put(area->file);
	slab_free(&area_cache, area);
}

static struct area *area_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct area, node) : NULL;
}

struct area *area_next(struct area *area)
{
	return area_of(rb_next(&area->node));
}

struct area *area_find(struct space *space, u64 address)
{
	struct rb_node *node = space->areas.root;
	struct area *area, *best = NULL;

	while (node) {
		area = rb_entry(node, struct area, node);
		if (address < area->end) {
			best = area;
			if (address >= area->start)
				break;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

/* The page cache behind a mapped file; NULL: anonymous memory, or a file without one (a ring, a device). */
static struct page_cache *cache_of(const struct area *area)
{
	return area->file && area->file->inode ? &area->file->inode->cache : NULL;
}

void area_insert(struct space *space, struct area *area)
{
	struct page_cache *cache = cache_of(area);

	struct rb_node **link = &space->areas.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = area->start < rb_entry(parent, struct area, node)->start ? &parent->left : &parent->right;
	}
	rb_insert(&space->areas, &area->node, parent, link);
	space->area_count++;
	area->space = space;
	list_init(&area->mapping);
	if (cache) {
		spin_lock(&cache->map_lock);
		list_push_back(&cache->mappings, &area->mapping);
		spin_unlock(&cache->map_lock);
	}
}

void area_remove(struct space *space, struct area *area)
{
	struct page_cache *cache = cache_of(area);

	rb_remove(&space->areas, &area->node);
	space->area_count--;
	if (cache) {
		spin_lock(&cache->map_lock);
		list_remove(&area->mapping);
		spin_unlock(&cache->map_lock);
	}
}

int area_split_at(struct space *space, u64 address)
{
	struct area *area = area_find(space, address), *upper;

	if (!area || area->start >= address)
		return 0;
	upper = area_copy(area, address);
	if (!upper)
		return -ENOMEM;
	area->end = address;
	area_insert(space, upper);
	return 0;
}

static bool continues(const struct area *low, const struct area *high)
{
	return low->end == high->start && low->prot == high->prot && low->flags == high->flags &&
	       low->file == high->file && (!low->file || low->offset + (low->end - low->start) == high->offset);
}

void area_merge(struct space *space, struct area *area)
{
	struct area *next = area_next(area), *previous = area_of(rb_prev(&area->node));

	if (next && continues(area, next)) {
		area->end = next->end;
		area_remove(space, next);
		area_free(next);
	}
	if (previous && continues(previous, area)) {
		previous->end = area->end;
		area_remove(space, area);
		area_free(area);
	}
}
