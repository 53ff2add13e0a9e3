/* ext2_map.c - where a file's blocks lie.
 *
 *     block[0..11]  -> data
 *     block[12]     -> table -> data                         n = block size / 4 entries in each table
 *     block[13]     -> table -> table -> data
 *     block[14]     -> table -> table -> table -> data
 *
 * Every number found on the way is checked before it is followed, and at most three tables are, so a damaged map can
 * neither lead outside the file system nor in circles. 0 anywhere on the way: a hole.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/ext2.h"

u64 ext2_size_max(const struct ext2 *fs)
{
	u64 n = fs->block_bytes / 4;

	return (EXT2_DIRECT + n + n * n + n * n * n) << fs->block_shift;
}

/* INDEX as a place in the inode's map, then in up to three tables: places[0 .. result-1]. 0: behind the last. */
static u32 map_places(const struct ext2 *fs, u64 index, u32 places[4])
{
	u32 bits = fs->block_shift - 2, n = 1u << bits;
	u64 span = n;

	if (index < EXT2_DIRECT) {
		places[0] = (u32)index;
		return 1;
	}
	index -= EXT2_DIRECT;
	for (u32 depth = 1; depth <= 3; depth++, span <<= bits) {
		if (index >= span) {
			index -= span;
			continue;
		}
		places[0] = EXT2_DIRECT + depth - 1;
		for (u32 level = 1; level <= depth; level++)
			places[level] = (u32)(index >> (bits * (depth - level))) & (n - 1);
		return depth + 1;
	}
	return 0;
}

/* The run that starts at table[0], of at most MOST blocks. */
static long take_run(struct inode *inode, const u32 *table, u32 most, struct ext2_run *run)
{
	struct ext2 *fs = ext2_of(inode);
	u32 first = table[0], count = 1;

	if (first && !ext2_block_is_valid(fs, first))
		return ext2_damaged(fs, inode->number, "a data block lies outside the file system");
	while (count < most && table[count] == (first ? first + count : 0))
		count++;
	if (first && !ext2_block_is_valid(fs, first + count - 1))
		return ext2_damaged(fs, inode->number, "data blocks reach past the file system's end");
	*run = (struct ext2_run){ first, count };
	return 0;
}

struct ext2_mapping {
	struct co co;
	struct inode *inode;
	struct ext2_run *run;
	struct page *page;
	u32 most, places[4];
	u32 depth, level; /* tables to go through, tables gone through */
	u32 block;	  /* the table of this level */
};

/* The table in f->page has been read: take the run from the last one, or the next table's number. */
static long map_step(struct ext2_mapping *f)
{
	struct ext2 *fs = ext2_of(f->inode);
	const u32 *table = ext2_block_data(fs, f->block, f->page);
	u32 place = f->places[f->level];
	long err = 0;

	if (f->level + 1 == f->depth)
		err = take_run(f->inode, table + place, min(f->most, fs->block_bytes / 4 - place), f->run);
	else
		f->block = table[place];
	page_put(f->page);
	f->level++;
	return err;
}

CO_STEP(ext2_mapping)
{
	CO_FRAME(ext2_mapping);
	struct ext2 *fs = ext2_of(f->inode);
	long err;

	CO_BEGIN;
	while (f->level < f->depth) {
		if (!f->block) {
			*f->run = (struct ext2_run){ 0, 1 };
			CO_RETURN(0);
		}
		if (!ext2_block_is_valid(fs, f->block))
			CO_RETURN(ext2_damaged(fs, f->inode->number, "an indirect block lies outside the file system"));
		AWAIT(err, ext2_block_get(co, ext2_of(f->inode), f->block, &f->page));
		if (!err)
			err = map_step(f);
		if (err)
			CO_RETURN(err);
	}
	CO_RETURN(0);
	CO_END;
}

long ext2_map(struct co *caller, struct inode *inode, u64 index, u32 most, struct ext2_run *run)
{
	const struct ext2_node *node = inode->data;
	u32 places[4] = { 0 }, depth = map_places(ext2_of(inode), index, places);

	if (!depth)
		return ext2_damaged(ext2_of(inode), inode->number, "a block beyond the largest file");
	if (depth == 1)
		return take_run(inode, node->block + places[0], min(most, EXT2_DIRECT - places[0]), run);
	return CO_CALL(ext2_mapping, caller, .inode = inode, .run = run, .most = most, .depth = depth, .level = 1,
		       .places = { places[0], places[1], places[2], places[3] }, .block = node->block[places[0]]);
}
