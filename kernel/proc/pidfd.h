/* pidfd.h - a process as a file (Linux pidfd_open(2)): the descriptor means that process for ever, whatever becomes of
 * its number. It can be polled: readable when the process has ended, and hung up when its parent has fetched that.
 *
 *     process->pidfds --> pidfd --> pidfd        each is one open file; it holds a reference on the process, and with
 *                                                that on its number
 */
#pragma once

#include "kernel/fs/file.h"

struct process;

/* A new one for PROCESS, with one reference; takes one of its own on PROCESS. NULL: no memory. */
struct file *pidfd_new(struct process *process, u32 flags);
/* The process that FILE is, good as long as FILE is; NULL: it is something else. */
struct process *pidfd_process(const struct file *file);
/* PROCESS has ended, or is gone from the table: EVENTS for whoever polls. process_table_lock is held. */
void pidfd_tell(struct process *process, u32 events);
