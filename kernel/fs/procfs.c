/* procfs.c - /proc itself, and the directories that belong to no process. The text of a file is proc_text.c's, its
 * contents proc_*.c's; /proc/<pid> is procfs_pid.c's.
 *
 * Positions in /proc: '.', '..', self, thread-self, the entries, then 1000 + pid, so a listing survives processes that
 * come and go.
 */
#include "kernel/fs/procfs.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/proc_system.h"
#include "kernel/fs/proc_text.h"
#include "kernel/fs/procfs_number.h"
#include "kernel/fs/pseudo.h"
#include "kernel/task/task.h"
#include "lib/string.h"

enum { POSITION_SELF = 2, POSITION_THREAD_SELF = 3, POSITION_ENTRY = 4, POSITION_PID = 1000 };

struct file_system procfs = { .name = "proc", .magic = 0x9fa0, .block_bytes = PAGE_SIZE };
static const struct procfs_process_ops *processes;
static const struct inode_ops entry_text_ops, entry_directory_ops;

void procfs_set_processes(const struct procfs_process_ops *ops)
{
	processes = ops;
}

const struct procfs_process_ops *procfs_processes(void)
{
	return processes;
}

struct inode *procfs_root(void)
{
	inode_get(procfs.root);
	return procfs.root;
}

long procfs_parse(const char *name, u32 length)
{
	u32 value = 0;

	if (length > 7 || (name[0] == '0' && length > 1))
		return -1;
	for (u32 i = 0; i < length; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		value = value * 10 + (u32)(name[i] - '0');
	}
	return value;
}

long proc_generate(struct co *caller, struct inode *inode, struct fmt_text *text)
{
	enum proc_file which = (enum proc_file)((inode->number & 63) - 1);
	const struct proc_entry *entry = inode->data;
	s32 fd = entry ? -1 : number_descriptor(inode->number);

	if (fd >= 0)
		return processes ? processes->file_text(caller, number_pid(inode->number), fd, text) : -ESRCH;
	if (!entry && which < PROC_TEXT_COUNT)
		return processes ? processes->text(caller, number_id(inode->number), which, text) : -ESRCH;
	if (entry && entry->long_text)
		return entry->long_text(caller, text);
	if (entry)
		entry->text(text);
	else if (which == PROC_MOUNTS)
		proc_mounts(text);
	else
		proc_mountinfo(text);
	return 0;
}

long proc_written(struct co *caller, struct inode *inode, const char *text, u32 bytes, bool cut)
{
	const struct proc_entry *entry = inode->data;

	if (entry)
		return entry->write && !cut ? entry->write(caller, text) : -EINVAL;
	if (!processes || number_descriptor(inode->number) >= 0)
		return -EINVAL;
	return processes->write(caller, number_id(inode->number), (enum proc_file)((inode->number & 63) - 1), text,
				bytes);
}

/* --- entries --- */

/* Entries lie in the kernel's image: the low half of an address says which one. */
static u64 entry_number(const struct proc_entry *entry)
{
	return 1ul << (PID_SHIFT - 1) | ((u64)entry & UINT32_MAX);
}

static u32 entry_mode(const struct proc_entry *entry)
{
	return entry->entries ? MODE_DIRECTORY | 0555 : MODE_REGULAR | (entry->write ? 0644 : 0444);
}

static struct inode *entry_inode(const struct proc_entry *entry)
{
	struct inode *inode = pseudo_inode(&procfs, entry_number(entry), entry_mode(entry),
					   entry->entries ? &entry_directory_ops : &entry_text_ops,
					   entry->entries ? &directory_file_ops : &proc_text_file_ops);

	if (!inode)
		return NULL;
	store_relaxed(&inode->data, (void *)entry);
	if (entry->entries)
		inode->links = 2;
	return inode;
}

static const struct proc_entry *entry_find(const struct proc_entry *entry, const char *name, u32 length)
{
	while (entry->name && !name_is(name, length, entry->name))
		entry++;
	return entry->name ? entry : NULL;
}

/* Feed the entries from number *POSITION - FIRST on. False: the sink is full. */
static bool entries_list(const struct proc_entry *entries, u64 first, u64 *position, struct dir_sink *sink)
{
	const struct proc_entry *entry = entries;

	for (u64 skip = *position - first; skip && entry->name; skip--)
		entry++;
	for (; entry->name; entry++, (*position)++)
		if (!sink->put(sink, entry->name, (u32)strlen(entry->name), entry_number(entry),
			       mode_to_dirent(entry_mode(entry)), *position + 1))
			return false;
	return true;
}

/* The directory whose entries WANTED is among; NULL: the root. */
static const struct proc_entry *entry_parent(const struct proc_entry *in, const struct proc_entry *wanted)
{
	const struct proc_entry *below;

	for (; in->name; in++) {
		if (!in->entries)
			continue;
		for (below = in->entries; below->name; below++)
			if (below == wanted)
				return in;
		below = entry_parent(in->entries, wanted);
		if (below)
			return below;
	}
	return NULL;
}

static long entry_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	const struct proc_entry *entry = dir->data, *parent = entry_parent(proc_entries, entry);

	(void)caller;
	if (name_is(name, length, "..")) {
		*found = parent ? entry_inode(parent) : procfs_root();
	} else {
		entry = entry_find(entry->entries, name, length);
		if (!entry)
			return -ENOENT;
		*found = entry_inode(entry);
	}
	return *found ? 0 : -ENOMEM;
}

static long entry_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	const struct proc_entry *entry = dir->data, *parent = entry_parent(proc_entries, entry);

	(void)caller;
	if (pseudo_list_dots(dir, parent ? entry_number(parent) : NUMBER_ROOT, position, sink))
		entries_list(entry->entries, 2, position, sink);
	return 0;
}

static const struct inode_ops entry_directory_ops = { .lookup = entry_lookup, .read_dir = entry_read_dir };

/* --- /proc --- */

/* A process, or a thread by its own number, which no listing shows; NULL, and *ERROR. */
static struct inode *number_lookup(long number, long *error)
{
	u32 pid = number > 0 && processes ? processes->process_of_thread((u32)number) : 0;
	struct inode *inode = NULL;

	*error = -ENOENT;
	if (number > 0 && processes && processes->exists((struct proc_id){ (u32)number, 0 }))
		inode = procfs_pid_directory((u32)number);
	else if (pid)
		inode = procfs_thread_directory(pid, (u32)number);
	else
		return NULL;
	*error = inode ? 0 : -ENOMEM;
	return inode;
}

static long root_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	const struct proc_entry *entry = entry_find(proc_entries, name, length);
	long err;

	(void)caller, (void)dir;
	if (name_is(name, length, ".."))
		*found = procfs_root();
	else if (name_is(name, length, "self"))
		*found = pseudo_inode(&procfs, NUMBER_SELF, MODE_LINK | 0777, &procfs_self_ops, NULL);
	else if (name_is(name, length, "thread-self"))
		*found = pseudo_inode(&procfs, NUMBER_THREAD_SELF, MODE_LINK | 0777, &procfs_self_ops, NULL);
	else if (entry)
		*found = entry_inode(entry);
	else {
		*found = number_lookup(procfs_parse(name, length), &err);
		return err;
	}
	return *found ? 0 : -ENOMEM;
}

/* self, thread-self and the entries; false: the sink is full. */
static bool list_fixed(u64 *position, struct dir_sink *sink)
{
	if (*position == POSITION_SELF) {
		if (!sink->put(sink, "self", 4, NUMBER_SELF, mode_to_dirent(MODE_LINK), POSITION_THREAD_SELF))
			return false;
		*position = POSITION_THREAD_SELF;
	}
	if (*position == POSITION_THREAD_SELF) {
		if (!sink->put(sink, "thread-self", 11, NUMBER_THREAD_SELF, mode_to_dirent(MODE_LINK), POSITION_ENTRY))
			return false;
		*position = POSITION_ENTRY;
	}
	if (*position < POSITION_PID && !entries_list(proc_entries, POSITION_ENTRY, position, sink))
		return false;
	*position = max(*position, (u64)POSITION_PID);
	return true;
}

static long root_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	char name[16];
	u32 pid;

	(void)caller;
	if (!pseudo_list_dots(dir, NUMBER_ROOT, position, sink) || !list_fixed(position, sink) || !processes)
		return 0;
	while (*position - POSITION_PID < UINT32_MAX && (pid = processes->next((u32)(*position - POSITION_PID)))) {
		if (!sink->put(sink, name, (u32)fmt(name, sizeof(name), "%u", pid), number_of_pid(pid),
			       mode_to_dirent(MODE_DIRECTORY), POSITION_PID + (u64)pid))
			break;
		*position = POSITION_PID + (u64)pid;
		if (task_should_yield())
			break;
	}
	return 0;
}

static const struct inode_ops root_ops = { .lookup = root_lookup, .read_dir = root_read_dir };

long procfs_mount(struct file_system **out)
{
	if (!procfs.root) {
		procfs.device = pseudo_device();
		procfs.root = pseudo_inode(&procfs, NUMBER_ROOT, MODE_DIRECTORY | 0555, &root_ops, &directory_file_ops);
	}
	if (!procfs.root)
		return -ENOMEM;
	procfs.root->links = 2;
	*out = &procfs;
	return 0;
}
