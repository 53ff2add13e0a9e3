/* mount.c - the tree after start-up, and the devices in /dev.
 *
 * links: @files @ext2 @tmpfs kernel/fs/name_cache.c kernel/fs/devfs.c kernel/fs/dev_mem.c kernel/fs/dev_verdict.c
 * links: kernel/fs/console.c kernel/fs/console_session.c kernel/fs/tty.c kernel/fs/tty_input.c kernel/fs/proc_sys.c
 * links: kernel/fs/proc_mounts.c kernel/fs/poll.c kernel/fs/procfs.c kernel/fs/proc_text.c kernel/fs/proc_entries.c
 * links: kernel/fs/mount.c kernel/fs/proc_memory.c kernel/fs/proc_system.c kernel/fs/proc_chime.c kernel/fs/dev_trace.c
 * links: kernel/task/task_trace.c kernel/trace/trace.c kernel/trace/trace_read.c kernel/fs/procfs_pid.c
 * links: kernel/fs/procfs_link.c kernel/fs/path_name.c kernel/fs/stat.c
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/stat.h"

#include "kernel/abi/termios.h"
#include "kernel/fs/console.h"
#include "kernel/fs/test/tree.h"

TEST(the_tree)
{
	struct abi_stat root, dev, tmp;
	struct inode *inode;

	begin();
	stat_fill(root_inode, &root);
	stat_fill(find("/dev", 0), &dev);
	stat_fill(find("/tmp", 0), &tmp);
	CHECK(root.dev != dev.dev && dev.dev != tmp.dev && root.dev != tmp.dev);
	CHECK_EQ(find("/tmp/..", 0), root_inode);
	CHECK_EQ(find("/dev/shm/../..", 0), root_inode);
	CHECK_EQ(find("/proc/self/../..", 0), root_inode);
	CHECK(find("/dev/shm", 0)->cache.keep);
	inode = find("/motd", 0);
	CHECK_EQ(inode->size, 100);
	CHECK_EQ(run(enter_mount, "vdz"), -ENODEV);
}

TEST(a_missing_mount_point_is_left_out)
{
	struct inode *inode;
	u64 bytes;
	u8 *data;

	image_begin();
	image_directory("dev");
	image_make("-t ext2 -b 4096", 1024);
	data = image_map(&bytes);
	run_init(MEMORY_PAGES);
	test_disk_init(&disk, data, bytes);
	block_register(&disk.device);
	run_disk = &disk;
	CHECK_EQ(run(enter_mount, NULL), 0);
	CHECK_EQ(call_find(root_inode, root_inode, "/proc", 0, &inode), -ENOENT);
	find("/dev/null", 0);
}

/* --- /dev --- */

TEST(devices)
{
	static u8 data[10000], other[10000];

	begin();
	memset(data, 1, sizeof(data));
	CHECK_EQ(call_read(open_file("/dev/null", 0), data, 10, 0), 0);
	CHECK_EQ(call_write(open_file("/dev/null", 1), data, 10000, 0), 10000);
	CHECK_EQ(call_read(open_file("/dev/zero", 0), data, 10000, 0), 10000);
	for (u32 i = 0; i < sizeof(data); i++)
		CHECK_EQ(data[i], 0);
	CHECK_EQ(call_write(open_file("/dev/full", 1), data, 1, 0), -ENOSPC);
	CHECK_EQ(call_read(open_file("/dev/urandom", 0), data, 10000, 0), 10000);
	CHECK_EQ(call_read(open_file("/dev/random", 0), other, 10000, 0), 10000);
	CHECK(memcmp(data, other, sizeof(data)));
	CHECK_EQ(call_read(open_file("/dev/vda", 0), data, 10000, 4096), 10000);
	CHECK(!memcmp(data, disk.data + 4096, 10000));
	CHECK_EQ(call_write(open_file("/dev/vda", 2), data, 1, 0), -EROFS);
	CHECK_EQ(find("/dev/vda", 0)->device, device_make(254, 0));
	CHECK_EQ(find("/dev/null", 0)->device, device_make(1, 3));
}

TEST(console)
{
	begin();
	CHECK_EQ(call_write(open_file("/dev/console", 1), "hi\n", 3, FILE_NO_POSITION), 3);
	CHECK_STR_EQ(screen, "hi\r\n");
}

static struct test_run reading;

/* ^T shows who waits for what. */
TEST(control_t)
{
	char line[10] = "";
	struct call c = { .user = kernel_buffer(line, 9) };

	begin();
	c.file = open_file("/dev/console", 0);
	run_start(&reading, enter_read, &c);
	run_all();
	CHECK(!reading.done);
	console_receive('T' - 64);
	CHECK(strstr(screen, "tty_read"));
	for (const char *typed = "typed\r"; *typed; typed++)
		console_receive(*typed);
	run_all();
	CHECK(reading.done);
	CHECK_STR_EQ(line, "typed\n");
}

TEST(only_process_1_speaks_the_verdict)
{
	struct inode *inode;
	struct file *file;

	begin();
	inode = find("/dev/verdict", 0);
	file = call_open(inode, 1);
	CHECK_EQ(run(enter_open, file), -EPERM);
	CHECK_EQ(call_write(file, "done", 4, FILE_NO_POSITION), -EPERM);
	CHECK_EQ(told, 0);
}

struct init_call {
	struct process *process;
	struct call call;
};

static long enter_as_init(struct co *co, void *argument)
{
	struct init_call *c = argument;

	task_of(co)->process = c->process;
	return c->call.bytes ? enter_write(co, &c->call) : enter_open(co, c->call.file);
}

TEST(process_1_speaks_it)
{
	static struct process init = { .job.pid = 1 };
	struct init_call c = { .process = &init };
	static struct space space;

	begin();
	c.call.file = call_open(find("/dev/verdict", 0), 1);
	CHECK_EQ(run(enter_as_init, &c), 0);
	memcpy(space.memory + 4090, "a text across pages", 19);
	c.call.bytes = 19;
	c.call.user = user_buffer(&space, USER_BASE + 4090, 19, false);
	CHECK_EQ(run(enter_as_init, &c), 19);
	CHECK_STR_EQ(verdict, "a text across pages");
}

struct ioctl_call {
	struct process *process;
	struct file *file;
	u32 request;
	u64 argument;
};

static long enter_ioctl(struct co *co, void *argument)
{
	struct ioctl_call *c = argument;

	task_of(co)->process = c->process;
	return c->file->ops->ioctl(co, c->file, c->request, c->argument);
}

static long console_ioctl(struct space *space, struct file *file, u32 request, u64 argument)
{
	static struct process process;
	struct ioctl_call c = { &process, file, request, argument };

	process.space = space;
	return run(enter_ioctl, &c);
}

TEST(terminal_requests)
{
	static struct space space;
	struct abi_termios *termios = (void *)space.memory;
	struct abi_winsize *window = (void *)(space.memory + 100);
	struct file *file;

	begin();
	file = open_file("/dev/tty", 0);
	CHECK_EQ(console_ioctl(&space, file, TCGETS, USER_BASE), 0);
	CHECK(termios->lflag & ICANON);
	termios->lflag &= ~(u32)ICANON;
	CHECK_EQ(console_ioctl(&space, file, TCSETS, USER_BASE), 0);
	memset(termios, 0, sizeof(*termios));
	CHECK_EQ(console_ioctl(&space, file, TCGETS, USER_BASE), 0);
	CHECK(!(termios->lflag & ICANON) && (termios->lflag & ECHO));
	CHECK_EQ(console_ioctl(&space, file, TIOCGWINSZ, USER_BASE + 100), 0);
	CHECK(window->rows == 24 && window->columns == 80);
	CHECK_EQ(console_ioctl(&space, file, TIOCSCTTY, 0), 0);
	CHECK_EQ(console_ioctl(&space, file, TCGETS, 0), -EFAULT);
	CHECK_EQ(console_ioctl(&space, file, 0x1234, USER_BASE), -ENOTTY);
}

static const struct test tests[] = {
	TEST_ROW(the_tree),
	TEST_ROW(a_missing_mount_point_is_left_out),
	TEST_ROW(devices),
	TEST_ROW(console),
	TEST_ROW(control_t),
	TEST_ROW(only_process_1_speaks_the_verdict),
	TEST_ROW(process_1_speaks_it),
	TEST_ROW(terminal_requests),
};
TEST_MAIN(tests)
