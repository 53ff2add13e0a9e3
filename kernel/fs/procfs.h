/* procfs.h - /proc: what the kernel knows, as text.
 *
 * A file's text is made when it is opened and does not change under a reader. What it says about processes comes from
 * kernel/proc, through the operations below.
 */
#pragma once

#include "kernel/fs/inode.h"
#include "lib/fmt.h"

struct co;

/* The files of /proc/<pid>. */
enum proc_file { PROC_STAT, PROC_STATUS, PROC_CMDLINE, PROC_MAPS, PROC_EXE, PROC_CHIME, PROC_FILE_COUNT };

/* None may suspend. */
struct procfs_process_ops {
	bool (*exists)(u32 pid);
	u32 (*next)(u32 after); /* the lowest pid above AFTER; 0: none */
	/* The text of a file; of PROC_EXE the path that the link names. Nothing if the process is gone. */
	void (*text)(u32 pid, enum proc_file which, struct fmt_text *text);
	u32 (*self)(struct co *co); /* the pid on whose behalf CO runs; 0: none */
};
void procfs_set_processes(const struct procfs_process_ops *ops);

/* Make the file system: 0 and *OUT; -ENOMEM. Never suspends. */
long procfs_mount(struct file_system **out);

/* For /proc/boot, on clock_now()'s scale: when the kernel's first C function began, and the first visit to user mode;
 * and how long that hart had slept until then (for the disk). */
extern u64 proc_boot_entry_ns, proc_boot_user_ns, proc_boot_idle_ns;

/* A file directly below /proc. */
struct proc_entry {
	const char *name;
	void (*text)(struct fmt_text *text);
	/* What is written to it, NUL-ended: 0 or -EINVAL. May suspend. NULL: it cannot be written. */
	long (*write)(struct co *caller, const char *text);
};
/* All of them; the last one's name is NULL. */
extern const struct proc_entry proc_entries[];
