/* ext2_dir.c - directories: finding a name, listing names.
 *
 *     page of the directory's cache   [ block                   | block ...
 *                                     [ entry | entry | entry   |
 *                                       record_bytes -> next, the last one ends with the block
 *
 * A directory with an index (htree) is read as what it also is, a list. Positions are byte offsets; one that lies
 * inside an entry means the next entry, so nothing a program seeks to can mislead us.
 * Bad images: an entry is checked before it is believed, and each step goes forward by at least 8 bytes.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/ext2.h"
#include "kernel/fs/name_cache.h"
#include "kernel/task/task.h"
#include "lib/string.h"

/* The entry AT bytes into the page; NULL: it makes no sense. */
static const struct ext2_entry *entry_at(const struct ext2 *fs, const char *page, u32 at)
{
	u32 room = fs->block_bytes - at % fs->block_bytes;
	const struct ext2_entry *entry = (const void *)(page + at);

	if (room < sizeof(*entry) || entry->record_bytes % 4 || entry->record_bytes > room)
		return NULL;
	if (entry->name_length + sizeof(*entry) > entry->record_bytes || entry->inode > fs->inodes_count)
		return NULL;
	if (entry->inode && !entry->name_length)
		return NULL;
	return entry;
}

static u32 bytes_in_page(const struct inode *dir, u64 index)
{
	return (u32)min((u64)PAGE_SIZE, dir->size - index * PAGE_SIZE);
}

static long directory_damaged(struct inode *dir)
{
	return ext2_damaged(ext2_of(dir), dir->number, "a directory entry makes no sense");
}

struct ext2_lookup {
	struct co co;
	struct inode *dir;
	const char *name;
	struct inode **found;
	struct page *page;
	u64 index; /* of the page */
	u32 length;
};

/* The inode number that f->page gives the name; 0: it is not in this page; -EUCLEAN. */
static long lookup_in_page(struct ext2_lookup *f)
{
	const char *page = page_to_virt(f->page);
	u32 end = bytes_in_page(f->dir, f->index);
	const struct ext2_entry *entry;

	for (u32 at = 0; at < end; at += entry->record_bytes) {
		entry = entry_at(ext2_of(f->dir), page, at);
		if (!entry)
			return directory_damaged(f->dir);
		if (entry->inode && entry->name_length == f->length && !memcmp(entry->name, f->name, f->length))
			return entry->inode;
	}
	return 0;
}

CO_STEP(ext2_lookup)
{
	CO_FRAME(ext2_lookup);
	long err, number;

	CO_BEGIN;
	for (; f->index * PAGE_SIZE < f->dir->size; f->index++) {
		AWAIT(err, page_cache_get(co, &f->dir->cache, f->index, &f->page));
		if (err)
			CO_RETURN(err);
		number = lookup_in_page(f);
		page_put(f->page);
		if (number < 0)
			CO_RETURN(number);
		if (number) {
			name_cache_enter(f->dir, f->name, f->length, (u64)number);
			AWAIT(err, ext2_inode_get(co, ext2_of(f->dir), (u64)number, f->found));
			CO_RETURN(err);
		}
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN(-ENOENT);
	CO_END;
}

static long lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	u64 number = name_cache_find(dir, name, length);

	if (number)
		return ext2_inode_get(caller, ext2_of(dir), number, found);
	return CO_CALL(ext2_lookup, caller, .dir = dir, .name = name, .length = length, .found = found);
}

/* --- listing --- */

/* The entry's type byte as a d_type. */
static u8 entry_type(const struct ext2 *fs, const struct ext2_entry *entry)
{
	static const u8 types[8] = { 0, 8, 4, 2, 6, 1, 12, 10 };

	return fs->has_types && entry->type < ARRAY_SIZE(types) ? types[entry->type] : 0;
}

static bool name_is_sane(const struct ext2_entry *entry)
{
	for (u32 i = 0; i < entry->name_length; i++)
		if (!entry->name[i] || entry->name[i] == '/')
			return false;
	return true;
}

struct ext2_listing {
	struct co co;
	struct inode *dir;
	u64 *position;
	struct dir_sink *sink;
	struct page *page;
};

/* Feed the entries of f->page from *position on; 1: the sink is full; 0: go on with the next page; -EUCLEAN. */
static long list_page(struct ext2_listing *f)
{
	struct ext2 *fs = ext2_of(f->dir);
	u64 start = ALIGN_DOWN(*f->position, (u64)PAGE_SIZE), next;
	const char *page = page_to_virt(f->page);
	u32 at = ALIGN_DOWN((u32)(*f->position - start), fs->block_bytes),
	    end = bytes_in_page(f->dir, start / PAGE_SIZE);
	const struct ext2_entry *entry;

	for (; at < end; at += entry->record_bytes) {
		entry = entry_at(fs, page, at);
		if (!entry)
			return directory_damaged(f->dir);
		if (start + at < *f->position)
			continue;
		next = start + at + entry->record_bytes;
		if (entry->inode && !name_is_sane(entry))
			return directory_damaged(f->dir);
		if (entry->inode &&
		    !f->sink->put(f->sink, entry->name, entry->name_length, entry->inode, entry_type(fs, entry), next))
			return 1;
		*f->position = next;
	}
	*f->position = start + PAGE_SIZE;
	return 0;
}

CO_STEP(ext2_listing)
{
	CO_FRAME(ext2_listing);
	long err;

	CO_BEGIN;
	while (*f->position < f->dir->size) {
		AWAIT(err, page_cache_get(co, &f->dir->cache, *f->position / PAGE_SIZE, &f->page));
		if (err)
			CO_RETURN(err);
		err = list_page(f);
		page_put(f->page);
		if (err)
			CO_RETURN(err < 0 ? err : 0);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN(0);
	CO_END;
}

static long read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	return CO_CALL(ext2_listing, caller, .dir = dir, .position = position, .sink = sink);
}

const struct inode_ops ext2_directory_ops = { .lookup = lookup, .read_dir = read_dir, .evict = ext2_evict };
