/* page_index.h - from page number to struct page: a tree of nodes with 64 slots, as high as the largest number needs.
 *
 *     height 0: root is page 0      height 2:  root -> [ node | node | - | ... ]
 *                                                        |
 *                                                        +-> [ page 0 | page 1 | - | ... | page 63 ]
 *
 * A file of one page costs no node at all. The caller guards an index with a lock of its own.
 * Invariant: no node is empty, but for the time of an insertion.
 */
#pragma once

#include "kernel/mm/page.h"

enum { INDEX_BITS = 6, INDEX_SLOTS = 1 << INDEX_BITS, INDEX_HEIGHT_MAX = 9 };
/* First number that does not fit: far beyond what a file offset can name. */
#define INDEX_END (1ul << (INDEX_BITS * INDEX_HEIGHT_MAX))

struct index_node {
	void *slot[INDEX_SLOTS]; /* nodes; on the lowest level pages */
	u64 used;		 /* slots that are not NULL */
};

struct page_index {
	void *root; /* a node, or with height 0 a page; NULL: empty */
	u32 shift;  /* height * INDEX_BITS: how many bits of a number the tree tells apart */
};

/* The page of that number, or NULL. */
static inline struct page *page_index_find(const struct page_index *index, u64 number)
{
	u32 shift = index->shift;
	void *at = index->root;

	if (unlikely(number >> shift))
		return NULL;
	while (at && shift) {
		shift -= INDEX_BITS;
		at = ((struct index_node *)at)->slot[(number >> shift) % INDEX_SLOTS];
	}
	return at;
}

/* Put PAGE there; the place is empty, NUMBER is below INDEX_END. 0 or -ENOMEM, without any effect. */
int page_index_insert(struct page_index *index, u64 number, struct page *page);

/* Take out what is there, if anything. */
void page_index_remove(struct page_index *index, u64 number);

/* The first page whose number is *NUMBER or more, and its number; NULL: there is none. */
struct page *page_index_next(const struct page_index *index, u64 *number);
