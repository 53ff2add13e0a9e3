/* index.h - pending operations by user data: a hash table that grows one bucket at a time.
 *
 *     buckets    0: [ 40 ]->[ 7 ]      the first of each user data hangs in its bucket;
 *                1:          |         others with the same one hang from it, in order of age
 *                2: [ 3 ]    +--[ 7 ]--[ 7 ]
 *                   ^ size: with twice as many entries, the bucket size - low is split in two, and size goes up
 *
 * (Linear hashing, Litwin 1980.) So no call walks more than a few entries: not when the table grows, and not when all
 * operations of a program have the same user data. The hash is multiplied by a random odd number, since a program
 * chooses its user data.
 * Contract: guarded by the ring's lock. Without memory to grow the table stays as it is: chains become longer.
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

struct index_entry {
	struct index_entry *next; /* in the bucket; INDEX_FOLLOWS: it hangs from another one */
	struct list same;	  /* those with the same user data */
	u64 user_data;
};

enum { INDEX_FIRST = 16, INDEX_PAGE = 512 };

struct ring_index {
	u64 multiplier;
	u32 size, low;		     /* buckets; the power of two that size has reached */
	u64 count;		     /* entries in buckets */
	struct index_entry ***pages; /* a page of pages of buckets; at first only_page */
	u32 pages_used;
	struct index_entry **only_page; /* = first: a few buckets, as if they were a page */
	struct index_entry *first[INDEX_FIRST];
};

void index_init(struct ring_index *index);
/* The table's memory; it is empty. */
void index_free(struct ring_index *index);

void index_insert(struct ring_index *index, struct index_entry *entry);
void index_remove(struct ring_index *index, struct index_entry *entry);
/* The oldest with USER_DATA; NULL: none. */
struct index_entry *index_find(struct ring_index *index, u64 user_data);
/* The same, taken out. */
struct index_entry *index_take(struct ring_index *index, u64 user_data);

/* For a walk that takes out what it finds: any entry in bucket *BUCKET or behind it, where *BUCKET then stands; NULL:
 * none in the next few buckets. The walk is over when *BUCKET is index->size. */
struct index_entry *index_sweep(struct ring_index *index, u32 *bucket);
