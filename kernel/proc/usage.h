/* usage.h - what processes have used: time on a hart, page faults, memory.
 *
 * A thread's time is counted when its step ends and when its time slice does, so a look at another thread may miss what
 * the running step has used so far. All of it counts as the program's own: kernel and user time are not told apart.
 */
#pragma once

#include "lib/types.h"

struct process;
struct thread;

struct usage {
	u64 run_ns, faults;
	u64 peak_pages; /* of user memory, as seen at the end of the process and at each look */
};

/* Add WHAT to TO: the times together, the greater of the peaks. */
void usage_add(struct usage *to, const struct usage *what);

/* What THREAD of the running process has used so far. */
u64 thread_run_ns(struct thread *thread);

/* What PROCESS and its threads have used, ended threads included, its children not. No process lock is held. */
struct usage process_usage(struct process *process);
/* The same for the children that it has waited for, and theirs. */
struct usage process_usage_children(struct process *process);
