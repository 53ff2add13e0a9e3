/* ext2_read.c - what the reader sees of images of many kinds is what was put in.
 *
 * links: @files @ext2 kernel/fs/name_cache.c
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/test/ext2_image.h"

#include <dirent.h>

enum { BIG_DIRECTORY = 400, CHUNK = 65536 };
#define FAR_AWAY (4600ul << 20)

static void make_tree(u32 block)
{
	const u64 sizes[] = { 0,
			      1,
			      59,
			      1023,
			      1024,
			      1025,
			      4095,
			      4096,
			      4097,
			      12 * block,
			      12 * block + 1,
			      (12 + block / 4) * block,
			      (13 + block / 4) * block - 7,
			      1200000 };
	char name[300];

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		snprintf(name, sizeof(name), "size%lu", (unsigned long)sizes[i]);
		image_write(name, i, 0, sizes[i]);
	}
	image_directory("deep");
	image_directory("deep/er");
	image_write("deep/er/file", 77, 0, 5000);
	CHECK(image_shell("ln tree/deep/er/file tree/hard"));
	image_link("deep/er/file", "short");
	image_link("short", "chain");
	image_link("nowhere/at/all", "dangling");
	snprintf(name, sizeof(name), "%0200d", 7);
	image_link(name, "slow");
	image_directory("big");
	for (u32 i = 0; i < BIG_DIRECTORY; i++) {
		snprintf(name, sizeof(name), "big/%u-%.*s", i, (int)(i % 200),
			 "a long name of a file, so that blocks fill up "
			 "unevenly and entries end up everywhere in them, which is what we want here, and again and "
			 "again");
		image_write(name, i, 0, 1);
	}
	snprintf(name, sizeof(name), "%0255d", 1);
	image_write(name, 5, 0, 3);
	/* holes, and data that only double and triple tables reach */
	image_write("sparse", 9, 0, 10);
	image_write("sparse", 9, 300000, 5000);
	image_write("sparse", 9, 5000000, 5000);
	image_write("sparse", 9, 70000000, 1);
	image_write("far", 8, FAR_AWAY, 3000);
}

/* --- comparing --- */

static void compare_range(int fd, struct file *file, u64 at, u64 bytes)
{
	static u8 ours[CHUNK], theirs[CHUNK];
	ssize_t n = pread(fd, theirs, bytes, (off_t)at);

	memset(ours, 0xcc, sizeof(ours));
	CHECK_EQ(call_read(file, ours, bytes, at), n);
	CHECK(!memcmp(ours, theirs, (size_t)n));
}

static void compare_file(const char *host, struct inode *inode, const struct stat *status)
{
	struct file *file = call_open(inode, 0);
	u64 size = (u64)status->st_size;
	int fd = open(host, O_RDONLY);

	CHECK(fd >= 0);
	CHECK_EQ(inode->size, size);
	for (u64 at = 0; at < min(size, 2000000ul); at += CHUNK)
		compare_range(fd, file, at, CHUNK);
	for (u32 i = 0; i < 20 && size; i++)
		compare_range(fd, file, test_random_below(size), 1 + test_random_below(9000));
	compare_range(fd, file, size > 5000 ? size - 5000 : 0, CHUNK);
	compare_range(fd, file, 4999000, 8000);
	CHECK_EQ(call_read(file, (char[4]){ 0 }, 4, size), 0);
	CHECK_EQ(call_read(file, (char[4]){ 0 }, 4, UINT64_MAX - 2), 0);
	close(fd);
	file_put(file);
}

static void compare_link(const char *host, struct inode *inode)
{
	char ours[PATH_MAX] = "", theirs[PATH_MAX] = "";
	ssize_t n = readlink(host, theirs, sizeof(theirs));

	CHECK_EQ(inode->size, n);
	CHECK_EQ(call_read_link(inode, ours, sizeof(ours)), n);
	CHECK_STR_EQ(ours, theirs);
}

struct counting_sink {
	struct dir_sink sink;
	u32 count, room;
	u64 names; /* a sum over names, which does not depend on their order */
};

static u64 name_sum(const char *name, u64 length)
{
	u64 sum = 5381;

	while (length--)
		sum = sum * 33 + (u8)*name++;
	return sum * sum;
}

static bool count_entry(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next)
{
	struct counting_sink *counter = container_of(sink, struct counting_sink, sink);

	CHECK(number && next && type <= 12);
	if (!counter->room)
		return false;
	counter->room--;
	counter->count++;
	counter->names += name_sum(name, length);
	return true;
}

static void compare_tree(const char *host, struct inode *dir);

static void compare_entry(const char *host, struct inode *dir, const char *name)
{
	char path[PATH_MAX];
	struct inode *inode;
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", host, name);
	CHECK_EQ(lstat(path, &status), 0);
	CHECK_EQ(call_find(fs->root, dir, name, 0, &inode), 0);
	CHECK_EQ(inode->mode, status.st_mode);
	if (S_ISREG(status.st_mode)) {
		CHECK_EQ(inode->links, status.st_nlink);
		compare_file(path, inode, &status);
	} else if (S_ISLNK(status.st_mode)) {
		compare_link(path, inode);
	} else if (S_ISDIR(status.st_mode)) {
		compare_tree(path, inode);
	}
	inode_put(inode);
}

/* Every name of the host is here, and there are no others. */
static void compare_tree(const char *host, struct inode *dir)
{
	struct counting_sink counter = { .sink = { count_entry } };
	DIR *listing = opendir(host);
	struct dirent *entry;
	u64 position = 0, names = 0;
	u32 count = 0, before;

	CHECK(listing);
	while ((entry = readdir(listing))) {
		count++;
		names += name_sum(entry->d_name, strlen(entry->d_name));
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			compare_entry(host, dir, entry->d_name);
	}
	closedir(listing);
	do {
		before = counter.count;
		counter.room = 7;
		CHECK_EQ(call_list(dir, &position, &counter.sink), 0);
	} while (counter.count != before);
	if (dir == fs->root) { /* mke2fs adds lost+found */
		count++;
		names += name_sum("lost+found", 10);
	}
	CHECK_EQ(counter.count, count);
	CHECK_EQ(counter.names, names);
}

static void compare(const char *options, u32 block)
{
	u64 free_before, slab_before;

	image_begin();
	make_tree(block);
	image_make(options, 32768);
	CHECK_EQ(mount_image(), 0);
	compare_tree(image_path("tree"), fs->root);
	ext2_unmount(fs);
	/* What was read may be forgotten, and then nothing is missing. */
	run_all();
	free_before = run_pages();
	slab_before = slab_live_bytes();
	CHECK_EQ(run(enter_mount, NULL), 0);
	compare_tree(image_path("tree"), fs->root);
	ext2_unmount(fs);
	run_all();
	CHECK_EQ(run_pages(), free_before);
	CHECK_EQ(slab_live_bytes(), slab_before);
}

TEST(blocks_of_1024)
{
	compare("-t ext2 -b 1024", 1024);
}

TEST(blocks_of_2048)
{
	compare("-t ext2 -b 2048", 2048);
}

TEST(blocks_of_4096)
{
	compare("-t ext2 -b 4096", 4096);
}

TEST(small_inodes)
{
	compare("-t ext2 -b 1024 -I 128 -g 1024 -N 4000", 1024);
}

TEST(clean_journal)
{
	compare("-t ext3 -b 1024", 1024);
}

TEST(revision_0)
{
	image_begin();
	image_write("file", 1, 0, 20000);
	image_directory("dir");
	image_make("-r 0 -O none -b 1024", 2048);
	CHECK_EQ(mount_image(), 0);
	compare_tree(image_path("tree"), fs->root);
}

TEST(indexed_directory)
{
	image_begin();
	make_tree(1024);
	image_make("-t ext2 -b 1024 -O dir_index", 32768);
	image_shell("e2fsck -fyD image >/dev/null 2>&1");
	CHECK_EQ(mount_image(), 0);
	compare_tree(image_path("tree"), fs->root);
}

TEST(features_of_ext4_are_refused)
{
	image_begin();
	image_make("-t ext4", 8192);
	CHECK_EQ(mount_image(), -EOPNOTSUPP);
}

TEST(no_file_system_at_all)
{
	static u8 zeroes[65536];

	run_init(MEMORY_PAGES);
	test_disk_init(&disk, zeroes, sizeof(zeroes));
	run_disk = &disk;
	CHECK_EQ(run(enter_mount, NULL), -EUCLEAN);
	test_disk_init(&disk, zeroes, 512);
	CHECK_EQ(run(enter_mount, NULL), -EUCLEAN);
}

/* One read of a file that lies in one piece is one request. */
TEST(a_page_is_one_request)
{
	struct inode *inode;
	struct file *file;
	u64 before;
	u8 byte;

	image_begin();
	image_write("file", 1, 0, 8 * 1024);
	image_make("-t ext2 -b 1024", 2048);
	CHECK_EQ(mount_image(), 0);
	CHECK_EQ(call_find(fs->root, fs->root, "file", 0, &inode), 0);
	file = call_open(inode, 0);
	before = disk.served;
	CHECK_EQ(call_read(file, &byte, 1, 0), 1);
	CHECK_EQ(byte, image_byte(1, 0));
	CHECK_EQ(disk.served, before + 1);
	CHECK_EQ(call_read(file, &byte, 1, 4095), 1);
	CHECK_EQ(disk.served, before + 1);
}

/* A cached path is found without looking at a directory's pages. */
TEST(a_known_name_is_not_searched_for)
{
	struct inode *first, *again;

	image_begin();
	image_directory("dir");
	image_write("dir/file", 1, 0, 10);
	image_make("-t ext2 -b 1024", 2048);
	CHECK_EQ(mount_image(), 0);
	CHECK_EQ(call_find(fs->root, fs->root, "/dir/file", 0, &first), 0);
	page_cache_drop(&fs->root->cache, 0);
	disk.fail_every = 1;
	CHECK_EQ(call_find(fs->root, fs->root, "/dir/file", 0, &again), 0);
	CHECK_EQ(again, first);
}

/* Absent pages of the reader's memory are awaited, and a range that is not there at all is -EFAULT. */
TEST(user_memory_that_is_not_there)
{
	static struct space space;
	struct inode *inode;
	struct file *file;

	image_begin();
	image_write("file", 1, 0, 20000);
	image_make("-t ext2 -b 1024", 2048);
	CHECK_EQ(mount_image(), 0);
	CHECK_EQ(call_find(fs->root, fs->root, "file", 0, &inode), 0);
	file = call_open(inode, 0);
	CHECK_EQ(call_read_to(file, user_buffer(&space, USER_BASE + 100, 20000, true), 0), 20000);
	CHECK_EQ(space.faults, 5);
	for (u32 i = 0; i < 20000; i++)
		CHECK_EQ(space.memory[100 + i], image_byte(1, i));
	CHECK_EQ(call_read_to(file, user_buffer(&space, USER_BASE + (USER_PAGES - 1) * PAGE_SIZE, 9000, true), 0),
		 4096);
	CHECK_EQ(call_read_to(file, user_buffer(&space, USER_BASE - 4096, 10, true), 0), -EFAULT);
}

TEST(a_broken_disk_is_an_error)
{
	struct inode *inode;
	struct file *file;
	char byte;

	image_begin();
	image_write("file", 1, 0, 20000);
	image_make("-t ext2 -b 1024", 2048);
	CHECK_EQ(mount_image(), 0);
	CHECK_EQ(call_find(fs->root, fs->root, "file", 0, &inode), 0);
	file = call_open(inode, 0);
	disk.fail_every = 1;
	CHECK_EQ(call_read(file, &byte, 1, 0), -EIO);
	disk.fail_every = 0;
	CHECK_EQ(call_read(file, &byte, 1, 0), 1);
}

static const struct test tests[] = {
	TEST_ROW(blocks_of_1024),
	TEST_ROW(blocks_of_2048),
	TEST_ROW(blocks_of_4096),
	TEST_ROW(small_inodes),
	TEST_ROW(clean_journal),
	TEST_ROW(revision_0),
	TEST_ROW(indexed_directory),
	TEST_ROW(features_of_ext4_are_refused),
	TEST_ROW(no_file_system_at_all),
	TEST_ROW(a_page_is_one_request),
	TEST_ROW(a_known_name_is_not_searched_for),
	TEST_ROW(user_memory_that_is_not_there),
	TEST_ROW(a_broken_disk_is_an_error),
};
TEST_MAIN(tests)
