/* procfs.h - /proc: what the kernel knows, as text.
 *
 * A file's text is made by a read from its begin, and does not change under a reader in pieces. What it says about
 * processes comes from kernel/proc, through the operations below.
 */
#pragma once

#include "kernel/fs/inode.h"
#include "lib/fmt.h"

struct co;

/* What is in /proc/<pid>: texts, links, directories. A thread's directory, /proc/<pid>/task/<tid>, has all but task. */
enum proc_file {
	PROC_STAT,
	PROC_STATUS,
	PROC_STATM,
	PROC_COMM,
	PROC_CMDLINE,
	PROC_ENVIRON,
	PROC_AUXV,
	PROC_MAPS,
	PROC_LIMITS,
	PROC_WCHAN,
	PROC_OOM_SCORE,
	PROC_OOM_SCORE_ADJ,
	PROC_CHIME,
	PROC_MOUNTS,
	PROC_MOUNTINFO,
	PROC_EXE,
	PROC_CWD,
	PROC_ROOT,
	PROC_FD,
	PROC_FDINFO,
	PROC_TASK,
	PROC_FILE_COUNT,
	PROC_TEXT_COUNT = PROC_MOUNTS, /* those that kernel/proc writes */
	PROC_THREAD_COUNT = PROC_TASK,
};

/* Whose directory: a process', or (TID not 0) a thread's. */
struct proc_id {
	u32 pid, tid;
};

/* What a link leads to: an inode and the directory that it was found in (either may be NULL, both referenced), or if
 * there is no inode, a kind of file without a name. */
struct proc_link {
	struct inode *inode, *parent;
	const char *kind;
};

/* How many threads there are, run or want to run, and wait for a device. */
struct thread_counts {
	u32 threads, running, blocked;
};
/* The same, the newest number, and averages of threads that want a hart, in units of 1 / 2048. */
struct proc_counts {
	struct thread_counts now;
	u32 newest;
	u64 loads[3];
};

/* What LINK leads to as Linux names it, into BUFFER (not NUL-ended): its path; the path it had, with " (deleted)";
 * "pipe:[7]", "anon_inode:[eventfd]". The length; -ENAMETOOLONG, -ENOMEM, or what the file system says. Suspends. */
long proc_link_name(struct co *caller, const struct proc_link *link, char *buffer, u32 bytes);
/* Drop its references. */
void proc_link_done(struct proc_link *link);

/* None but text and count may suspend. */
struct procfs_process_ops {
	bool (*exists)(struct proc_id id);
	u32 (*process_of_thread)(u32 tid); /* 0: there is no such thread */
	u32 (*next)(u32 after);		   /* the lowest pid above AFTER; 0: none */
	u32 (*next_thread)(u32 pid, u32 after);
	s32 (*next_file)(u32 pid, s32 from); /* the lowest open descriptor from FROM on; -1: none */
	/* The text of a file, for CO: 0, -ESRCH (gone), -EACCES, -ENOMEM. */
	long (*text)(struct co *co, struct proc_id id, enum proc_file which, struct fmt_text *text);
	/* What fdinfo says about an open file: 0, -ESRCH, -ENOENT, -EACCES. Does not suspend. */
	long (*file_text)(const struct co *co, u32 pid, s32 fd, struct fmt_text *text);
	/* BYTES of TEXT, NUL-ended, were written to a file: 0 or a negative errno. */
	long (*write)(const struct co *co, struct proc_id id, enum proc_file which, const char *text, u32 bytes);
	/* Where a link leads, for CO: PROC_EXE, PROC_CWD, PROC_ROOT, or PROC_FD with a descriptor. 0, -ENOENT,
	 * -EACCES. */
	long (*link)(const struct co *co, u32 pid, enum proc_file which, s32 fd, struct proc_link *link);
	void (*owner)(u32 pid, u32 *user, u32 *group);
	struct proc_id (*self)(const struct co *co);		      /* on whose behalf CO runs; 0: nobody's */
	long (*count)(struct co *caller, struct proc_counts *counts); /* 0 or -ENOMEM */
};
void procfs_set_processes(const struct procfs_process_ops *ops);
/* What was set; NULL: nothing yet. */
const struct procfs_process_ops *procfs_processes(void);

/* Make the file system: 0 and *OUT; -ENOMEM. Never suspends. */
long procfs_mount(struct file_system **out);

/* For /proc/boot, on clock_now()'s scale: when the kernel's first C function began, and the first visit to user mode;
 * and how long that hart had slept until then (for the disk). */
extern u64 proc_boot_entry_ns, proc_boot_user_ns, proc_boot_idle_ns;

/* What does not belong to a process: a file, or a directory with more of them. */
struct proc_entry {
	const char *name;
	void (*text)(struct fmt_text *text); /* what can be told in one step */
	/* What is written to it, NUL-ended: 0 or -EINVAL. May suspend. NULL: it cannot be written. */
	long (*write)(struct co *caller, const char *text);
	const struct proc_entry *entries; /* a directory's; the last one's name is NULL */
	/* Instead of text, of what is too much for one step: 0 or -ENOMEM. May suspend. */
	long (*long_text)(struct co *caller, struct fmt_text *text);
};
/* The root's; those of /proc/sys. */
extern const struct proc_entry proc_entries[], proc_sys[];
