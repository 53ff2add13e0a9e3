/* process.h - a process: what its threads share.
 *
 *     process -- space (memory)          one or more processes (vfork)
 *        |  \--- files (descriptors)     one or more processes
 *        |  \--- paths (root, working directory, umask) and actions of signals: one or more processes, likewise
 *        +-- threads: each a task
 *        +-- children, and their exit statuses until wait4 fetches them
 *
 * Life: RUNNING while it has threads; the last thread to leave releases memory and files and makes it a ZOMBIE; wait4
 * (or a parent that does not care) makes it go: GONE, for who still has a reference.
 * Locks: process_table_lock guards pids, the family links and states of all processes; process->lock guards the thread
 * list and what is said below.
 */
#pragma once

#include "kernel/fs/caller.h"
#include "kernel/proc/credentials.h"
#include "kernel/proc/limits.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/usage.h"
#include "kernel/hart/lock.h"
#include "kernel/task/mutex.h"
#include "lib/list.h"
#include "lib/rbtree.h"

struct space;
struct files;
struct file;
struct inode;
struct paths;
struct thread;

/* What exec has put on the stack, for /proc/<pid>: the texts of the arguments and behind them those of the environment;
 * the auxiliary vector. Addresses in user memory. */
struct process_texts {
	u64 arguments, arguments_end, environment_end;
	u64 auxiliary, auxiliary_end;
};

enum process_state { PROCESS_RUNNING, PROCESS_ZOMBIE, PROCESS_GONE };
enum { PROCESS_NAME_BYTES = 16 };

struct process {
	u32 refs; /* atomic: the table, and whoever looks at it */
	u32 pid;
	struct spinlock lock; /* guards threads, threads_by_number, thread_count, exiting, exit_status */
	struct list threads;  /* in no order */
	struct rb_tree threads_by_number;
	u32 thread_count;
	struct wait_queue thread_gone; /* woken when a thread has left the list */
	struct thread *staying;	       /* ends all the others (exec), while it waits for that; guarded by lock */
	bool exiting;
	u32 exit_status; /* as wait4 gives it */

	/* Changed by the process' only thread (exec, end), under lock; its own threads read them without. */
	struct space *space;
	struct files *files;
	struct paths *paths; /* paths.h */
	union {
		struct id_set users; /* guarded by lock; single numbers are read without */
		u32 uid;	     /* the real one */
	};
	union {
		struct id_set groups;
		u32 gid;
	};
	struct abi_rlimit limits[RLIMIT_COUNT]; /* guarded by lock; single values are read without */
	u32 group_count, further_groups[FURTHER_GROUPS_MAX];

	/* signals, guarded by lock */
	struct signal_action *actions; /* SIGNAL_MAX of them; see signal_actions.h */
	struct signal_pending pending; /* for any thread */
	u32 signals_queued;	       /* here and in the threads */
	u32 exit_signal;	       /* for the parent, at the end; SIGCHLD after exec; atomic */
	bool init;		       /* process 1: only signals with handlers reach it; fixed */
	u8 stopping;		       /* the signal that stops it, 0: none */
	bool stop_told, continued;     /* the parent has been told of the stop; it is to be told of its end */
	u32 stopped;		       /* threads that have come in */
	struct wait_queue resumed;
	struct wait_queue signal_readers; /* signalfd.h */

	/* guarded by process_table_lock */
	u32 state;
	u32 news;	    /* wait4 status of a stop or of its end, which the parent has not fetched; 0: none */
	u32 group, session; /* see group.h; changed by group.c */
	struct usage usage_children; /* of those that were waited for */
	struct process *parent;
	u32 parent_pid; /* the same as a number, readable without the lock */
	struct list children, sibling;
	struct rb_node by_number;	 /* in the table */
	struct list pidfds;		 /* files that stand for it: pidfd.h */
	struct wait_queue child_changed; /* woken when a child becomes a zombie, or has other news */

	char name[PROCESS_NAME_BYTES];
	bool has_executed; /* since it was made */
	bool subreaper;	   /* orphans among its descendants become its children */
	bool undumpable;
	s32 oom_adjust, oom_adjust_least;	     /* oom.h; guarded by lock */
	bool no_new_privs;			     /* exec gives no rights any more */
	u8 death_signal;			     /* when its parent ends; 0: none */
	struct inode *executable, *executable_place; /* and its directory (may be NULL); changed under lock */
	struct process_texts texts;
	u64 started_ns;

	struct list timers; /* posix_timer.h; guarded by lock, as are the next two */
	u32 timer_count, timer_newest;
	bool watches_cpu; /* it has timers or a limit by CPU time: cpu_watch.h */

	struct list requests;		 /* pending ring operations of this process, guarded by lock */
	struct list requests_told;	 /* those that were told to end with the process; lock */
	u64 request_count;		 /* in both; lock */
	struct co_mutex requests_scan;	 /* held by who goes through them step by step */
	struct list submitters;		 /* what starts them without a thread; lock */
	struct wait_queue requests_gone; /* woken when there are no requests any more, or a submitter ends; lock */
	u64 poller_sleeps, doorbells; /* of its rings: how often a poller went to sleep; was woken by a store. atomic */

	/* of ended threads, the living count for themselves; guarded by lock */
	struct usage usage;
	u64 kernel_entries, ticks, upcalls;
};

extern struct spinlock process_table_lock;

/* A new process, a child of PARENT (NULL: the first), with the one reference that is the table's; not yet in it. It
 * has no space, files or threads. NULL: no memory or no pid. */
struct process *process_new(struct process *parent);
/* Make it visible. */
void process_enter(struct process *process);
/* By pid, referenced; NULL: none. The same with process_table_lock held, not referenced. */
struct process *process_find(u32 pid);
struct process *process_find_locked(u32 pid);
/* The one after PROCESS, by number; NULL: the first, the end. process_table_lock is held. */
struct process *process_each(struct process *process);
/* The one with the lowest pid above PID, referenced, and with process_table_lock held, not referenced; NULL: none. So
 * who goes through all, a step at a time, finds his place again. */
struct process *process_after(u32 pid);
struct process *process_after_locked(u32 pid);
/* A zombie leaves the table; its number is free once nobody looks at it. process_table_lock is held. */
void process_remove(struct process *zombie);
/* The pid of the process that has the thread TID, 0: there is none. */
u32 process_of_thread(u32 tid);
/* The lowest pid above AFTER, 0: none. */
u32 process_next_pid(u32 after);
void process_put(struct process *process);

/* Start ending PROCESS with wait4 STATUS: all threads but the calling one are told to leave. Only the first call
 * counts. From any hart. */
void process_kill(struct process *process, u32 status);
/* The same with process->lock held. */
void process_kill_locked(struct process *process, u32 status);

/* A table of descriptors of its own, a copy if others use it, too. PROCESS is the caller's and has one thread. 0,
 * -ENOMEM; -EBUSY: operations of rings are under way, which use the table. */
long process_files_unshare(struct process *process);

/* The last thread is gone: release what it had, become a zombie, tell the parent. Suspends: 0. */
long process_end(struct co *caller, struct process *process);

/* The process on whose behalf CO runs. */
static inline struct process *process_of(const struct co *co)
{
	return task_of(co)->process;
}

#define EXIT_STATUS(code)   (((u32)(code)&0xff) << 8)
#define SIGNAL_STATUS(sig)  ((u32)(sig))
#define STOPPED_STATUS(sig) ((u32)(sig) << 8 | 0x7f)
#define CONTINUED_STATUS    0xffffu
