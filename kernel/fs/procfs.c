/* procfs.c - the directories and links of /proc; the text of a file is proc_text.c's, its contents proc_*.c's.
 *
 *     number            what
 *     1                 /proc
 *     2                 /proc/self, a link to the caller's pid
 *     16 + i            proc_entries[i]
 *     pid << 8          /proc/<pid>
 *     pid << 8 | 1 + w  /proc/<pid>/<enum proc_file w>
 *
 * Positions in /proc: '.', '..', self, the entries, then 1000 + pid, so a listing survives processes that come and go.
 */
#include "kernel/fs/procfs.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/proc_text.h"
#include "kernel/fs/pseudo.h"

enum { NUMBER_ROOT = 1, NUMBER_SELF = 2, NUMBER_ENTRY = 16, PID_SHIFT = 8 };
enum { POSITION_SELF = 2, POSITION_ENTRY = 3, POSITION_PID = 1000 };

static struct file_system procfs = { .name = "proc", .magic = 0x9fa0, .block_bytes = PAGE_SIZE };
static const struct procfs_process_ops *processes;

static const char *const file_names[PROC_FILE_COUNT] = {
	[PROC_STAT] = "stat", [PROC_STATUS] = "status", [PROC_CMDLINE] = "cmdline",
	[PROC_MAPS] = "maps", [PROC_EXE] = "exe",	[PROC_CHIME] = "chime",
};

void procfs_set_processes(const struct procfs_process_ops *ops)
{
	processes = ops;
}

static u32 pid_of(const struct inode *inode)
{
	return (u32)(inode->number >> PID_SHIFT);
}

static u32 entry_count(void)
{
	u32 count = 0;

	while (proc_entries[count].name)
		count++;
	return count;
}

void proc_generate(struct inode *inode, struct fmt_text *text)
{
	if (pid_of(inode) && processes)
		processes->text(pid_of(inode), (enum proc_file)((inode->number & 0xff) - 1), text);
	else if (!pid_of(inode))
		proc_entries[inode->number - NUMBER_ENTRY].text(text);
}

long proc_written(struct co *caller, struct inode *inode, const char *text)
{
	const struct proc_entry *entry = pid_of(inode) ? NULL : &proc_entries[inode->number - NUMBER_ENTRY];

	return entry && entry->write ? entry->write(caller, text) : -EINVAL;
}

/* --- links --- */

static long link_text(struct fmt_text *text)
{
	return text->length ? (long)text->length : -ENOENT;
}

static long self_read_link(struct co *caller, struct inode *link, char *buffer, u32 bytes)
{
	struct fmt_text text = { .data = buffer, .bytes = bytes };
	u32 pid = processes ? processes->self(caller) : 0;

	(void)link;
	if (pid)
		fmt_add(&text, "%u", pid);
	return link_text(&text);
}

static long exe_read_link(struct co *caller, struct inode *link, char *buffer, u32 bytes)
{
	struct fmt_text text = { .data = buffer, .bytes = bytes };

	(void)caller;
	proc_generate(link, &text);
	return link_text(&text);
}

static const struct inode_ops self_link_ops = { .read_link = self_read_link };
static const struct inode_ops exe_link_ops = { .read_link = exe_read_link };
static const struct inode_ops text_inode_ops;

/* --- /proc/<pid> --- */

static struct inode *pid_file(u32 pid, u32 which)
{
	bool is_link = which == PROC_EXE;

	return pseudo_inode(&procfs, ((u64)pid << PID_SHIFT) | (1 + which),
			    is_link ? MODE_LINK | 0777 : MODE_REGULAR | 0444, is_link ? &exe_link_ops : &text_inode_ops,
			    is_link ? NULL : &proc_text_file_ops);
}

static struct inode *root(void)
{
	inode_get(procfs.root);
	return procfs.root;
}

static long pid_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	u32 which = 0;

	(void)caller;
	if (name_is(name, length, "..")) {
		*found = root();
		return 0;
	}
	while (which < PROC_FILE_COUNT && !name_is(name, length, file_names[which]))
		which++;
	if (which == PROC_FILE_COUNT || !processes || !processes->exists(pid_of(dir)))
		return -ENOENT;
	*found = pid_file(pid_of(dir), which);
	return *found ? 0 : -ENOMEM;
}

static long pid_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	u64 which;

	(void)caller;
	if (!pseudo_list_dots(dir, NUMBER_ROOT, position, sink))
		return 0;
	for (; *position - 2 < PROC_FILE_COUNT; (*position)++) {
		which = *position - 2;
		if (!sink->put(sink, file_names[which], (u32)__builtin_strlen(file_names[which]),
			       dir->number + 1 + which, mode_to_dirent(which == PROC_EXE ? MODE_LINK : MODE_REGULAR),
			       *position + 1))
			break;
	}
	return 0;
}

static const struct inode_ops pid_directory_ops = { .lookup = pid_lookup, .read_dir = pid_read_dir };

/* --- /proc --- */

/* A pid as it is written: digits, the first not 0. 0: it is none. */
static u32 parse_pid(const char *name, u32 length)
{
	u32 pid = 0;

	if (length > 7 || name[0] == '0')
		return 0;
	for (u32 i = 0; i < length; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		pid = pid * 10 + (u32)(name[i] - '0');
	}
	return pid;
}

static struct inode *pid_directory(u32 pid)
{
	struct inode *inode = pseudo_inode(&procfs, (u64)pid << PID_SHIFT, MODE_DIRECTORY | 0555, &pid_directory_ops,
					   &directory_file_ops);

	if (inode)
		inode->links = 2;
	return inode;
}

static struct inode *entry_inode(u32 i)
{
	return pseudo_inode(&procfs, NUMBER_ENTRY + i, MODE_REGULAR | (proc_entries[i].write ? 0644 : 0444),
			    &text_inode_ops, &proc_text_file_ops);
}

static long root_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	u32 pid = parse_pid(name, length), i = 0;

	(void)caller, (void)dir;
	if (name_is(name, length, "..")) {
		*found = root();
	} else if (name_is(name, length, "self")) {
		*found = pseudo_inode(&procfs, NUMBER_SELF, MODE_LINK | 0777, &self_link_ops, NULL);
	} else if (pid) {
		if (!processes || !processes->exists(pid))
			return -ENOENT;
		*found = pid_directory(pid);
	} else {
		while (proc_entries[i].name && !name_is(name, length, proc_entries[i].name))
			i++;
		if (!proc_entries[i].name)
			return -ENOENT;
		*found = entry_inode(i);
	}
	return *found ? 0 : -ENOMEM;
}

/* self and the entries; false: the sink is full. */
static bool list_entries(u64 *position, struct dir_sink *sink)
{
	const char *name;
	u64 i;

	if (*position == POSITION_SELF) {
		if (!sink->put(sink, "self", 4, NUMBER_SELF, mode_to_dirent(MODE_LINK), POSITION_ENTRY))
			return false;
		*position = POSITION_ENTRY;
	}
	for (; *position - POSITION_ENTRY < entry_count(); (*position)++) {
		i = *position - POSITION_ENTRY;
		name = proc_entries[i].name;
		if (!sink->put(sink, name, (u32)__builtin_strlen(name), NUMBER_ENTRY + i, mode_to_dirent(MODE_REGULAR),
			       *position + 1))
			return false;
	}
	*position = max(*position, (u64)POSITION_PID);
	return true;
}

static long root_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	struct fmt_text text;
	char name[16];
	u32 pid;

	(void)caller;
	if (!pseudo_list_dots(dir, NUMBER_ROOT, position, sink) || !list_entries(position, sink) || !processes)
		return 0;
	while (*position - POSITION_PID < UINT32_MAX && (pid = processes->next((u32)(*position - POSITION_PID)))) {
		text = (struct fmt_text){ .data = name, .bytes = sizeof(name) };
		fmt_add(&text, "%u", pid);
		if (!sink->put(sink, name, (u32)text.length, (u64)pid << PID_SHIFT, mode_to_dirent(MODE_DIRECTORY),
			       POSITION_PID + (u64)pid))
			break;
		*position = POSITION_PID + (u64)pid;
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
