/* caller.h - what files ask of the process that uses them.
 *
 * Files are below processes: they know that there is one, and ask it these questions; kernel/proc/caller.c answers. A
 * process of NULL is the kernel itself, which acts as root. What is answered was true a moment ago: another thread may
 * change it at any time. Nothing here suspends.
 */
#pragma once

#include "kernel/task/task.h"

struct process;
struct space;

enum {
	PID_MAX = 32768,	 /* no process has a higher number */
	FURTHER_GROUPS_MAX = 32, /* nor more further groups */
};

/* The process on whose behalf CO runs. */
static inline struct process *caller_of(const struct co *co)
{
	return task_of(co)->process;
}

/* Whom it opens files as (Linux credentials(7): the filesystem ids), and as whom it acts otherwise. */
struct caller_ids {
	u32 user, group, effective_user;
};
struct caller_ids caller_ids(const struct process *process);
/* Is GROUP one of the further groups of PROCESS? */
bool caller_has_group(struct process *process, u32 group);

/* Its place among those who share a terminal; zeroes for the kernel. */
struct caller_job {
	u32 pid, group, session;
};
struct caller_job caller_job(const struct process *process);

/* Its memory; NULL: it has none any more. */
struct space *caller_space(const struct process *process);

/* CO writes where nobody will ever read: SIGPIPE, if it is a thread. */
void caller_broken_pipe(const struct co *co);
