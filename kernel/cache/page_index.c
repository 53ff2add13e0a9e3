/* page_index.c - insertion, removal and walking; see page_index.h. */
#include "kernel/cache/page_index.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"

static struct slab_cache node_cache = SLAB_CACHE(node_cache, "index node", sizeof(struct index_node));

/* Make the tree one level higher: what it held is the first slot of the new root. */
static int grow(struct page_index *index)
{
	struct index_node *node;

	if (index->root) {
		node = slab_zalloc(&node_cache);
		if (!node)
			return -ENOMEM;
		node->slot[0] = index->root;
		node->used = 1;
		index->root = node;
	}
	index->shift += INDEX_BITS;
	return 0;
}

/* Empty the place NUMBER below *LINK, and free the nodes that nothing is left in. SHIFT: bits of NUMBER that this level
 * and those below it decide. */
static void take_out(void **link, u32 shift, u64 number)
{
	struct index_node *node = *link;
	void **slot;
	bool was_used;

	if (!node)
		return;
	if (!shift) {
		*link = NULL;
		return;
	}
	shift -= INDEX_BITS;
	slot = &node->slot[(number >> shift) % INDEX_SLOTS];
	was_used = *slot;
	take_out(slot, shift, number);
	node->used -= was_used && !*slot;
	if (!node->used) {
		slab_free(&node_cache, node);
		*link = NULL;
	}
}

void page_index_remove(struct page_index *index, u64 number)
{
	if (number >> index->shift)
		return;
	take_out(&index->root, index->shift, number);
	if (!index->root)
		index->shift = 0;
}

int page_index_insert(struct page_index *index, u64 number, struct page *page)
{
	struct index_node *node = NULL;
	void **link = &index->root;
	u32 shift;

	while (number >> index->shift)
		if (grow(index))
			return -ENOMEM;
	for (shift = index->shift; shift; link = &node->slot[(number >> shift) % INDEX_SLOTS]) {
		if (!*link) {
			*link = slab_zalloc(&node_cache);
			if (!*link)
				goto fail;
			if (node)
				node->used++;
		}
		node = *link;
		shift -= INDEX_BITS;
	}
	*link = page;
	if (node)
		node->used++;
	return 0;
fail:
	page_index_remove(index, number); /* the empty nodes on the way */
	return -ENOMEM;
}

/* The first slot of NODE that is used, from *NUMBER on; NULL: none, and *NUMBER is the first behind the node. */
static void *next_used(const struct index_node *node, u32 shift, u64 *number)
{
	u64 at = *number >> shift, first = at % INDEX_SLOTS, slot = first;

	if (node->slot[first])
		return node->slot[first];
	while (++slot < INDEX_SLOTS && !node->slot[slot])
		;
	*number = (at - first + slot) << shift;
	return slot < INDEX_SLOTS ? node->slot[slot] : NULL;
}

struct page *page_index_next(const struct page_index *index, u64 *number)
{
	u32 top = index->shift, shift = top;
	void *at = index->root;

	while (at && !(*number >> top)) {
		if (!shift)
			return at;
		shift -= INDEX_BITS;
		at = next_used(at, shift, number);
		if (!at) { /* on from the root */
			at = index->root;
			shift = top;
		}
	}
	return NULL;
}
