/* index.c - see index.h. */
#include "kernel/ring/index.h"

#include "kernel/dev/random.h"
#include "kernel/mm/page.h"
#include "lib/string.h"

#define INDEX_FOLLOWS ((struct index_entry *)1)

void index_init(struct ring_index *index)
{
	random_bytes(&index->multiplier, sizeof(index->multiplier));
	index->multiplier |= 1;
	index->size = index->low = INDEX_FIRST;
	index->only_page = index->first;
	index->pages = &index->only_page;
}

void index_free(struct ring_index *index)
{
	if (!index->pages_used)
		return;
	for (u32 i = 0; i < index->pages_used; i++)
		page_free(virt_to_page(index->pages[i]), 0);
	page_free(virt_to_page(index->pages), 0);
}

static inline struct index_entry **bucket_of(struct ring_index *index, u64 i)
{
	return &index->pages[i / INDEX_PAGE][i % INDEX_PAGE];
}

/* The hash is the upper half of this. One product is not enough: for numbers in a row its bits have a period, which for
 * some multipliers is short. */
static inline u64 mix(u64 user_data, u64 multiplier)
{
	u64 product = user_data * multiplier;

	return (product ^ product >> 32) * multiplier;
}

enum { HASH_SHIFT = 32 };

static inline struct index_entry **chain_of(struct ring_index *index, u64 user_data)
{
	u64 hash = mix(user_data, index->multiplier) >> HASH_SHIFT, i = hash & (2 * (u64)index->low - 1);

	return bucket_of(index, i < index->size ? i : i - index->low);
}

/* The first page of buckets, with what is in the few; and the page of pages. */
static bool room_make_first(struct ring_index *index)
{
	struct page *pages = page_alloc(0), *page = pages ? page_alloc(0) : NULL;

	if (!page) {
		if (pages)
			page_free(pages, 0);
		return false;
	}
	memcpy(page_to_virt(page), index->first, sizeof(index->first));
	index->pages = page_to_virt(pages);
	index->pages[index->pages_used++] = page_to_virt(page);
	return true;
}

/* A page more of buckets: false, there is no memory, or the page of pages is full. */
static __attribute__((noinline)) bool room_make(struct ring_index *index)
{
	struct page *page;

	if (!index->pages_used)
		return room_make_first(index);
	page = index->pages_used < INDEX_PAGE ? page_alloc(0) : NULL;
	if (page)
		index->pages[index->pages_used++] = page_to_virt(page);
	return page;
}

static inline bool has_room(const struct ring_index *index)
{
	return index->size < index->pages_used * INDEX_PAGE;
}

/* Move what belongs there from the bucket that is next in turn into a new one: that of which one bit more of the hash
 * is set. */
static inline void split(struct ring_index *index)
{
	struct index_entry **stays = bucket_of(index, index->size - index->low), *entry = *stays, *next, *moved = NULL;
	u64 multiplier = index->multiplier, bit = (u64)index->low << HASH_SHIFT;

	for (; entry; entry = next) {
		next = entry->next;
		if (mix(entry->user_data, multiplier) & bit) {
			entry->next = moved;
			moved = entry;
		} else {
			*stays = entry;
			stays = &entry->next;
		}
	}
	*stays = NULL;
	*bucket_of(index, index->size) = moved;
	if (++index->size == 2 * index->low)
		index->low = index->size;
}

/* There are twice as many entries as buckets. */
static __attribute__((noinline)) void grow(struct ring_index *index)
{
	if (likely(has_room(index)) || room_make(index))
		split(index);
}

void index_insert(struct ring_index *index, struct index_entry *entry)
{
	struct index_entry **chain = chain_of(index, entry->user_data), *first = *chain, *at;

	list_init(&entry->same);
	for (at = first; at; at = at->next)
		if (unlikely(at->user_data == entry->user_data)) {
			entry->next = INDEX_FOLLOWS;
			list_push_back(&at->same, &entry->same);
			return;
		}
	entry->next = first;
	*chain = entry;
	if (++index->count > 2ul * index->size)
		grow(index);
}

/* Take out the one that hangs in the bucket, from LINK: the oldest of those that follow it takes its place. */
static inline void remove_first(struct ring_index *index, struct index_entry **link, struct index_entry *entry)
{
	struct index_entry *heir;

	if (likely(list_is_empty(&entry->same))) {
		index->count--;
		*link = entry->next;
		return;
	}
	heir = list_entry(entry->same.next, struct index_entry, same);
	heir->next = entry->next;
	*link = heir;
	list_remove(&entry->same);
}

void index_remove(struct ring_index *index, struct index_entry *entry)
{
	struct index_entry **link;

	if (unlikely(entry->next == INDEX_FOLLOWS)) {
		list_remove(&entry->same);
		return;
	}
	link = chain_of(index, entry->user_data);
	while (*link != entry)
		link = &(*link)->next;
	remove_first(index, link, entry);
}

struct index_entry *index_find(struct ring_index *index, u64 user_data)
{
	struct index_entry *entry = *chain_of(index, user_data);

	while (entry && entry->user_data != user_data)
		entry = entry->next;
	return entry;
}

struct index_entry *index_take(struct ring_index *index, u64 user_data)
{
	struct index_entry **link = chain_of(index, user_data), *entry;

	for (; (entry = *link); link = &entry->next)
		if (entry->user_data == user_data) {
			remove_first(index, link, entry);
			return entry;
		}
	return NULL;
}

enum { SWEEP = 64 };

struct index_entry *index_sweep(struct ring_index *index, u32 *bucket)
{
	struct index_entry *entry = NULL;

	for (u32 i = 0; i < SWEEP && *bucket < index->size; i++, ++*bucket) {
		entry = *bucket_of(index, *bucket);
		if (entry)
			break;
	}
	return entry;
}
