/* proc_entries.c - what lies below /proc and belongs to no process: the tables, and the short texts. */
#include "kernel/abi/uname.h"
#include "kernel/dev/block.h"
#include "kernel/fs/caller.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/proc_memory.h"
#include "kernel/fs/proc_system.h"
#include "kernel/fs/procfs.h"
#include "kernel/hart/bootargs.h"
#include "kernel/irq/irq.h"
#include "kernel/trace/trace.h"

static void cmdline(struct fmt_text *text)
{
	fmt_add(text, "%s\n", bootargs_text());
}

static void mounts(struct fmt_text *text)
{
	struct file_system *fs;
	const char *path;

	for (u32 i = 0; (fs = mount_get(i, &path)); i++)
		fmt_add(text, "%s %s %s %s 0 0\n", i ? fs->name : "/dev/root", path, fs->name,
			fs->read_only ? "ro" : "rw");
}

static void filesystems(struct fmt_text *text)
{
	fmt_add(text, "\text2\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevfs\n");
}

static void version(struct fmt_text *text)
{
	fmt_add(text, UNAME_SYSTEM " version " UNAME_RELEASE " (" UNAME_VERSION ", " __VERSION__ ")\n");
}

/* --- sys --- */

static void hostname(struct fmt_text *text)
{
	fmt_add(text, UNAME_NODE "\n");
}

static void ostype(struct fmt_text *text)
{
	fmt_add(text, UNAME_SYSTEM "\n");
}

static void osrelease(struct fmt_text *text)
{
	fmt_add(text, UNAME_RELEASE "\n");
}

static void pid_max(struct fmt_text *text)
{
	fmt_add(text, "%u\n", PID_MAX);
}

/* There is no limit to what is promised. */
static void overcommit_memory(struct fmt_text *text)
{
	fmt_add(text, "1\n");
}

#define ROW(NAME, TEXT)                    \
	{                                  \
		.name = NAME, .text = TEXT \
	}

static const struct proc_entry sys_kernel[] = {
	ROW("hostname", hostname), ROW("ostype", ostype), ROW("osrelease", osrelease), ROW("pid_max", pid_max), { 0 },
};

static const struct proc_entry sys_vm[] = {
	ROW("overcommit_memory", overcommit_memory),
	{ 0 },
};

static const struct proc_entry sys[] = {
	{ .name = "kernel", .entries = sys_kernel },
	{ .name = "vm", .entries = sys_vm },
	{ 0 },
};

const struct proc_entry proc_entries[] = {
	ROW("tasks", task_report),
	ROW("interrupts", irq_report),
	ROW("executors", proc_executors),
	ROW("block", block_report),
	ROW("meminfo", proc_meminfo),
	ROW("slabs", proc_slabs),
	ROW("uptime", proc_uptime),
	ROW("loadavg", proc_loadavg),
	ROW("stat", proc_stat),
	ROW("cpuinfo", proc_cpuinfo),
	ROW("cmdline", cmdline),
	ROW("version", version),
	ROW("boot", proc_boot),
	ROW("mounts", mounts),
	ROW("filesystems", filesystems),
	{ .name = "sys", .entries = sys },
	{ "trace", trace_report, proc_trace_write, NULL },
	{ "chime-alloc-fail", proc_alloc_fail, proc_alloc_fail_write, NULL },
	{ "chime-drop-caches", proc_drop_caches, proc_drop_caches_write, NULL },
	{ 0 },
};
