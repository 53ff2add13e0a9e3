/* proc_entries.c - what lies below /proc and belongs to no process: the tables, and the short texts. */
#include "kernel/abi/uname.h"
#include "kernel/dev/block.h"
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

static void version(struct fmt_text *text)
{
	fmt_add(text, UNAME_SYSTEM " version " UNAME_RELEASE " (" UNAME_VERSION ", " __VERSION__ ")\n");
}

#define ROW(NAME, TEXT)                    \
	{                                  \
		.name = NAME, .text = TEXT \
	}

const struct proc_entry proc_entries[] = {
	ROW("tasks", task_report),
	ROW("interrupts", irq_report),
	{ .name = "executors", .text = proc_executors, .write = proc_executors_write },
	ROW("block", block_report),
	ROW("meminfo", proc_meminfo),
	ROW("slabs", proc_slabs),
	ROW("uptime", proc_uptime),
	{ .name = "loadavg", .long_text = proc_loadavg },
	{ .name = "stat", .long_text = proc_stat },
	ROW("cpuinfo", proc_cpuinfo),
	ROW("cmdline", cmdline),
	ROW("version", version),
	ROW("boot", proc_boot),
	ROW("mounts", proc_mounts),
	ROW("filesystems", proc_filesystems),
	ROW("partitions", proc_partitions),
	ROW("devices", proc_devices),
	{ .name = "sys", .entries = proc_sys },
	{ .name = "trace", .text = trace_report, .write = proc_trace_write },
	{ .name = "chime-alloc-fail", .text = proc_alloc_fail, .write = proc_alloc_fail_write },
	{ .name = "chime-drop-caches", .text = proc_drop_caches, .write = proc_drop_caches_write },
	{ 0 },
};
