/* procfs_pid.c - the directories of /proc/<pid>: itself, its fd, its task, and each thread's. */
#include "kernel/abi/errno.h"
#include "kernel/fs/procfs_number.h"
#include "kernel/fs/proc_text.h"
#include "kernel/fs/pseudo.h"
#include "kernel/task/task.h"
#include "lib/string.h"

static const struct inode_ops text_ops, pid_ops, fd_ops, task_ops;

static const struct pid_file {
	const char *name;
	u32 mode;
	const struct inode_ops *ops;
	const struct file_ops *file_ops;
} pid_files[PROC_FILE_COUNT] = {
	[PROC_STAT] = { "stat", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_STATUS] = { "status", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_STATM] = { "statm", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_COMM] = { "comm", MODE_REGULAR | 0644, &text_ops, &proc_text_file_ops },
	[PROC_CMDLINE] = { "cmdline", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_ENVIRON] = { "environ", MODE_REGULAR | 0400, &text_ops, &proc_text_file_ops },
	[PROC_AUXV] = { "auxv", MODE_REGULAR | 0400, &text_ops, &proc_text_file_ops },
	[PROC_MAPS] = { "maps", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_LIMITS] = { "limits", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_WCHAN] = { "wchan", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_OOM_SCORE] = { "oom_score", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_OOM_SCORE_ADJ] = { "oom_score_adj", MODE_REGULAR | 0644, &text_ops, &proc_text_file_ops },
	[PROC_CHIME] = { "chime", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_MOUNTS] = { "mounts", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_MOUNTINFO] = { "mountinfo", MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops },
	[PROC_EXE] = { "exe", MODE_LINK | 0777, &procfs_link_ops, NULL },
	[PROC_CWD] = { "cwd", MODE_LINK | 0777, &procfs_link_ops, NULL },
	[PROC_ROOT] = { "root", MODE_LINK | 0777, &procfs_link_ops, NULL },
	[PROC_FD] = { "fd", MODE_DIRECTORY | 0500, &fd_ops, &directory_file_ops },
	[PROC_FDINFO] = { "fdinfo", MODE_DIRECTORY | 0555, &fd_ops, &directory_file_ops },
	[PROC_TASK] = { "task", MODE_DIRECTORY | 0555, &task_ops, &directory_file_ops },
};

static u64 thread_number(u32 pid, u32 tid)
{
	return number_of_pid(pid) | (u64)tid << MIDDLE_SHIFT | NUMBER_THREAD;
}

static bool exists(struct proc_id id)
{
	return procfs_processes() && procfs_processes()->exists(id);
}

/* An inode of a process: it belongs to the process' user of the moment. */
static struct inode *owned_inode(u64 number, u32 mode, const struct inode_ops *ops, const struct file_ops *file_ops)
{
	struct inode *inode = pseudo_inode(&procfs, number, mode, ops, file_ops);
	u32 user = 0, group = 0;

	if (!inode)
		return NULL;
	procfs_processes()->owner(number_pid(number), &user, &group);
	store_relaxed(&inode->uid, user);
	store_relaxed(&inode->gid, group);
	if (inode_is(inode, MODE_DIRECTORY))
		inode->links = 2;
	return inode;
}

static long found_or_no_memory(struct inode *inode, struct inode **found)
{
	*found = inode;
	return inode ? 0 : -ENOMEM;
}

struct inode *procfs_pid_directory(u32 pid)
{
	return owned_inode(number_of_pid(pid), MODE_DIRECTORY | 0555, &pid_ops, &directory_file_ops);
}

/* --- /proc/<pid> and /proc/<pid>/task/<tid> --- */

/* How many of pid_files DIR has. */
static u32 file_count(const struct inode *dir)
{
	return number_is_thread(dir->number) ? PROC_THREAD_COUNT : PROC_FILE_COUNT;
}

struct inode *procfs_thread_directory(u32 pid, u32 tid)
{
	return owned_inode(thread_number(pid, tid), MODE_DIRECTORY | 0555, &pid_ops, &directory_file_ops);
}

/* Where the directory DIR (fd, ...) lies: in a process' directory, or in a thread's. */
static struct inode *owner_directory(const struct inode *dir)
{
	struct proc_id id = number_id(dir->number);

	return id.tid ? procfs_thread_directory(id.pid, id.tid) : procfs_pid_directory(id.pid);
}

static struct inode *pid_parent(const struct inode *dir)
{
	u64 task = number_of_pid(number_pid(dir->number)) | (1 + PROC_TASK);

	return number_is_thread(dir->number)
		       ? owned_inode(task, pid_files[PROC_TASK].mode, &task_ops, &directory_file_ops)
		       : procfs_root();
}

static long pid_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	u32 which = 0;

	(void)caller;
	if (name_is(name, length, ".."))
		return found_or_no_memory(pid_parent(dir), found);
	while (which < file_count(dir) && !name_is(name, length, pid_files[which].name))
		which++;
	if (which == file_count(dir) || !exists(number_id(dir->number)))
		return -ENOENT;
	return found_or_no_memory(owned_inode(dir->number + 1 + which, pid_files[which].mode, pid_files[which].ops,
					      pid_files[which].file_ops),
				  found);
}

static long pid_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	u64 which;

	(void)caller;
	if (!pseudo_list_dots(dir, NUMBER_ROOT, position, sink))
		return 0;
	for (; *position - 2 < file_count(dir); (*position)++) {
		which = *position - 2;
		if (!sink->put(sink, pid_files[which].name, (u32)strlen(pid_files[which].name), dir->number + 1 + which,
			       mode_to_dirent(pid_files[which].mode), *position + 1))
			break;
	}
	return 0;
}

static const struct inode_ops pid_ops = { .lookup = pid_lookup, .read_dir = pid_read_dir };

/* --- fd and task: entries whose names are numbers; the position behind number N is 3 + N --- */

static bool put_number(struct dir_sink *sink, u32 value, u64 number, u32 mode)
{
	char name[16];

	return sink->put(sink, name, (u32)fmt(name, sizeof(name), "%u", value), number, mode_to_dirent(mode),
			 3 + (u64)value);
}

/* fd has links, fdinfo texts. */
static bool is_info(const struct inode *dir)
{
	return (dir->number & 63) == 1 + PROC_FDINFO;
}

static u64 fd_number(const struct inode *dir, s32 fd)
{
	return number_of_pid(number_pid(dir->number)) | (u64)(fd + 1) << MIDDLE_SHIFT | NUMBER_DESCRIPTOR |
	       is_info(dir);
}

static long fd_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	u32 pid = number_pid(dir->number);
	long fd = procfs_parse(name, length);

	(void)caller;
	if (name_is(name, length, ".."))
		return found_or_no_memory(owner_directory(dir), found);
	if (fd < 0 || !procfs_processes() || procfs_processes()->next_file(pid, (s32)fd) != fd)
		return -ENOENT;
	return found_or_no_memory(
		is_info(dir) ? owned_inode(fd_number(dir, (s32)fd), MODE_REGULAR | 0444, &text_ops, &proc_text_file_ops)
			     : owned_inode(fd_number(dir, (s32)fd), MODE_LINK | 0700, &procfs_link_ops, NULL),
		found);
}

static long fd_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	u32 pid = number_pid(dir->number);
	s32 fd;

	(void)caller;
	if (!pseudo_list_dots(dir, number_of_pid(pid), position, sink) || !procfs_processes())
		return 0;
	while (*position < INT32_MAX && (fd = procfs_processes()->next_file(pid, (s32)(*position - 2))) >= 0) {
		if (!put_number(sink, (u32)fd, fd_number(dir, fd), is_info(dir) ? MODE_REGULAR : MODE_LINK))
			break;
		*position = 3 + (u64)fd;
		if (task_should_yield())
			break;
	}
	return 0;
}

static const struct inode_ops fd_ops = { .lookup = fd_lookup, .read_dir = fd_read_dir };

static long task_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	u32 pid = number_pid(dir->number);
	long tid = procfs_parse(name, length);

	(void)caller;
	if (name_is(name, length, ".."))
		return found_or_no_memory(procfs_pid_directory(pid), found);
	if (tid <= 0 || !exists((struct proc_id){ pid, (u32)tid }))
		return -ENOENT;
	return found_or_no_memory(procfs_thread_directory(pid, (u32)tid), found);
}

static long task_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	u32 pid = number_pid(dir->number), tid;

	(void)caller;
	if (!pseudo_list_dots(dir, number_of_pid(pid), position, sink) || !procfs_processes())
		return 0;
	while (*position < INT32_MAX &&
	       (tid = procfs_processes()->next_thread(pid, *position < 3 ? 0 : (u32)(*position - 3)))) {
		if (!put_number(sink, tid, thread_number(pid, tid), MODE_DIRECTORY))
			break;
		*position = 3 + (u64)tid;
		if (task_should_yield())
			break;
	}
	return 0;
}

static const struct inode_ops task_ops = { .lookup = task_lookup, .read_dir = task_read_dir };
