/* path.c - the path walk, on file systems in memory: names, dots, links, mounts, and the errors.
 *
 * links: @files @tmpfs
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/path.h"

#include "kernel/fs/test/calls.h"
#include "kernel/fs/tmpfs.h"

enum { MEMORY_PAGES = 2000 };

static struct file_system *fs, *other;
static struct inode *root;

static struct inode *find(const char *path)
{
	struct inode *inode;

	CHECK_EQ(call_find(root, root, path, 0, &inode), 0);
	return inode;
}

/* Names are made with the operations themselves: the walk is what is tested. */
static struct inode *make(const char *parent, const char *name, u32 mode)
{
	struct inode *dir = find(parent), *made;

	CHECK_EQ(dir->ops->create(NULL, dir, name, (u32)strlen(name), mode, &made), 0);
	inode_put(dir);
	return made;
}

static void link_to(const char *parent, const char *name, const char *target)
{
	struct inode *dir = find(parent);

	CHECK_EQ(dir->ops->symlink(NULL, dir, name, (u32)strlen(name), target, (u32)strlen(target)), 0);
	inode_put(dir);
}

/*  /a/b/c/file    /a/b/c/up -> ..    /a/abs -> /a/b    /top -> a/b/c    /m (mount: /m/in/side)    /loop -> loop  */
static void begin(void)
{
	struct inode *inner;

	run_init(MEMORY_PAGES);
	CHECK_EQ(tmpfs_mount(&fs), 0);
	CHECK_EQ(tmpfs_mount(&other), 0);
	root = fs->root;
	make("/", "a", MODE_DIRECTORY | 0755);
	make("/a", "b", MODE_DIRECTORY | 0755);
	make("/a/b", "c", MODE_DIRECTORY | 0755);
	make("/a/b/c", "file", MODE_REGULAR | 0644);
	link_to("/a/b/c", "up", "..");
	link_to("/a", "abs", "/a/b");
	link_to("/", "top", "a/b/c");
	link_to("/", "loop", "loop");
	link_to("/", "slash", "/");
	link_to("/", "gone", "a/nothing");
	link_to("/", "file-link", "top/file");
	other->covered = make("/", "m", MODE_DIRECTORY | 0755);
	other->covered->mounted = other;
	CHECK_EQ(other->root->ops->create(NULL, other->root, "in", 2, MODE_DIRECTORY | 0755, &inner), 0);
	CHECK_EQ(inner->ops->create(NULL, inner, "side", 4, MODE_REGULAR | 0644, &(struct inode *){ NULL }), 0);
}

static long walk(const char *path, u32 flags, struct inode **inode)
{
	*inode = NULL;
	return call_find(root, root, path, flags, inode);
}

static void same(const char *path, u32 flags, const char *expected)
{
	struct inode *a, *b;
	long err = walk(path, flags, &a);

	if (err)
		printf("%s: %ld\n", path, err);
	CHECK_EQ(err, 0);
	CHECK_EQ(walk(expected, 0, &b), 0);
	if (a != b)
		printf("%s is not %s\n", path, expected);
	CHECK_EQ(a, b);
	inode_put(a);
	inode_put(b);
}

static void fails(const char *path, u32 flags, long err)
{
	struct inode *inode;
	long result = walk(path, flags, &inode);

	if (result != err)
		printf("%s: %ld\n", path, result);
	CHECK_EQ(result, err);
}

TEST(names_and_dots)
{
	begin();
	same("/a/b", 0, "a/b");
	same("//a///b/", 0, "a/b");
	same("a/./b/../b/.", 0, "a/b");
	same("a/..", 0, "/");
	same("..", 0, "/");
	same("/../../a", 0, "a");
	same("/", 0, "/");
	same("///", 0, "/");
	same(".", 0, "/");
	same("a/b/c/file", 0, "/a/b/c/file");
}

TEST(errors)
{
	char name[NAME_MAX_BYTES + 2] = "";

	begin();
	fails("", 0, -ENOENT);
	fails("x", 0, -ENOENT);
	fails("x/y", 0, -ENOENT);
	fails("a/b/c/file/x", 0, -ENOTDIR);
	fails("a/b/c/file/..", 0, -ENOTDIR);
	fails("a/b/c/file/.", 0, -ENOTDIR);
	fails("a/b/c/file/", 0, -ENOTDIR);
	fails("a/b/c/file", PATH_DIRECTORY, -ENOTDIR);
	memset(name, 'n', NAME_MAX_BYTES + 1);
	fails(name, 0, -ENAMETOOLONG);
	name[NAME_MAX_BYTES] = 0;
	fails(name, 0, -ENOENT);
}

TEST(links)
{
	begin();
	same("top/file", 0, "a/b/c/file");
	same("a/abs/c", 0, "a/b/c");
	same("top/up", PATH_FOLLOW, "a/b");
	same("top/up/c/up/c/up", PATH_FOLLOW, "a/b");
}

TEST(links_in_the_last_place)
{
	struct inode *inode;

	begin();
	CHECK_EQ(walk("top", 0, &inode), 0);
	CHECK(inode_is(inode, MODE_LINK));
	inode_put(inode);
	same("top", PATH_FOLLOW, "a/b/c");
	same("top/", 0, "a/b/c");
	same("slash", PATH_FOLLOW, "/");
	same("slash/", 0, "/");
	same("slash/a", 0, "/a");
	same("file-link", PATH_FOLLOW, "/a/b/c/file");
	fails("file-link/", 0, -ENOTDIR);
	fails("top", PATH_DIRECTORY, -ENOTDIR);
	fails("loop", PATH_FOLLOW, -ELOOP);
	fails("loop/x", 0, -ELOOP);
	fails("gone", PATH_FOLLOW, -ENOENT);
	same("gone", 0, "gone");
}

/* 40 links are followed, 41 are not, whether one after the other or one in the other. */
TEST(many_links)
{
	char name[16], target[16], path[500] = "";

	begin();
	link_to("/", "dot", ".");
	for (u32 i = 0; i < LINK_DEPTH_MAX; i++)
		strcat(path, "dot/");
	same(path, 0, "/");
	strcat(path, "dot/");
	fails(path, 0, -ELOOP);
	link_to("/", "l0", "a");
	for (u32 i = 1; i <= LINK_DEPTH_MAX; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		snprintf(target, sizeof(target), "l%u/../a/.", i - 1);
		link_to("/", name, target);
	}
	snprintf(path, sizeof(path), "l%u/b", LINK_DEPTH_MAX - 1);
	same(path, 0, "a/b");
	snprintf(path, sizeof(path), "l%u/b", LINK_DEPTH_MAX);
	fails(path, 0, -ELOOP);
}

/* Links whose texts do not fit into a page together. */
TEST(long_links)
{
	static char text[3000], path[6000];

	begin();
	memset(text, '/', sizeof(text) - 1);
	memcpy(text + sizeof(text) - 5, "long", 4);
	link_to("/", "long", "a");
	link_to("/a", "once", text);
	memcpy(text, "../a/once/.", 11);
	link_to("/a", "twice", text);
	same("a/once", PATH_FOLLOW, "a");
	fails("a/twice", PATH_FOLLOW, -ENAMETOOLONG);
	/* the caller's own path does not count */
	memset(path, '/', sizeof(path) - 1);
	memcpy(path, "a/once", 6);
	memcpy(path + sizeof(path) - 2, "b", 1);
	same(path, 0, "a/b");
}

TEST(mounts)
{
	struct inode *inode;

	begin();
	CHECK_EQ(walk("m", 0, &inode), 0);
	CHECK_EQ(inode, other->root);
	same("m/in/side", 0, "/m/in/../in/side");
	same("m/..", 0, "/");
	same("m/in/../..", 0, "/");
	same("m/in/../../a", 0, "a");
	same("m/../m/.", 0, "m");
	link_to("/", "to-m", "m/in");
	same("to-m/..", 0, "m");
	/* a root inside the mount: no way out */
	CHECK_EQ(call_find(other->root, other->root, "../../in/../..", 0, &inode), 0);
	CHECK_EQ(inode, other->root);
}

/* --- parents --- */

static void parent_is(const char *path, u32 flags, const char *parent, const char *name)
{
	struct path_result result;
	struct inode *expected = find(parent);

	CHECK_EQ(call_walk(root, root, path, flags, &result), 0);
	CHECK_EQ(result.last, PATH_LAST_NAME);
	CHECK_EQ(result.parent, expected);
	CHECK_EQ(result.length, strlen(name));
	CHECK(!memcmp(result.name, name, result.length));
	CHECK(!(flags & PATH_PARENT) || !result.inode);
	path_done(&result);
	inode_put(expected);
}

TEST(parents)
{
	struct path_result result;

	begin();
	parent_is("new", PATH_PARENT, "/", "new");
	parent_is("a/b/new", PATH_PARENT, "a/b", "new");
	parent_is("top/new", PATH_PARENT, "a/b/c", "new");
	parent_is("top", PATH_PARENT, "/", "top");
	parent_is("m/new", PATH_PARENT, "m", "new");
	fails("x/new", PATH_PARENT, -ENOENT);
	fails("a/b/c/file/new", PATH_PARENT, -ENOTDIR);
	CHECK_EQ(call_walk(root, root, "a/new//", PATH_PARENT, &result), 0);
	CHECK(result.slash && result.length == 3);
	path_done(&result);
	CHECK_EQ(call_walk(root, root, "a/..", PATH_PARENT, &result), 0);
	CHECK(result.last == PATH_LAST_DOT_DOT && !result.parent && result.inode == root);
	path_done(&result);
	CHECK_EQ(call_walk(root, root, "a/.", PATH_PARENT, &result), 0);
	CHECK(result.last == PATH_LAST_DOT && !result.parent);
	path_done(&result);
	CHECK_EQ(call_walk(root, root, "/", PATH_PARENT, &result), 0);
	CHECK(result.last == PATH_LAST_ROOT && !result.parent);
	path_done(&result);
}

TEST(creating)
{
	struct path_result result;

	begin();
	parent_is("new", PATH_CREATE, "/", "new");
	parent_is("gone", PATH_CREATE | PATH_FOLLOW, "a", "nothing");
	parent_is("gone", PATH_CREATE, "/", "gone");
	parent_is("file-link", PATH_CREATE | PATH_FOLLOW, "a/b/c", "file");
	CHECK_EQ(call_walk(root, root, "file-link", PATH_CREATE | PATH_FOLLOW, &result), 0);
	CHECK(result.inode && inode_is(result.inode, MODE_REGULAR));
	path_done(&result);
	CHECK_EQ(call_walk(root, root, "slash", PATH_CREATE | PATH_FOLLOW, &result), 0);
	CHECK(result.inode == root && result.last == PATH_LAST_ROOT && !result.parent);
	path_done(&result);
	fails("x/new", PATH_CREATE, -ENOENT);
	fails("loop", PATH_CREATE | PATH_FOLLOW, -ELOOP);
}

static long enter_walk_failing(struct co *co, void *argument)
{
	alloc_fail_set(test_random_below(8));
	return enter_walk(co, argument);
}

static void walk_failing(const char *path, u32 flags)
{
	struct path_result result;
	struct call c = { .other = root, .dir = root, .text = path, .flags = flags, .path = &result };

	if (!run(enter_walk_failing, &c))
		path_done(&result);
	alloc_fail_set(0);
}

/* Whatever the walk is told, and wherever memory runs out, it gives back what it took. */
TEST(nothing_is_lost)
{
	static const char *const pieces[] = { "a",  "b",    "c",    "top", "slash", "up", "..", ".",	    "m",
					      "in", "gone", "loop", "abs", "file",  "x",  "",	"file-link" };
	u64 pages_before, slab_before;
	char path[400];

	begin();
	fails("loop", PATH_FOLLOW, -ELOOP);
	run_all();
	pages_before = run_pages();
	slab_before = slab_live_bytes();
	for (u32 i = 0; i < 4000; i++) {
		path[0] = 0;
		for (u64 n = 1 + test_random_below(6); n; n--) {
			strcat(path, test_random_below(8) ? "" : "/");
			strcat(path, pieces[test_random_below(ARRAY_SIZE(pieces))]);
			strcat(path, n > 1 || !test_random_below(5) ? "/" : "");
		}
		walk_failing(path, (u32)test_random_below(16));
	}
	run_all();
	CHECK_EQ(run_pages(), pages_before);
	CHECK_EQ(slab_live_bytes(), slab_before);
}

static const struct test tests[] = {
	TEST_ROW(names_and_dots), TEST_ROW(errors),	     TEST_ROW(links),  TEST_ROW(links_in_the_last_place),
	TEST_ROW(many_links),	  TEST_ROW(long_links),	     TEST_ROW(mounts), TEST_ROW(parents),
	TEST_ROW(creating),	  TEST_ROW(nothing_is_lost),
};
TEST_MAIN(tests)
