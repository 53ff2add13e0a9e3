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

/* procfs_maps.c: the areas of PROCESS' memory with the names of files; takes over the reference on PROCESS. 0 or
 * -ENOMEM. Suspends. */
long proc_text_maps(struct co *caller, struct process *process, struct fmt_text *text);

/* procfs_text.c */
void proc_text_cmdline(const struct proc_view *view);
void proc_text_environ(const struct proc_view *view);
void proc_text_auxv(const struct proc_view *view);
void proc_text_comm(const struct proc_view *view);
void proc_text_limits(const struct proc_view *view);
void proc_text_wchan(const struct proc_view *view);
void proc_text_oom_score(const struct proc_view *view);
void proc_text_oom_adjust(const struct proc_view *view);
void proc_text_chime(const struct proc_view *view);
