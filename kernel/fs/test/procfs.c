/* procfs.c - what can be read in /proc, and the listings of /proc and /dev.
 * links: lib/co.c lib/fmt.c lib/rbtree.c kernel/test/host/host.c kernel/test/host/ram.c kernel/test/host/executor.c
 * links: kernel/task/task.c kernel/task/waker.c kernel/task/wait.c kernel/task/mutex.c kernel/task/inbox.c
 * links: kernel/task/run_queue.c kernel/task/timer.c kernel/task/executor.c kernel/task/lock.c
 * links: kernel/mm/page.c kernel/mm/page_blocks.c kernel/mm/page_ops.c kernel/mm/page_setup.c kernel/mm/page_cache.c
 * links: kernel/mm/page_cache_reclaim.c kernel/mm/page_index.c kernel/mm/page_wait.c kernel/mm/limbo.c
 * links: kernel/mm/limbo_wait.c kernel/mm/slab.c kernel/mm/slab_debug.c kernel/mm/kalloc.c kernel/mm/alloc_fail.c
 * links: kernel/dev/block.c kernel/fs/inode.c kernel/fs/file.c kernel/fs/directory.c kernel/fs/path.c
 * links: kernel/fs/permission.c
 * links: kernel/fs/name_cache.c kernel/fs/block_file.c kernel/fs/file_page_read.c kernel/fs/file_page_write.c
 * links: kernel/fs/ext2_mount.c kernel/fs/ext2_inode.c kernel/fs/ext2_map.c kernel/fs/ext2_dir.c kernel/fs/ext2_file.c
 * links: kernel/fs/pseudo.c kernel/fs/tmpfs.c kernel/fs/tmpfs_dir.c kernel/fs/tmpfs_entry.c kernel/fs/devfs.c
 * links: kernel/fs/dev_mem.c kernel/fs/dev_verdict.c kernel/fs/console.c kernel/fs/tty.c kernel/fs/tty_input.c
 * links: kernel/fs/poll.c kernel/fs/procfs.c kernel/fs/proc_text.c kernel/fs/proc_entries.c kernel/fs/mount.c
 * links: kernel/fs/proc_memory.c
 * links: kernel/fs/stat.c
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/test/tree.h"

static u64 number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	CHECK(at);
	return strtoull(at + strlen(name), NULL, 10);
}

TEST(meminfo)
{
	const char *text;

	begin();
	text = text_of("/proc/meminfo");
	CHECK_EQ(number_after(text, "MemTotal:"), page_total_count() * 4);
	/* the text was made while a page for it was taken */
	CHECK_EQ(number_after(text, "PagesFree:"), page_free_count() + limbo_count() - 1);
	CHECK(number_after(text, "SlabBytes:") > 1000);
	CHECK(number_after(text, "PagesCached:") > 0);
	CHECK(strstr(text, "MemFree:  "));
}

TEST(processes)
{
	begin();
	CHECK_STR_EQ(text_of("/proc/1/stat"), "pid 1 file 0\n");
	CHECK_STR_EQ(text_of("/proc/self/status"), "pid 70 file 1\n");
	CHECK_STR_EQ(text_of("/proc/70/cmdline"), "pid 70 file 2\n");
	CHECK(strstr(text_of("/proc/1/maps"), "line number 999\n"));
}

TEST(proc_links)
{
	char text[100] = "";
	struct inode *inode;

	begin();
	CHECK_EQ(call_read_link(find("/proc/self", 0), text, sizeof(text)), 2);
	CHECK_STR_EQ(text, "70");
	CHECK_EQ(call_read_link(find("/proc/self/exe", 0), text, sizeof(text)), 14);
	CHECK_STR_EQ(text, "/bin/program70");
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/2", 0, &inode), -ENOENT);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/01", 0, &inode), -ENOENT);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/1x", 0, &inode), -ENOENT);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/99999999999", 0, &inode), -ENOENT);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/nothing", 0, &inode), -ENOENT);
}

struct names_sink {
	struct dir_sink sink;
	u32 room;
	char text[2000];
};

static bool add_name(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next)
{
	struct names_sink *names = container_of(sink, struct names_sink, sink);

	(void)next;
	CHECK(number && type);
	if (!names->room)
		return false;
	names->room--;
	snprintf(names->text + strlen(names->text), sizeof(names->text) - strlen(names->text), "%.*s ", (int)length,
		 name);
	return true;
}

/* Every name of the listing, a few at a time. */
static const char *list(const char *path)
{
	static struct names_sink names;
	struct inode *dir = find(path, 0);
	u64 position = 0;

	names = (struct names_sink){ .sink = { add_name } };
	do {
		names.room = 3;
		CHECK_EQ(call_list(dir, &position, &names.sink), 0);
	} while (names.room < 3);
	inode_put(dir);
	return names.text;
}

TEST(listings)
{
	begin();
	CHECK_STR_EQ(list("/dev"), ". .. null zero full random urandom tty console verdict vda shm ");
	CHECK_STR_EQ(list("/proc/1"), ". .. stat status cmdline maps exe chime ");
	CHECK(strstr(list("/proc"), ". .. self tasks "));
	CHECK(strstr(list("/proc"), " 1 70 "));
	CHECK_STR_EQ(list("/dev/shm"), ". .. ");
	CHECK_STR_EQ(list("/tmp"), ". .. ");
}

/* Every file of /proc can be read, also in small pieces, and what it says does not change under the reader. */
TEST(all_proc_files)
{
	char byte, again[100000];
	struct file *file;
	char path[100];
	long length;

	begin();
	for (const struct proc_entry *entry = proc_entries; entry->name; entry++) {
		snprintf(path, sizeof(path), "/proc/%s", entry->name);
		file = open_file(path, 0);
		length = call_read(file, again, sizeof(again), 0);
		CHECK(length > 0);
		for (long i = 0; i < min(length, 50l); i++) {
			CHECK_EQ(call_read(file, &byte, 1, i), 1);
			CHECK_EQ(byte, again[i]);
		}
		CHECK_EQ(call_read(file, &byte, 1, 1000000), 0);
		file_put(file);
	}
	CHECK_STR_EQ(text_of("/proc/cmdline"), "root=vda\n");
	CHECK(strstr(text_of("/proc/mounts"), "/dev/root / ext2 ro"));
	CHECK(strstr(text_of("/proc/mounts"), "tmpfs /dev/shm tmpfs rw"));
}

/* Looking at everything leaves nothing behind. */
TEST(nothing_is_lost)
{
	u64 pages_before = 0, slab_before = 0;

	begin();
	for (u32 round = 0; round < 3; round++) {
		text_of("/proc/1/maps");
		text_of("/proc/meminfo");
		list("/proc");
		list("/dev");
		run_all();
		if (round) {
			CHECK_EQ(run_pages(), pages_before);
			CHECK_EQ(slab_live_bytes(), slab_before);
		}
		pages_before = run_pages();
		slab_before = slab_live_bytes();
	}
}

static const struct test tests[] = {
	TEST_ROW(meminfo),  TEST_ROW(processes),      TEST_ROW(proc_links),
	TEST_ROW(listings), TEST_ROW(all_proc_files), TEST_ROW(nothing_is_lost),
};
TEST_MAIN(tests)
