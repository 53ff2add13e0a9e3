/* tmpfs.c - the corners of tmpfs: listings under change, names that go, holes, no space, absent memory.
 *
 * links: @files @tmpfs
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/test/tmpfs.h"

#include "kernel/abi/fcntl.h"

static struct inode *create(struct inode *dir, const char *name, u32 mode)
{
	struct inode *made;

	CHECK_EQ(dir->ops->create(NULL, dir, name, (u32)strlen(name), mode, &made), 0);
	return made;
}

/* A listing goes on where it was although entries come and go: none that stays is missed or seen twice. */
TEST(a_listing_survives_changes)
{
	struct mask_sink mask = { .sink = { see_name } };
	u64 position = 0, before;
	char name[32];

	begin();
	for (u32 i = 0; i < NAMES; i += 2)
		inode_put(create(fs->root, name_of(i), MODE_REGULAR));
	for (u32 round = 0;; round++) {
		before = position;
		mask.room = 1;
		CHECK_EQ(call_list(fs->root, &position, &mask.sink), 0);
		if (position == before || round > 40)
			break;
		snprintf(name, sizeof(name), "temporary%u", round);
		if (round < 20)
			inode_put(create(fs->root, name, MODE_REGULAR));
		snprintf(name, sizeof(name), "temporary%u", round - 1);
		if (round > 0 && round <= 20)
			CHECK_EQ(fs->root->ops->unlink(NULL, fs->root, name, (u32)strlen(name), false), 0);
	}
	CHECK_EQ(mask.seen, 0x555);
	end();
}

/* A file that has lost its name lives as long as somebody has it. */
TEST(an_open_file_outlives_its_name)
{
	char back[6] = "";
	struct inode *inode;
	struct file *file;

	begin();
	inode = create(fs->root, "a", MODE_REGULAR);
	file = call_open(inode, O_RDWR);
	inode_put(inode);
	CHECK_EQ(call_write(file, "hello", 5, 4094), 5);
	CHECK_EQ(fs->root->ops->unlink(NULL, fs->root, "a", 1, false), 0);
	CHECK_EQ(file->inode->links, 0);
	CHECK_EQ(call_read(file, back, 5, 4094), 5);
	CHECK_STR_EQ(back, "hello");
	CHECK_EQ(fs->root->ops->link(NULL, fs->root, "b", 1, file->inode), -ENOENT);
	file_put(file);
	end();
}

TEST(a_removed_directory_takes_nothing_in)
{
	struct inode *dir, *made;

	begin();
	dir = create(fs->root, "dir", MODE_DIRECTORY);
	CHECK_EQ(fs->root->ops->unlink(NULL, fs->root, "dir", 3, true), 0);
	CHECK_EQ(dir->ops->create(NULL, dir, "x", 1, MODE_REGULAR, &made), -ENOENT);
	CHECK_EQ(dir->ops->lookup(NULL, dir, "..", 2, &made), -ENOENT);
	inode_put(dir);
	end();
}

/* Far positions make no pages, and reading a hole makes none either. */
TEST(holes)
{
	struct inode *inode;
	struct file *file;
	u8 data[3] = { 1, 1, 1 };
	u64 free_before;

	begin();
	inode = create(fs->root, "a", MODE_REGULAR);
	file = call_open(inode, O_RDWR);
	CHECK_EQ(call_write(file, "x", 1, 1ul << 40), 1);
	free_before = run_pages();
	CHECK_EQ(call_read(file, data, 3, 1ul << 39), 3);
	CHECK(!data[0] && !data[1] && !data[2]);
	CHECK_EQ(call_read(file, data, 3, 1ul << 40), 1);
	CHECK_EQ(data[0], 'x');
	CHECK_EQ(run_pages(), free_before);
	CHECK_EQ(call_write(file, "x", 1, INT64_MAX), -EFBIG);
	file_put(file);
	inode_put(inode);
	end();
}

/* A file cannot take all memory, and what was written before the end counts. */
TEST(no_space)
{
	static u8 data[65536];
	struct inode *inode;
	struct file *file;
	u64 at = 0;
	long n;

	begin();
	inode = create(fs->root, "a", MODE_REGULAR);
	file = call_open(inode, O_WRONLY);
	while ((n = call_write(file, data, sizeof(data), at)) > 0)
		at += (u64)n;
	CHECK_EQ(n, -ENOSPC);
	CHECK(at > MEMORY_PAGES / 2 * PAGE_SIZE);
	CHECK(page_free_count() > MEMORY_PAGES / 32);
	file_put(file);
	inode_put(inode);
	end();
}

/* The writer's own memory is absent: awaited without the file's mutex, so two writers whose memory is absent get on. */
TEST(writing_from_absent_memory)
{
	static struct space space;
	struct call c[2];
	struct test_run state[2];
	static u8 back[50000];
	struct inode *inode;

	begin();
	inode = create(fs->root, "a", MODE_REGULAR);
	space.not_held = &inode->names;
	for (u32 i = 0; i < sizeof(space.memory); i++)
		space.memory[i] = (u8)(i >> 8);
	for (u32 i = 0; i < 2; i++) {
		c[i] = (struct call){ .file = call_open(inode, O_WRONLY | O_APPEND),
				      .user = user_buffer(&space, USER_BASE + i * 25000, 25000, false) };
		run_start(&state[i], enter_write, &c[i]);
	}
	run_all();
	CHECK(state[0].done && state[1].done);
	CHECK_EQ(state[0].result, 25000);
	CHECK_EQ(state[1].result, 25000);
	CHECK_EQ(inode->size, 50000);
	CHECK_EQ(call_read(c[0].file, back, 50000, 0), 50000);
	CHECK_EQ(space.faults, 13);
	c[0].user = user_buffer(&space, 0x100, 10, false);
	CHECK_EQ(run(enter_write, &c[0]), -EFAULT);
	file_put(c[0].file);
	file_put(c[1].file);
	inode_put(inode);
	end();
}

TEST(symbolic_links)
{
	static char target[PATH_MAX_BYTES + 1], back[PATH_MAX_BYTES + 1];
	struct inode *link;

	begin();
	memset(target, 't', PATH_MAX_BYTES);
	CHECK_EQ(fs->root->ops->symlink(NULL, fs->root, "l", 1, target, PATH_MAX_BYTES), -ENAMETOOLONG);
	CHECK_EQ(fs->root->ops->symlink(NULL, fs->root, "l", 1, target, 0), -ENOENT);
	CHECK_EQ(fs->root->ops->symlink(NULL, fs->root, "l", 1, target, PATH_MAX_BYTES - 1), 0);
	CHECK_EQ(fs->root->ops->symlink(NULL, fs->root, "l", 1, "x", 1), -EEXIST);
	CHECK_EQ(call_find(fs->root, fs->root, "l", 0, &link), 0);
	CHECK_EQ(call_read_link(link, back, sizeof(back)), PATH_MAX_BYTES - 1);
	CHECK(!memcmp(back, target, PATH_MAX_BYTES - 1));
	CHECK_EQ(call_read_link(link, back, 3), 3);
	inode_put(link);
	end();
}

/* Every allocation in turn fails: an error, and nothing lost. */
TEST(memory_runs_out)
{
	struct inode *made;
	long err;

	begin();
	for (u64 nth = 1; nth < 12; nth++) {
		alloc_fail_set(nth);
		err = fs->root->ops->create(NULL, fs->root, "a", 1, MODE_REGULAR, &made);
		CHECK(!err || err == -ENOMEM);
		if (!err)
			inode_put(made);
		err = fs->root->ops->symlink(NULL, fs->root, "l", 1, "target", 6);
		CHECK(!err || err == -ENOMEM);
		err = fs->root->ops->rename(NULL, fs->root, "l", 1, fs->root, "m", 1, 0);
		CHECK(!err || err == -ENOMEM || err == -ENOENT);
		alloc_fail_set(0);
		fs->root->ops->unlink(NULL, fs->root, "a", 1, false);
		fs->root->ops->unlink(NULL, fs->root, "l", 1, false);
		fs->root->ops->unlink(NULL, fs->root, "m", 1, false);
	}
	end();
}

static const struct test tests[] = {
	TEST_ROW(a_listing_survives_changes),
	TEST_ROW(an_open_file_outlives_its_name),
	TEST_ROW(a_removed_directory_takes_nothing_in),
	TEST_ROW(holes),
	TEST_ROW(no_space),
	TEST_ROW(writing_from_absent_memory),
	TEST_ROW(symbolic_links),
	TEST_ROW(memory_runs_out),
};
TEST_MAIN(tests)
