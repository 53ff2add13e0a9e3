/* ext2_checks.c - one thing on the disk is wrong: exactly that file, or that directory, is -EUCLEAN.
 *
 * links: @files @ext2 kernel/fs/name_cache.c
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/test/ext2_image.h"

/* A mounted image of 1 KiB blocks; everything that was read is forgotten again, so that a change is seen. */
static void begin(void)
{
	char name[32];

	image_begin();
	image_directory("dir");
	for (u32 i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "dir/file-number-%u", i);
		image_write(name, i, 0, 10);
	}
	image_write("large", 3, 0, 400000);
	image_write("small", 4, 0, 1500);
	image_link("a-very-long-target-that-does-not-fit-into-the-inode-itself/and/goes/on/and/on", "long");
	image_link("target", "short");
	image_make("-t ext2 -b 1024", 2048);
	CHECK_EQ(mount_image(), 0);
}

static u64 number_of(const char *path)
{
	struct inode *inode;
	u64 number;

	CHECK_EQ(call_find(fs->root, fs->root, path, 0, &inode), 0);
	number = inode->number;
	inode_put(inode);
	return number;
}

static struct ext2_inode *inode_at(const char *path)
{
	return disk_inode(number_of(path));
}

static void forget(void)
{
	struct inode *root = ext2_of(fs->root)->disk;

	page_cache_drop(&root->cache, 0);
	page_cache_drop(&fs->root->cache, 0);
	inode_forget_all(fs);
}

static long find(const char *path)
{
	struct inode *inode;
	long err;

	forget();
	err = call_find(fs->root, fs->root, path, 0, &inode);
	if (!err)
		inode_put(inode);
	return err;
}

/* A read of one byte there. */
static long read_at(const char *path, u64 at)
{
	struct inode *inode;
	struct file *file;
	u8 byte;
	long n;

	forget();
	CHECK_EQ(call_find(fs->root, fs->root, path, 0, &inode), 0);
	file = call_open(inode, 0);
	inode_put(inode);
	n = call_read(file, &byte, 1, at);
	file_put(file);
	return n;
}

static bool ignore_entry(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next)
{
	(void)sink, (void)name, (void)length, (void)number, (void)type, (void)next;
	return true;
}

static long list(const char *path)
{
	struct dir_sink sink = { ignore_entry };
	struct inode *inode;
	u64 position = 0;
	long err;

	forget();
	CHECK_EQ(call_find(fs->root, fs->root, path, 0, &inode), 0);
	err = call_list(inode, &position, &sink);
	inode_put(inode);
	return err;
}

/* --- the super block: numbers that do not fit together, or to the device --- */

TEST(a_super_block_that_does_not_fit)
{
	static const struct {
		size_t at, bytes;
		u64 value;
	} spoilt[] = {
#define SPOILT(field, value) { offsetof(struct ext2_super, field), sizeof(((struct ext2_super *)0)->field), value }
		SPOILT(log_block_size, 3),
		SPOILT(first_data_block, 0),
		SPOILT(blocks_per_group, 0),
		SPOILT(blocks_per_group, 8193),
		SPOILT(inodes_per_group, 0),
		SPOILT(inodes_per_group, 8193),
		SPOILT(blocks_count, 2),
		SPOILT(blocks_count, 2049),
		SPOILT(blocks_count, 0xffffffff),
		SPOILT(inodes_count, 1),
		SPOILT(inodes_count, 8193),
		SPOILT(inodes_count, 0xffffffff),
		SPOILT(revision, 2),
		SPOILT(inode_bytes, 64),
		SPOILT(inode_bytes, 192),
		SPOILT(inode_bytes, 2048),
		SPOILT(magic, 0xef54),
	};
	struct ext2_super good;

	begin();
	good = *disk_super();
	CHECK_EQ(good.blocks_count, 2048);
	for (u32 i = 0; i < ARRAY_SIZE(spoilt); i++) {
		ext2_unmount(fs);
		memcpy((u8 *)disk_super() + spoilt[i].at, &spoilt[i].value, spoilt[i].bytes);
		CHECK_EQ(run(enter_mount, NULL), -EUCLEAN);
		*disk_super() = good;
		CHECK_EQ(run(enter_mount, NULL), 0);
	}
}

/* --- directories: names are not remembered, since each is asked for once --- */

static struct ext2_entry *first_entry(const char *path, u32 block)
{
	return disk_block(inode_at(path)->block[block]);
}

static struct ext2_entry *next_entry(struct ext2_entry *entry)
{
	return (void *)((u8 *)entry + entry->record_bytes);
}

static void spoilt_directory(void)
{
	CHECK_EQ(list("dir"), -EUCLEAN);
	CHECK_EQ(find("dir/absent"), -EUCLEAN);
	CHECK_EQ(find("small"), 0);
	CHECK_EQ(read_at("small", 0), 1);
}

TEST(an_entry_without_length)
{
	begin();
	next_entry(first_entry("dir", 0))->record_bytes = 0;
	spoilt_directory();
}

TEST(an_entry_at_an_odd_place)
{
	begin();
	next_entry(first_entry("dir", 0))->record_bytes += 2;
	spoilt_directory();
}

TEST(an_entry_that_leaves_its_block)
{
	struct ext2_entry *entry;

	begin();
	entry = next_entry(next_entry(first_entry("dir", 1)));
	entry->record_bytes = 1024;
	spoilt_directory();
}

/* The last entry of the page: what it claims lies in another page altogether. */
TEST(an_entry_that_leaves_its_page)
{
	struct ext2_entry *entry, *end;

	begin();
	entry = first_entry("dir", 3);
	end = (void *)((u8 *)entry + 1024);
	while (next_entry(entry) != end)
		entry = next_entry(entry);
	entry->record_bytes += 1024;
	spoilt_directory();
}

TEST(a_name_longer_than_its_entry)
{
	begin();
	next_entry(first_entry("dir", 2))->name_length = 250;
	spoilt_directory();
}

TEST(an_entry_without_a_name)
{
	begin();
	next_entry(first_entry("dir", 2))->name_length = 0;
	spoilt_directory();
}

TEST(an_entry_of_an_impossible_inode)
{
	begin();
	next_entry(first_entry("dir", 2))->inode = disk_super()->inodes_count + 1;
	spoilt_directory();
}

TEST(a_name_with_a_slash)
{
	begin();
	next_entry(first_entry("dir", 2))->name[2] = '/';
	CHECK_EQ(list("dir"), -EUCLEAN);
	next_entry(first_entry("dir", 2))->name[2] = 0;
	CHECK_EQ(list("dir"), -EUCLEAN);
}

TEST(a_hole_in_a_directory)
{
	begin();
	inode_at("dir")->block[1] = 0;
	spoilt_directory();
}

TEST(a_directory_of_odd_size)
{
	begin();
	inode_at("dir")->size += 12;
	CHECK_EQ(find("dir"), -EUCLEAN);
	CHECK_EQ(find("small"), 0);
}

TEST(a_directory_larger_than_the_disk)
{
	begin();
	inode_at("dir")->size = 0x7ffffc00;
	CHECK_EQ(find("dir"), -EUCLEAN);
}

/* A directory that holds itself is walked as often as the path says, and no more. */
TEST(a_directory_in_itself)
{
	struct ext2_entry *entry;
	struct inode *inode;

	begin();
	entry = next_entry(next_entry(first_entry("dir", 0)));
	entry->inode = (u32)number_of("dir");
	entry->name_length = 1;
	entry->name[0] = 'x';
	forget();
	CHECK_EQ(call_find(fs->root, fs->root, "dir/x/x/x/x/x/x/x/x", PATH_DIRECTORY, &inode), 0);
	CHECK_EQ(inode->number, entry->inode);
}

/* --- inodes --- */

static void spoilt_inode(const char *path)
{
	CHECK_EQ(find(path), -EUCLEAN);
	CHECK_EQ(find("dir"), 0);
}

TEST(an_inode_without_links)
{
	begin();
	inode_at("small")->links = 0;
	spoilt_inode("small");
}

TEST(an_inode_of_no_type)
{
	begin();
	inode_at("small")->mode = 0644;
	spoilt_inode("small");
	disk_inode(number_of("large"))->mode = 0170000;
	spoilt_inode("large");
}

TEST(a_size_beyond_all_limits)
{
	begin();
	inode_at("small")->size_high = 0x1000;
	spoilt_inode("small");
}

TEST(extents)
{
	begin();
	inode_at("small")->flags |= EXT4_INODE_EXTENTS;
	spoilt_inode("small");
}

TEST(an_inode_table_outside)
{
	begin();
	disk_group(0)->inode_table = disk_super()->blocks_count + 7;
	CHECK_EQ(find("small"), -EUCLEAN);
	/* the table's last blocks */
	disk_group(0)->inode_table = disk_super()->blocks_count - 1;
	CHECK_EQ(find("dir/file-number-199"), -EUCLEAN);
}

/* What lies there would do: the device goes on behind the file system. */
TEST(an_inode_table_behind_the_end)
{
	u32 last, block, table;

	begin();
	last = disk_super()->blocks_count - 1;
	table = disk_group(0)->inode_table;
	block = (u32)(number_of("small") - 1) * disk_super()->inode_bytes / 1024;
	memcpy(disk_block(last), disk_block(table + block), 1024);
	disk_group(0)->inode_table = last - block;
	CHECK_EQ(find("small"), 0);
	ext2_of(fs->root)->blocks_count = last;
	CHECK_EQ(find("small"), -EUCLEAN);
}

TEST(links_of_impossible_length)
{
	char text[PATH_MAX_BYTES];
	struct ext2_inode *raw;
	struct inode *inode;

	begin();
	inode_at("long")->size = 1024;
	spoilt_inode("long");
	raw = inode_at("short");
	raw->size = 0;
	spoilt_inode("short");
	raw->size = 500; /* without blocks */
	forget();
	CHECK_EQ(call_find(fs->root, fs->root, "short", 0, &inode), 0);
	CHECK_EQ(call_read_link(inode, text, sizeof(text)), -EUCLEAN);
}

/* --- blocks --- */

TEST(a_direct_block_outside)
{
	begin();
	inode_at("large")->block[5] = disk_super()->blocks_count;
	CHECK_EQ(read_at("large", 5 * 1024), -EUCLEAN);
	CHECK_EQ(read_at("large", 8 * 1024), 1);
	inode_at("large")->block[5] = 1; /* the super block */
	CHECK_EQ(read_at("large", 5 * 1024), -EUCLEAN);
	inode_at("large")->block[5] = 0xffffffff;
	CHECK_EQ(read_at("large", 5 * 1024), -EUCLEAN);
}

/* Its first block is the last of the disk; the others would follow it. */
TEST(a_run_over_the_end)
{
	struct ext2_inode *inode;

	begin();
	inode = inode_at("large");
	for (u32 i = 0; i < 4; i++)
		inode->block[4 + i] = disk_super()->blocks_count - 2 + i;
	CHECK_EQ(read_at("large", 4 * 1024), -EUCLEAN);
}

/* Counted over the largest number there is, the run's last block is one that there is. */
TEST(a_run_round_the_end)
{
	struct ext2_inode *inode;

	begin();
	inode = inode_at("large");
	for (u32 i = 0; i < 4; i++)
		inode->block[4 + i] = 0xffffffff + i;
	CHECK_EQ(read_at("large", 4 * 1024), -EUCLEAN);
}

TEST(a_table_outside)
{
	begin();
	inode_at("large")->block[12] = disk_super()->blocks_count + 1;
	CHECK_EQ(read_at("large", 12 * 1024), -EUCLEAN);
	CHECK_EQ(read_at("large", 11 * 1024), 1); /* a page before it */
	CHECK_EQ(read_at("large", 7 * 1024), 1);
	CHECK_EQ(read_at("large", 300 * 1024), 1);
}

TEST(a_table_in_a_table_outside)
{
	u32 *table;

	begin();
	table = disk_block(inode_at("large")->block[13]);
	CHECK_EQ(read_at("large", 300 * 1024), 1);
	table[0] = 0xfffffff0;
	CHECK_EQ(read_at("large", 300 * 1024), -EUCLEAN);
	CHECK_EQ(read_at("large", 20 * 1024), 1);
}

/* A table that is its own entry: three levels at most, then it is data. */
TEST(a_table_in_itself)
{
	struct ext2_inode *inode;
	u32 *table;

	begin();
	inode = inode_at("large");
	inode->size = 50u << 20;
	inode->block[14] = inode->block[13];
	table = disk_block(inode->block[13]);
	for (u32 i = 0; i < 256; i++)
		table[i] = inode->block[13];
	CHECK_EQ(read_at("large", 300 * 1024), 1);
	CHECK_EQ(read_at("large", 49u << 20), 1);
}

/* What the last block holds behind the end does not become visible, neither to a mapping nor to a file that is cut. */
TEST(behind_the_end_there_are_zeroes)
{
	struct inode *inode;
	struct page *page;
	u8 *data;

	begin();
	memset((u8 *)disk_block(inode_at("small")->block[1]) + 1500 - 1024, 0x55, 2048 - 1500);
	forget();
	CHECK_EQ(call_find(fs->root, fs->root, "small", 0, &inode), 0);
	CHECK_EQ(read_at("small", 1499), 1);
	page = page_cache_peek(&inode->cache, 0);
	CHECK(page);
	data = page_to_virt(page);
	CHECK_EQ(data[1499], image_byte(4, 1499));
	for (u32 i = 1500; i < PAGE_SIZE; i++)
		CHECK_EQ(data[i], 0);
}

static const struct test tests[] = {
	TEST_ROW(a_super_block_that_does_not_fit),
	TEST_ROW(an_entry_without_length),
	TEST_ROW(an_entry_at_an_odd_place),
	TEST_ROW(an_entry_that_leaves_its_block),
	TEST_ROW(an_entry_that_leaves_its_page),
	TEST_ROW(a_name_longer_than_its_entry),
	TEST_ROW(an_entry_without_a_name),
	TEST_ROW(an_entry_of_an_impossible_inode),
	TEST_ROW(a_name_with_a_slash),
	TEST_ROW(a_hole_in_a_directory),
	TEST_ROW(a_directory_of_odd_size),
	TEST_ROW(a_directory_larger_than_the_disk),
	TEST_ROW(a_directory_in_itself),
	TEST_ROW(an_inode_without_links),
	TEST_ROW(an_inode_of_no_type),
	TEST_ROW(a_size_beyond_all_limits),
	TEST_ROW(extents),
	TEST_ROW(an_inode_table_outside),
	TEST_ROW(an_inode_table_behind_the_end),
	TEST_ROW(links_of_impossible_length),
	TEST_ROW(a_direct_block_outside),
	TEST_ROW(a_run_over_the_end),
	TEST_ROW(a_run_round_the_end),
	TEST_ROW(a_table_outside),
	TEST_ROW(a_table_in_a_table_outside),
	TEST_ROW(a_table_in_itself),
	TEST_ROW(behind_the_end_there_are_zeroes),
};
TEST_MAIN(tests)
