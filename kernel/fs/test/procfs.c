/* procfs.c - what can be read in /proc, and the listings of /proc and /dev.
 *
 * links: @files @ext2 @tmpfs kernel/fs/name_cache.c kernel/fs/devfs.c kernel/fs/dev_mem.c kernel/fs/dev_verdict.c
 * links: kernel/fs/console.c kernel/fs/console_session.c kernel/fs/tty.c kernel/fs/tty_input.c kernel/fs/poll.c
 * links: kernel/fs/procfs.c kernel/fs/proc_text.c kernel/fs/proc_entries.c kernel/fs/mount.c kernel/fs/proc_memory.c
 * links: kernel/fs/proc_system.c kernel/fs/proc_chime.c kernel/fs/dev_trace.c kernel/task/task_trace.c
 * links: kernel/trace/trace.c kernel/trace/trace_read.c kernel/fs/proc_sys.c kernel/fs/proc_mounts.c
 * links: kernel/fs/procfs_pid.c kernel/fs/procfs_link.c kernel/fs/path_name.c kernel/fs/stat.c
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
	char byte;

	begin();
	CHECK_STR_EQ(text_of("/proc/1/stat"), "pid 1 tid 0 file 0\n");
	CHECK_STR_EQ(text_of("/proc/self/status"), "pid 70 tid 0 file 1\n");
	CHECK_STR_EQ(text_of("/proc/70/cmdline"), "pid 70 tid 0 file 4\n");
	CHECK_STR_EQ(text_of("/proc/71/cmdline"), "pid 70 tid 71 file 4\n");
	CHECK(strstr(text_of("/proc/1/mountinfo"), "1 1 ") && strstr(text_of("/proc/71/mounts"), "/dev/shm"));
	CHECK_EQ(call_read(open_file("/proc/1/environ", 0), &byte, 1, 0), -EACCES);
	CHECK_STR_EQ(text_of("/proc/thread-self/stat"), "pid 70 tid 71 file 0\n");
	CHECK_STR_EQ(text_of("/proc/self/task/70/comm"), "pid 70 tid 70 file 3\n");
	CHECK(strstr(text_of("/proc/1/maps"), "line number 999\n"));
}

static void links_begin(void)
{
	linked[0] = find("/motd", 0);
	linked[1] = find("/dev/shm", 0);
}

static void links_end(void)
{
	inode_put(linked[0]);
	inode_put(linked[1]);
}

static void check_link(const char *path, const char *leads_to)
{
	struct inode *link = find(path, 0);
	char text[100] = "";

	CHECK_EQ(call_read_link(link, text, sizeof(text)), (long)strlen(leads_to));
	CHECK_STR_EQ(text, leads_to);
	inode_put(link);
}

TEST(proc_links)
{
	char text[100] = "";
	struct inode *inode;

	begin();
	CHECK_EQ(call_read_link(find("/proc/self", 0), text, sizeof(text)), 2);
	CHECK_STR_EQ(text, "70");
	CHECK_EQ(call_read_link(find("/proc/thread-self", 0), text, sizeof(text)), 10);
	CHECK_STR_EQ(text, "70/task/71");
	links_begin();
	check_link("/proc/self/exe", "/motd");
	check_link("/proc/70/cwd", "/dev/shm");
	check_link("/proc/70/fd/3", "/motd");
	check_link("/proc/70/fd/9", "anon_inode:[eventfd]");
	inode = find("/proc/self/exe", PATH_FOLLOW);
	CHECK(inode == linked[0]);
	inode_put(inode);
	inode = find("/proc/self/cwd/../null", 0);
	CHECK(inode_is(inode, MODE_CHAR));
	inode_put(inode);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/1/fd/9", PATH_FOLLOW, &inode), -ENXIO);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/1/fd/4", 0, &inode), -ENOENT);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/1/task/2", 0, &inode), -ENOENT);
	check_link("/proc/70/task/71/fd/9", "anon_inode:[eventfd]");
	check_link("/proc/71/cwd", "/dev/shm");
	inode = find("/proc/71/fd/..", 0);
	CHECK(inode == find("/proc/70/task/71", 0));
	inode_put(inode);
	inode_put(inode);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc/71/task", 0, &inode), -ENOENT);
	links_end();
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
	CHECK_STR_EQ(
		list("/dev"),
		". .. null zero full random urandom tty ttyS0 console verdict trace vda fd stdin stdout stderr shm ");
	CHECK_STR_EQ(list("/proc/1"),
		     ". .. stat status statm comm cmdline environ auxv maps limits wchan oom_score oom_score_adj chime "
		     "mounts mountinfo exe cwd root fd fdinfo task ");
	CHECK_STR_EQ(list("/proc/70/fd"), ". .. 3 9 ");
	CHECK_STR_EQ(list("/proc/70/fdinfo"), ". .. 3 9 ");
	CHECK_STR_EQ(text_of("/proc/71/fdinfo/9"), "pid 70 fd 9\n");
	CHECK_STR_EQ(list("/proc/70/task"), ". .. 70 71 ");
	CHECK_STR_EQ(list("/proc/70/task/71"),
		     ". .. stat status statm comm cmdline environ auxv maps limits "
		     "wchan oom_score oom_score_adj chime mounts mountinfo exe cwd root fd fdinfo ");
	CHECK_STR_EQ(list("/proc/sys"), ". .. fs kernel vm ");
	CHECK_STR_EQ(list("/proc/sys/kernel/.."), ". .. fs kernel vm ");
	CHECK_STR_EQ(text_of("/proc/sys/vm/../kernel/hostname"), "chime\n");
	CHECK(strstr(list("/proc"), ". .. self thread-self tasks "));
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
		if (entry->entries)
			continue;
		snprintf(path, sizeof(path), "/proc/%s", entry->name);
		file = open_file(path, 0);
		length = call_read(file, again, sizeof(again), 0);
		CHECK(length > 0);
		for (long i = 1; i < min(length, 50l); i++) { /* from the begin it would be made anew */
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
