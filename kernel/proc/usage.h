/* usage.h - what processes have used: time on a hart, page faults, memory.
 *
 * A thread's time is counted when its step ends and when its turn does, so a look at another thread may miss what the
 * running step has used so far. Time in the kernel is what lies between coming back from user mode and going there, but
 * for calls that the trap vector answers by itself (sys/fast.c), which read no clock: they are the program's own time.
 */
#pragma once

#include "lib/types.h"

struct process;
struct thread;

struct usage {
	u64 run_ns, system_ns;	  /* on a hart; of that, in the kernel */
	u64 faults, major_faults; /* in user mode; of them, those that waited for a device */
	u64 turns, yields;	  /* ends of steps, and those of them by force */
	u64 peak_pages;		  /* of user memory, as seen at the end of the process and at each look */
};

/* Add WHAT to TO: the times together, the greater of the peaks. */
void usage_add(struct usage *to, const struct usage *what);

static inline u64 usage_minor_faults(const struct usage *usage)
{
	return usage->faults - min(usage->faults, usage->major_faults);
}

/* What is not in the kernel. */
static inline u64 usage_user_ns(const struct usage *usage)
{
	return usage->run_ns > usage->system_ns ? usage->run_ns - usage->system_ns : 0;
}

/* How long THREAD of the running process has been on a hart so far; all that it has used. */
u64 thread_run_ns(struct thread *thread);
struct usage thread_usage(struct thread *thread);

/* CPU-time clocks: those of a process or a thread, of all its time or of that in user mode alone. */
enum cpu_clock { CPU_NONE, CPU_ALL, CPU_USER };
static inline u64 usage_clock(const struct usage *usage, enum cpu_clock clock)
{
	return clock == CPU_USER ? usage_user_ns(usage) : usage->run_ns;
}

/* With process->lock held. */
struct usage process_usage_locked(struct process *process);
/* What PROCESS and its threads have used, ended threads included, its children not. No process lock is held. */
struct usage process_usage(struct process *process);
/* The same for the children that it has waited for, and theirs. */
struct usage process_usage_children(struct process *process);
