/* procfs_number.h - inside procfs: what an inode's number says.
 *
 *     number                         what
 *     1                              /proc
 *     2, 3                           self, thread-self
 *     1 << 39 | ...                  a struct proc_entry; inode->data points to it
 *     pid << 40                      /proc/<pid>
 *     pid << 40 | 1 + w              /proc/<pid>/<enum proc_file w>
 *     pid << 40 | fd + 1 << 8 | 64   /proc/<pid>/fd/<fd>; + 1: /proc/<pid>/fdinfo/<fd>
 *     pid << 40 | tid << 8 | 128     /proc/<pid>/task/<tid>, and its files: + 1 + w
 */
#pragma once

#include "kernel/fs/procfs.h"

enum { NUMBER_ROOT = 1, NUMBER_SELF = 2, NUMBER_THREAD_SELF = 3 };
enum { PID_SHIFT = 40, MIDDLE_SHIFT = 8, NUMBER_DESCRIPTOR = 64, NUMBER_THREAD = 128 };

extern struct file_system procfs;

static inline u64 number_of_pid(u32 pid)
{
	return (u64)pid << PID_SHIFT;
}

static inline u32 number_pid(u64 number)
{
	return (u32)(number >> PID_SHIFT);
}

static inline u32 number_middle(u64 number)
{
	return (u32)(number >> MIDDLE_SHIFT & 0x7fffffff);
}

static inline s32 number_descriptor(u64 number)
{
	return number & NUMBER_DESCRIPTOR ? (s32)number_middle(number) - 1 : -1;
}

static inline bool number_is_thread(u64 number)
{
	return number & NUMBER_THREAD;
}

static inline struct proc_id number_id(u64 number)
{
	return (struct proc_id){ number_pid(number), number_is_thread(number) ? number_middle(number) : 0 };
}

/* The root directory, referenced. */
struct inode *procfs_root(void);
/* A decimal number without leading zeroes: it, or -1. */
long procfs_parse(const char *name, u32 length);

/* procfs_pid.c: /proc/<pid>, referenced; NULL: no memory. */
struct inode *procfs_pid_directory(u32 pid);
/* /proc/<pid>/task/<tid>, likewise. */
struct inode *procfs_thread_directory(u32 pid, u32 tid);
/* procfs_link.c: the links of a process. */
extern const struct inode_ops procfs_link_ops, procfs_self_ops;
