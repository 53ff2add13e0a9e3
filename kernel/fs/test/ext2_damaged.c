/* ext2_damaged.c - whatever is wrong with an image, reading it ends, and nothing but errors comes of it.
 *
 * An image of all kinds of files is changed at random, thousands of times, mostly where the metadata lies; each time it
 * is mounted, every file that can be reached is looked at, and it is unmounted. ASan watches; the memory must be back.
 *
 * links: @files @ext2 kernel/fs/name_cache.c
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/test/ext2_image.h"

enum { ROUNDS = 400, CHANGES_MAX = 12, DEPTH_MAX = 6, NODES_MAX = 60, METADATA = 80 * 1024 };

static u8 *good, *bad;
static u64 image_bytes;
static u32 nodes; /* left to visit */

static void begin(const char *options)
{
	char name[64];

	image_begin();
	image_directory("dir");
	image_directory("dir/sub");
	for (u32 i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "dir/file-number-%u", i);
		image_write(name, i, 0, i * 300);
	}
	image_write("indirect", 2, 0, 300000);
	image_write("hole", 2, 900000, 100);
	image_link("dir/sub", "short");
	image_link("a-very-long-target-that-does-not-fit-into-the-inode-itself/and/goes/on/and/on", "long");
	image_make(options, 1024);
	good = image_map(&image_bytes);
	bad = malloc(image_bytes);
	run_init(MEMORY_PAGES);
	run_disk = &disk;
}

/* --- looking at everything --- */

struct names_sink {
	struct dir_sink sink;
	u32 count;
	struct {
		char name[NAME_MAX_BYTES + 1];
		u32 length;
	} names[8];
};

static bool keep_name(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next)
{
	struct names_sink *names = container_of(sink, struct names_sink, sink);

	(void)number, (void)type, (void)next;
	CHECK(length >= 1 && length <= NAME_MAX_BYTES);
	if (names->count == ARRAY_SIZE(names->names))
		return false;
	memcpy(names->names[names->count].name, name, length);
	names->names[names->count].name[length] = 0;
	names->names[names->count++].length = length;
	return true;
}

static void visit_file(struct inode *inode)
{
	static u8 buffer[20000];
	struct file *file;
	u64 at[] = { 0, 12 * 1024, inode->size / 2, inode->size - 1, test_random_below(inode->size + 1) };
	long n;

	if (!inode->file_ops || !inode->file_ops->read)
		return;
	file = call_open(inode, 0);
	for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
		n = call_read(file, buffer, sizeof(buffer), at[i]);
		CHECK(n == -EUCLEAN || n == -EIO || (n >= 0 && n <= (long)sizeof(buffer)));
	}
	file_put(file);
}

static void visit_link(struct inode *inode)
{
	char text[PATH_MAX_BYTES];
	long n = call_read_link(inode, text, sizeof(text));

	CHECK(n == -EUCLEAN || n == -EIO || (n >= 0 && n < (long)sizeof(text)));
}

static void visit_directory(struct inode *dir, u32 depth);

static void visit_name(struct inode *dir, const char *name, u32 depth)
{
	struct inode *inode;
	long err = call_find(fs->root, dir, name, 0, &inode);

	if (err) {
		CHECK(err == -EUCLEAN || err == -EIO || err == -ENOENT || err == -ENOTDIR);
		return;
	}
	if (inode_is(inode, MODE_DIRECTORY))
		visit_directory(inode, depth + 1);
	else if (inode_is(inode, MODE_LINK))
		visit_link(inode);
	else
		visit_file(inode);
	inode_put(inode);
}

/* A damaged directory may hold itself: bounded by depth and by the number of visits. */
static void visit_directory(struct inode *dir, u32 depth)
{
	struct names_sink names;
	u64 position = 0;
	u32 calls = 0;
	long err;

	do {
		names = (struct names_sink){ .sink = { keep_name } };
		err = call_list(dir, &position, &names.sink);
		CHECK(!err || err == -EUCLEAN || err == -EIO);
		for (u32 i = 0; i < names.count && nodes && depth < DEPTH_MAX; i++) {
			nodes--;
			visit_name(dir, names.names[i].name, depth);
		}
	} while (!err && names.count && nodes && ++calls < 100);
}

static void visit_image(u64 bytes)
{
	struct inode *inode;
	long err;

	test_disk_init(&disk, bad, bytes);
	err = run(enter_mount, NULL);
	if (err) {
		CHECK(err == -EUCLEAN || err == -EIO || err == -EOPNOTSUPP);
		return;
	}
	nodes = NODES_MAX;
	visit_directory(fs->root, 0);
	if (!call_find(fs->root, fs->root, "short/../../dir/file-number-7", PATH_FOLLOW, &inode))
		inode_put(inode);
	if (!call_find(fs->root, fs->root, "long/x", PATH_FOLLOW, &inode))
		inode_put(inode);
	ext2_unmount(fs);
	run_all();
}

/* --- changing it --- */

/* Values that are wrong in more interesting ways than most. */
static u32 nasty(void)
{
	static const u32 values[] = { 0,    1,	  2,	 3,	7,	    8,		11,	   12,
				      0x7f, 0xff, 0x3ff, 0x400, 0x7fffffff, 0x80000000, 0xffffffff };

	return test_random_below(2) ? values[test_random_below(ARRAY_SIZE(values))] : (u32)test_random();
}

static void change(u64 from, u64 to)
{
	u64 at = from + test_random_below(to - from);
	u32 value = nasty();

	switch (test_random_below(3)) {
	case 0:
		bad[at] ^= (u8)(1 << test_random_below(8));
		break;
	case 1:
		bad[at] = (u8)value;
		break;
	default:
		memcpy(bad + ALIGN_DOWN(at, 4ul), &value, sizeof(value));
	}
}

static void damage(u64 from, u64 to, bool truncated)
{
	u64 pages = 0, slab = 0;

	for (u32 round = 0; round < ROUNDS; round++) {
		memcpy(bad, good, image_bytes);
		for (u64 i = test_random_below(CHANGES_MAX) + 1; i; i--)
			change(from, to);
		host_now += 2000000000; /* so that the complaint is printed */
		visit_image(truncated ? ALIGN_DOWN(test_random_below(image_bytes), 512ul) : image_bytes);
		if (round == ROUNDS / 2) {
			pages = run_pages();
			slab = slab_live_bytes();
		}
	}
	CHECK_EQ(run_pages(), pages);
	CHECK_EQ(slab_live_bytes(), slab);
}

TEST(metadata_of_1024)
{
	begin("-t ext2 -b 1024 -N 128");
	damage(1024, METADATA, false);
}

TEST(metadata_of_4096)
{
	begin("-t ext2 -b 4096 -N 128");
	damage(1024, METADATA, false);
}

/* Directories and tables of blocks lie among the data. */
TEST(anywhere)
{
	begin("-t ext2 -b 1024 -N 128");
	for (u32 i = 0; i < 3; i++)
		damage(4096, image_bytes / 2, false);
}

TEST(super_block)
{
	begin("-t ext2 -b 2048 -N 128");
	damage(1024, 1024 + 128, false);
}

TEST(group_descriptors)
{
	begin("-t ext2 -b 1024 -N 128");
	damage(2048, 2048 + 32, false);
}

TEST(truncated)
{
	begin("-t ext2 -b 1024 -N 128");
	damage(1024, METADATA, true);
}

/* The super block says how large the disk is; the rest is missing all the same. */
TEST(reads_that_fail)
{
	begin("-t ext2 -b 1024 -N 128");
	memcpy(bad, good, image_bytes);
	for (u32 every = 1; every < 40; every++) {
		test_disk_init(&disk, bad, image_bytes);
		disk.fail_every = every;
		if (run(enter_mount, NULL))
			continue;
		nodes = NODES_MAX;
		visit_directory(fs->root, 0);
		ext2_unmount(fs);
		run_all();
	}
}

static const struct test tests[] = {
	TEST_ROW(metadata_of_1024),  TEST_ROW(metadata_of_4096), TEST_ROW(anywhere),	    TEST_ROW(super_block),
	TEST_ROW(group_descriptors), TEST_ROW(truncated),	 TEST_ROW(reads_that_fail),
};
TEST_MAIN(tests)
