/* procfs_process.c - what /proc asks about processes: which there are, their texts, where their links lead.
 *
 * A process may end while we look: what it shares with its threads (space, files) is only read under its lock and only
 * while it is RUNNING with threads in it.
 */
#include "kernel/proc/procfs_process.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/procfs.h"
#include "kernel/proc/ids.h"
#include "kernel/proc/load.h"
#include "kernel/proc/oom.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/procfs_text.h"

/* May CO see what PROCESS has open, and its memory? */
static bool may_look(const struct co *co, struct process *process)
{
	struct process *self = process_of(co);

	return !self || credentials_may_look(self, process);
}

/* --- texts --- */

static bool is_private(enum proc_file which)
{
	return which == PROC_ENVIRON || which == PROC_AUXV || which == PROC_MAPS || which == PROC_WCHAN;
}

static void (*const proc_texts[PROC_TEXT_COUNT])(const struct proc_view *view) = {
	[PROC_STAT] = proc_text_stat,
	[PROC_STATUS] = proc_text_status,
	[PROC_STATM] = proc_text_statm,
	[PROC_COMM] = proc_text_comm,
	[PROC_CMDLINE] = proc_text_cmdline,
	[PROC_ENVIRON] = proc_text_environ,
	[PROC_AUXV] = proc_text_auxv,
	[PROC_LIMITS] = proc_text_limits,
	[PROC_WCHAN] = proc_text_wchan,
	[PROC_OOM_SCORE] = proc_text_oom_score,
	[PROC_OOM_SCORE_ADJ] = proc_text_oom_adjust,
	[PROC_CHIME] = proc_text_chime,
};

/* All but maps, which looks up names. */
static void text_now(struct process *process, struct proc_id id, enum proc_file which, struct fmt_text *text)
{
	struct proc_view view = { .process = process, .one = id.tid, .text = text };

	view.parent = load_relaxed(&process->parent_pid);
	spin_lock(&process->lock);
	view.thread = id.tid ? thread_in(process, id.tid) : thread_after(process, 0);
	if (view.thread || !view.one)
		proc_texts[which](&view);
	spin_unlock(&process->lock);
}

static long process_text(struct co *co, struct proc_id id, enum proc_file which, struct fmt_text *text)
{
	struct process *process = process_find(id.pid);
	long err = 0;

	if (!process)
		return -ESRCH;
	if (is_private(which) && !may_look(co, process))
		err = -EACCES;
	else if (which == PROC_MAPS)
		return proc_text_maps(co, process, text);
	else
		text_now(process, id, which, text);
	process_put(process);
	return err;
}

static void add_octal(struct fmt_text *text, u32 value)
{
	u32 shift = 0;

	while (value >> shift >> 3)
		shift += 3;
	for (fmt_add(text, "0"); value && (s32)shift >= 0; shift -= 3)
		fmt_add(text, "%u", value >> shift & 7);
}

static void file_text(const struct file *file, bool close_on_exec, struct fmt_text *text)
{
	const struct inode *inode = file->inode;

	fmt_add(text, "pos:\t%lu\nflags:\t", load_relaxed(&file->position));
	add_octal(text, load_relaxed(&file->flags) | (close_on_exec ? O_CLOEXEC : 0));
	fmt_add(text, "\nmnt_id:\t%u\nino:\t%lu\n", inode ? mount_number(inode->fs) : 0, inode ? inode->number : 0ul);
}

static long process_file_text(const struct co *co, u32 pid, s32 fd, struct fmt_text *text)
{
	struct process *process = process_find(pid);
	struct file *file = NULL;
	bool close_on_exec = false, allowed;

	if (!process)
		return -ESRCH;
	spin_lock(&process->lock);
	allowed = may_look(co, process);
	if (allowed && process->files) {
		file = files_get(process->files, fd);
		close_on_exec = files_get_flag(process->files, fd) == 1;
	}
	spin_unlock(&process->lock);
	process_put(process);
	if (!file)
		return allowed ? -ENOENT : -EACCES;
	file_text(file, close_on_exec, text);
	if (file->ops->info)
		file->ops->info(file, text);
	file_put(file);
	return 0;
}

/* --- what is written --- */

/* The name is for the process' own threads to change, as on Linux. */
static long write_comm(struct process *self, struct process *process, u32 tid, const char *text, u32 bytes)
{
	char name[PROCESS_NAME_BYTES] = "";
	struct thread *thread;

	if (self != process)
		return -EINVAL;
	__builtin_memcpy(name, text, min(bytes, (u32)PROCESS_NAME_BYTES - 1));
	spin_lock(&process->lock);
	thread = thread_in(process, tid ? tid : process->pid);
	if (thread)
		__builtin_memcpy(thread->name, name, sizeof(name));
	if (!tid || tid == process->pid)
		__builtin_memcpy(process->name, name, sizeof(name));
	spin_unlock(&process->lock);
	return thread || !tid ? 0 : -ESRCH;
}

/* A decimal number with blanks around it: false for anything else. */
static bool parse_number(const char *text, s64 *value)
{
	enum { MOST = 1000000 };
	bool minus, any = false;

	while (*text == ' ' || *text == '\n')
		text++;
	minus = *text == '-';
	for (text += minus, *value = 0; *text >= '0' && *text <= '9' && *value < MOST; text++, any = true)
		*value = *value * 10 + *text - '0';
	while (*text == ' ' || *text == '\n')
		text++;
	*value = minus ? -*value : *value;
	return any && !*text;
}

static long process_write(const struct co *co, struct proc_id id, enum proc_file which, const char *text, u32 bytes)
{
	struct process *self = process_of(co), *process = process_find(id.pid);
	long err = -EINVAL;
	s64 value;

	if (!process)
		return -ESRCH;
	if (which == PROC_COMM)
		err = write_comm(self, process, id.tid, text, bytes);
	else if (which == PROC_OOM_SCORE_ADJ && parse_number(text, &value))
		err = oom_set_adjust(self, process, value);
	process_put(process);
	return err;
}

/* --- which there are --- */

static bool process_exists(struct proc_id id)
{
	struct process *process = process_find(id.pid);
	bool found = process;

	if (!process)
		return false;
	if (id.tid) {
		spin_lock(&process->lock);
		found = thread_in(process, id.tid);
		spin_unlock(&process->lock);
	}
	process_put(process);
	return found;
}

static u32 process_next_thread(u32 pid, u32 after)
{
	struct process *process = process_find(pid);
	struct thread *thread;
	u32 tid;

	if (!process)
		return 0;
	spin_lock(&process->lock);
	thread = thread_after(process, after);
	tid = thread ? thread->tid : 0;
	spin_unlock(&process->lock);
	process_put(process);
	return tid;
}

static s32 process_next_file(u32 pid, s32 from)
{
	struct process *process = process_find(pid);
	s32 fd = -1;

	if (!process)
		return -1;
	spin_lock(&process->lock); /* while it is held the table stays */
	if (process->files)
		fd = files_next(process->files, from);
	spin_unlock(&process->lock);
	process_put(process);
	return fd;
}

static struct proc_id process_self(const struct co *co)
{
	struct process *process = process_of(co);

	if (!process)
		return (struct proc_id){ 0 };
	return (struct proc_id){ process->pid, task_of(co)->user ? thread_of(co)->tid : process->pid };
}

static void process_owner(u32 pid, u32 *user, u32 *group)
{
	struct process *process = process_find(pid);

	if (!process)
		return;
	*user = load_relaxed(&process->users.effective);
	*group = load_relaxed(&process->groups.effective);
	process_put(process);
}

static long process_count(struct co *caller, struct proc_counts *counts)
{
	counts->newest = id_newest();
	load_averages(counts->loads);
	return load_count(caller, &counts->now);
}

/* --- where links lead --- */

static struct inode *referenced(struct inode *inode)
{
	if (inode)
		inode_get(inode);
	return inode;
}

/* The file, referenced, that LINK is about; NULL: there is none. */
static struct file *link_file(struct process *process, s32 fd, struct proc_link *link)
{
	struct file *file = process->files ? files_get(process->files, fd) : NULL;

	if (file)
		*link = (struct proc_link){ referenced(file->inode), referenced(file->place), file->ops->name };
	return file;
}

static long process_link(const struct co *co, u32 pid, enum proc_file which, s32 fd, struct proc_link *link)
{
	struct process *process = process_find(pid);
	struct file *file = NULL;
	bool allowed;

	if (!process)
		return -ENOENT;
	spin_lock(&process->lock);
	allowed = may_look(co, process);
	if (!allowed)
		;
	else if (which == PROC_FD)
		file = link_file(process, fd, link);
	else if (which == PROC_EXE)
		*link = (struct proc_link){ .inode = referenced(process->executable),
					    .parent = referenced(process->executable_place) };
	else
		link->inode = paths_inode(process->paths, which == PROC_CWD);
	spin_unlock(&process->lock);
	if (file)
		file_put(file); /* perhaps the last reference: without locks */
	process_put(process);
	return !allowed ? -EACCES : link->inode || link->kind ? 0 : -ENOENT;
}

static const struct procfs_process_ops ops = {
	.exists = process_exists,
	.process_of_thread = process_of_thread,
	.next = process_next_pid,
	.next_thread = process_next_thread,
	.next_file = process_next_file,
	.text = process_text,
	.file_text = process_file_text,
	.write = process_write,
	.link = process_link,
	.owner = process_owner,
	.self = process_self,
	.count = process_count,
};

void procfs_process_init(void)
{
	procfs_set_processes(&ops);
}
