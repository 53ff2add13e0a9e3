/* procfs_text.h - inside kernel/proc: one text of /proc/<pid> or of one of its threads. */
#pragma once

#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"
#include "lib/fmt.h"

/* What is looked at, with process->lock held. */
struct proc_view {
	struct process *process;
	struct thread *thread; /* the one asked for, or the first there is; NULL: none is left */
	bool one;	       /* of this thread alone */
	u32 parent;
	struct fmt_text *text;
};

/* R, S (waits, a signal ends that), D (waits for what will come), T, Z. */
char thread_state_letter(const struct thread *thread);

/* procfs_status.c */
void proc_text_stat(const struct proc_view *view);
void proc_text_status(const struct proc_view *view);
void proc_text_statm(const struct proc_view *view);
