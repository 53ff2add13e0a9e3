/* tree.h - the tree as it is after start-up, for tests: an image with /dev, /proc and /tmp, all mounted; and what the
 * kernel outside kernel/fs would say.
 */
#pragma once

#include "kernel/fs/mount.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/test/calls.h"
#include "kernel/fs/test/image.h"
#include "kernel/fs/test/outside.h"

enum { MEMORY_PAGES = 3000 };

static struct inode *linked[2]; /* what links lead to, see link_of */

static inline bool exists(struct proc_id id)
{
	return (id.pid == 1 || id.pid == 70) && (!id.tid || id.tid == id.pid || id.tid == 71);
}

static inline u32 next(u32 after)
{
	return after < 1 ? 1 : after < 70 ? 70 : 0;
}

static inline u32 next_thread(u32 pid, u32 after)
{
	return after < pid ? pid : after < 71 ? 71 : 0;
}

static inline s32 next_file(u32 pid, s32 from)
{
	(void)pid;
	return from <= 3 ? 3 : from <= 9 ? 9 : -1;
}

static inline u32 process_of_thread(u32 tid)
{
	return tid == 71 ? 70 : 0;
}

static inline long process_text(struct co *co, struct proc_id id, enum proc_file which, struct fmt_text *text)
{
	(void)co;
	if (which == PROC_ENVIRON)
		return -EACCES;
	fmt_add(text, "pid %u tid %u file %u\n", id.pid, id.tid, which);
	/* a text that needs several pages */
	for (u32 i = 0; which == PROC_MAPS && i < 1000; i++)
		fmt_add(text, "line number %u\n", i);
	return 0;
}

static inline long file_text(const struct co *co, u32 pid, s32 fd, struct fmt_text *text)
{
	(void)co;
	fmt_add(text, "pid %u fd %d\n", pid, fd);
	return 0;
}

static inline long process_write(const struct co *co, struct proc_id id, enum proc_file which, const char *text,
				 u32 bytes)
{
	(void)co;
	return id.pid == 70 && which == PROC_COMM && bytes == strlen(text) ? 0 : -EINVAL;
}

/* exe and descriptor 3 lead to /motd; cwd to /dev/shm; descriptor 9 is an eventfd. */
static inline long link_of(const struct co *co, u32 pid, enum proc_file which, s32 fd, struct proc_link *link)
{
	(void)co, (void)pid;
	if (which == PROC_FD && fd == 9) {
		link->kind = "eventfd";
		return 0;
	}
	link->inode = linked[which == PROC_CWD];
	inode_get(link->inode);
	if (which == PROC_CWD)
		return 0;
	link->parent = root_inode;
	inode_get(root_inode);
	return 0;
}

static inline void owner(u32 pid, u32 *user, u32 *group)
{
	*user = pid;
	*group = pid + 1;
}

static inline struct proc_id self(const struct co *co)
{
	(void)co;
	return (struct proc_id){ 70, 71 };
}

static inline long count(struct co *caller, struct proc_counts *counts)
{
	*counts = (struct proc_counts){ { 9, 2, 1 }, 70, { 2048, 1024, 0 } };
	(void)caller;
	return 0;
}

static const struct procfs_process_ops process_ops = {
	exists,	   process_of_thread, next,    next_thread, next_file, process_text,
	file_text, process_write,     link_of, owner,	    self,      count,
};

/* --- */

static struct test_disk disk;

static inline long enter_mount(struct co *co, void *argument)
{
	return mount_root(co, argument);
}

static inline void begin(void)
{
	u64 bytes;
	u8 *data;

	image_begin();
	image_directory("dev");
	image_directory("proc");
	image_directory("tmp");
	image_write("motd", 1, 0, 100);
	image_make("-t ext2 -b 4096", 1024);
	data = image_map(&bytes);
	run_init(MEMORY_PAGES);
	test_disk_init(&disk, data, bytes);
	block_register(&disk.device);
	run_disk = &disk;
	procfs_set_processes(&process_ops);
	CHECK_EQ(run(enter_mount, "vda"), 0);
}

static inline struct inode *find(const char *path, u32 flags)
{
	struct inode *inode;
	long err = call_find(root_inode, root_inode, path, flags, &inode);

	if (err)
		printf("%s: %ld\n", path, err);
	CHECK_EQ(err, 0);
	return inode;
}

static inline long enter_open(struct co *co, void *argument)
{
	struct file *file = argument;

	return file->ops->open(co, file);
}

static inline struct file *open_file(const char *path, u32 flags)
{
	struct inode *inode = find(path, PATH_FOLLOW);
	struct file *file = call_open(inode, flags);

	inode_put(inode);
	if (file->ops->open)
		CHECK_EQ(run(enter_open, file), 0);
	return file;
}

static inline const char *text_of(const char *path)
{
	static char text[100000];
	struct file *file = open_file(path, 0);
	long n = call_read(file, text, sizeof(text) - 1, 0);

	CHECK(n >= 0);
	text[n] = 0;
	file_put(file);
	return text;
}
