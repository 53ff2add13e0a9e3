/* index.c - see index.h. */
#include "kernel/ring/index.h"

#include "kernel/dev/random.h"
#include "kernel/mm/page.h"

#define INDEX_FOLLOWS ((struct index_entry *)1)

void index_init(struct ring_index *index)
{
	random_bytes(&index->multiplier, sizeof(index->multiplier));
	index->multiplier |= 1;
	index->size = index->low = INDEX_FIRST;
}

void index_free(struct ring_index *index)
{
	if (!index->pages)
		return;
	for (u32 i = 0; i < index->pages_used; i++)
		page_free(virt_to_page(index->pages[i]), 0);
	page_free(virt_to_page(index->pages), 0);
}

static inline struct index_entry **bucket_of(struct ring_index *index, u32 i)
{
	return i < INDEX_FIRST ? &index->first[i] : &index->pages[i / INDEX_PAGE][i % INDEX_PAGE];
}

/* The upper half of the product: its bits depend on all bits of the user data. */
static inline u32 hash_of(const struct ring_index *index, u64 user_data)
{
	return (u32)((user_data * index->multiplier) >> 32);
}

static inline struct index_entry **chain_of(struct ring_index *index, u64 user_data)
{
	u32 hash = hash_of(index, user_data), i = hash & (2 * index->low - 1);

	return bucket_of(index, i < index->size ? i : i - index->low);
}

/* A page more of buckets: false, there is no memory, or the page of pages is full. */
static __attribute__((noinline)) bool room_make(struct ring_index *index)
{
	struct page *page;

	if (!index->pages) {
		page = page_alloc(0);
		if (!page)
			return false;
		index->pages = page_to_virt(page);
	}
	page = index->pages_used < INDEX_PAGE ? page_alloc(0) : NULL;
	if (page)
		index->pages[index->pages_used++] = page_to_virt(page);
	return page;
}

static inline bool has_room(const struct ring_index *index)
{
	return index->size < index->pages_used * INDEX_PAGE;
}

/* Move what belongs there from the bucket that is next in turn into a new one. */
static __attribute__((noinline)) void split(struct ring_index *index)
{
	struct index_entry **from = bucket_of(index, index->size - index->low), *entry;
	struct index_entry **to = bucket_of(index, index->size);

	*to = NULL;
	while ((entry = *from)) {
		if (!(hash_of(index, entry->user_data) & index->low)) {
			from = &entry->next;
			continue;
		}
		*from = entry->next;
		entry->next = *to;
		*to = entry;
	}
	if (++index->size == 2 * index->low)
		index->low = index->size;
}

void index_insert(struct ring_index *index, struct index_entry *entry)
{
	struct index_entry **link = chain_of(index, entry->user_data), *at;

	list_init(&entry->same);
	for (; (at = *link); link = &at->next)
		if (unlikely(at->user_data == entry->user_data)) {
			entry->next = INDEX_FOLLOWS;
			list_push_back(&at->same, &entry->same);
			return;
		}
	entry->next = NULL;
	*link = entry;
	if (++index->count > 2ul * index->size && (likely(has_room(index)) || room_make(index)))
		split(index);
}

/* The one that hangs in the bucket: the oldest of those that follow it takes its place. */
static void remove_first(struct ring_index *index, struct index_entry *entry)
{
	struct index_entry **link = chain_of(index, entry->user_data), *heir = entry->next;

	while (*link != entry)
		link = &(*link)->next;
	if (list_is_empty(&entry->same)) {
		index->count--;
	} else {
		heir = list_entry(entry->same.next, struct index_entry, same);
		heir->next = entry->next;
	}
	*link = heir;
}

void index_remove(struct ring_index *index, struct index_entry *entry)
{
	if (likely(entry->next != INDEX_FOLLOWS))
		remove_first(index, entry);
	list_remove(&entry->same);
}

struct index_entry *index_find(struct ring_index *index, u64 user_data)
{
	struct index_entry *entry = *chain_of(index, user_data);

	while (entry && entry->user_data != user_data)
		entry = entry->next;
	return entry;
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
