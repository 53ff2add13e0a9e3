/* tmpfs_model.c - tmpfs against a model: random operations, the same answers, the same tree; and nothing is lost.
 *
 * links: @files @tmpfs
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/test/tmpfs.h"

#include "kernel/abi/fcntl.h"

enum { OPERATIONS = 50000, NODES = 64, DATA_MAX = 20000 };

/* --- the model: nodes, and for each directory an array of (name, node) --- */

struct model_node {
	bool used, directory;
	u32 links, parent;   /* of a directory: its parent's index */
	u32 entries[NAMES];  /* node index + 1 by name; 0: no such name */
	struct inode *inode; /* referenced: the real one */
	u64 size;
	u8 data[DATA_MAX];
};

static struct model_node model[NODES];

static u32 model_new(struct inode *inode, bool directory)
{
	u32 i = 0;

	while (model[i].used)
		i++;
	model[i] = (struct model_node){ .used = true, .directory = directory, .inode = inode };
	return i;
}

static u32 model_count(void)
{
	u32 count = 0;

	for (u32 i = 0; i < NODES; i++)
		count += model[i].used;
	return count;
}

static bool model_is_empty(u32 dir)
{
	for (u32 i = 0; i < NAMES; i++)
		if (model[dir].entries[i])
			return false;
	return true;
}

/* A node without links goes; the real inode with it, if the counts are right. */
static void model_drop(u32 node)
{
	if (model[node].links)
		return;
	CHECK_EQ(model[node].inode->links, 0);
	inode_put(model[node].inode);
	model[node].used = false;
}

static u32 random_directory(void)
{
	u32 i;

	do
		i = (u32)test_random_below(NODES);
	while (!model[i].used || !model[i].directory);
	return i;
}

static bool model_is_above(u32 node, u32 dir)
{
	while (dir != node && dir)
		dir = model[dir].parent;
	return dir == node;
}

/* --- the operations: the model says what must come out --- */

static struct inode *inode_of(u32 node)
{
	return model[node].inode;
}

static u32 length_of(u32 name)
{
	return (u32)strlen(name_of(name));
}

static void op_create(void)
{
	u32 dir = random_directory(), name = (u32)test_random_below(NAMES), node;
	bool directory = test_random_below(2);
	struct inode *made;
	long err = inode_of(dir)->ops->create(NULL, inode_of(dir), name_of(name), length_of(name),
					      directory ? MODE_DIRECTORY | 0755 : MODE_REGULAR | 0644, &made);

	CHECK_EQ(err, model[dir].entries[name] ? -EEXIST : 0);
	if (err)
		return;
	if (model_count() == NODES) { /* no room in the model */
		CHECK_EQ(inode_of(dir)->ops->unlink(NULL, inode_of(dir), name_of(name), length_of(name), directory), 0);
		inode_put(made);
		return;
	}
	node = model_new(made, directory);
	model[node].links = 1;
	model[node].parent = dir;
	model[dir].entries[name] = node + 1;
}

static void op_unlink(void)
{
	u32 dir = random_directory(), name = (u32)test_random_below(NAMES), node = model[dir].entries[name];
	bool directory = test_random_below(2);
	long err = inode_of(dir)->ops->unlink(NULL, inode_of(dir), name_of(name), length_of(name), directory);

	if (!node--) {
		CHECK_EQ(err, -ENOENT);
		return;
	}
	if (directory != model[node].directory) {
		CHECK_EQ(err, directory ? -ENOTDIR : -EISDIR);
		return;
	}
	CHECK_EQ(err, directory && !model_is_empty(node) ? -ENOTEMPTY : 0);
	if (err)
		return;
	model[dir].entries[name] = 0;
	model[node].links--;
	model_drop(node);
}

static void op_link(void)
{
	u32 dir = random_directory(), name = (u32)test_random_below(NAMES), node;
	long err;

	do
		node = (u32)test_random_below(NODES);
	while (!model[node].used);
	err = inode_of(dir)->ops->link(NULL, inode_of(dir), name_of(name), length_of(name), inode_of(node));
	CHECK_EQ(err, model[node].directory ? -EPERM : model[dir].entries[name] ? -EEXIST : 0);
	if (err)
		return;
	model[dir].entries[name] = node + 1;
	model[node].links++;
}

static long model_rename(u32 from_dir, u32 from, u32 to_dir, u32 to, u32 flags)
{
	u32 source = model[from_dir].entries[from], target = model[to_dir].entries[to];

	if (!source)
		return -ENOENT;
	if (target && flags)
		return -EEXIST;
	if (target == source)
		return 0;
	if (model[source - 1].directory && model_is_above(source - 1, to_dir))
		return -EINVAL;
	if (target && model[source - 1].directory != model[target - 1].directory)
		return model[source - 1].directory ? -ENOTDIR : -EISDIR;
	if (target && model[target - 1].directory && !model_is_empty(target - 1))
		return -ENOTEMPTY;
	model[from_dir].entries[from] = 0;
	model[to_dir].entries[to] = source;
	model[source - 1].parent = to_dir;
	if (target)
		model[target - 1].links--;
	return 0;
}

static void op_rename(void)
{
	u32 from_dir = random_directory(), to_dir = random_directory(), from = (u32)test_random_below(NAMES),
	    to = (u32)test_random_below(NAMES), flags = test_random_below(4) == 0, target = model[to_dir].entries[to];
	long err = inode_of(from_dir)->ops->rename(NULL, inode_of(from_dir), name_of(from), length_of(from),
						   inode_of(to_dir), name_of(to), length_of(to), flags);

	CHECK_EQ(err, model_rename(from_dir, from, to_dir, to, flags));
	if (target && model[target - 1].used)
		model_drop(target - 1);
}

static void op_write(void)
{
	static u8 data[6000];
	u32 node = (u32)test_random_below(NODES);
	u64 bytes = test_random_below(sizeof(data)) + 1, at = test_random_below(DATA_MAX - sizeof(data));
	bool append = test_random_below(4) == 0;
	struct file *file;

	if (!model[node].used || model[node].directory)
		return;
	if (append && model[node].size + bytes > DATA_MAX)
		return;
	for (u64 i = 0; i < bytes; i++)
		data[i] = (u8)test_random();
	file = call_open(inode_of(node), append ? O_APPEND | O_WRONLY : O_WRONLY);
	CHECK_EQ(call_write(file, data, bytes, at), bytes);
	file_put(file);
	at = append ? model[node].size : at;
	memcpy(model[node].data + at, data, bytes);
	model[node].size = max(model[node].size, at + bytes);
}

static long enter_truncate(struct co *co, void *argument)
{
	struct call *c = argument;

	return c->dir->ops->truncate(co, c->dir, c->at);
}

static void op_truncate(void)
{
	u32 node = (u32)test_random_below(NODES);
	struct call c = { .at = test_random_below(DATA_MAX) };

	if (!model[node].used || model[node].directory)
		return;
	c.dir = inode_of(node);
	CHECK_EQ(run(enter_truncate, &c), 0);
	if (c.at < model[node].size)
		memset(model[node].data + c.at, 0, DATA_MAX - c.at);
	model[node].size = c.at;
}

static void op_read(void)
{
	static u8 data[DATA_MAX];
	u32 node = (u32)test_random_below(NODES);
	u64 at = test_random_below(DATA_MAX), bytes = test_random_below(DATA_MAX), expected;
	struct file *file;

	if (!model[node].used || model[node].directory)
		return;
	expected = at < model[node].size ? min(bytes, model[node].size - at) : 0;
	file = call_open(inode_of(node), 0);
	memset(data, 0xaa, sizeof(data));
	CHECK_EQ(call_read(file, data, bytes, at), expected);
	CHECK(!memcmp(data, model[node].data + at, expected));
	file_put(file);
}

/* --- comparing the trees --- */

static void compare_directory(u32 dir)
{
	struct mask_sink mask = { .sink = { see_name } };
	struct inode *found;
	u64 position = 0, before;
	u32 expected = 0, subdirectories = 0;

	do {
		before = position;
		mask.room = 3;
		CHECK_EQ(call_list(inode_of(dir), &position, &mask.sink), 0);
	} while (position != before);
	for (u32 i = 0; i < NAMES; i++) {
		u32 node = model[dir].entries[i];
		long err = inode_of(dir)->ops->lookup(NULL, inode_of(dir), name_of(i), length_of(i), &found);

		CHECK_EQ(err, node ? 0 : -ENOENT);
		if (!node)
			continue;
		CHECK_EQ(found, inode_of(node - 1));
		inode_put(found);
		expected |= 1u << i;
		subdirectories += model[node - 1].directory;
	}
	CHECK_EQ(mask.seen, expected);
	CHECK_EQ(mask.others, 2);
	CHECK_EQ(inode_of(dir)->links, 2 + subdirectories);
	CHECK_EQ(inode_of(dir)->ops->lookup(NULL, inode_of(dir), "..", 2, &found), 0);
	CHECK_EQ(found, inode_of(model[dir].parent));
	inode_put(found);
}

static void compare_all(void)
{
	for (u32 i = 0; i < NODES; i++) {
		if (!model[i].used)
			continue;
		if (model[i].directory)
			compare_directory(i);
		else
			CHECK_EQ(model[i].inode->links, model[i].links);
		if (!model[i].directory)
			CHECK_EQ(model[i].inode->size, model[i].size);
	}
}

TEST(random_operations)
{
	static void (*const operations[])(void) = { op_create, op_create, op_unlink, op_unlink,	  op_link,
						    op_rename, op_rename, op_write,  op_truncate, op_read };

	begin();
	inode_get(fs->root);
	model[model_new(fs->root, true)].links = 1;
	for (u32 i = 0; i < OPERATIONS; i++) {
		operations[test_random_below(ARRAY_SIZE(operations))]();
		if (i % 500 == 0)
			compare_all();
	}
	compare_all();
	for (u32 i = 0; i < NODES; i++)
		if (model[i].used)
			inode_put(model[i].inode);
	end();
}

static const struct test tests[] = {
	TEST_ROW(random_operations),
};
TEST_MAIN(tests)
