/* thread.h - a user thread: a task that sometimes visits user mode.
 *
 *     for ever:  what others asked of me (work)  ->  user_enter()  ->  why did it come back?
 *                    system call: await the operation, store a0
 *                    page fault:  await the page
 *                    interrupt:   look after it, yield if somebody is more urgent or the slice is over
 *                    else:        a fault of the program's: a signal
 *
 * Contract: a thread's registers are only ever written by its own loop. Whoever wants something of it (exit, a
 * signal, a user interrupt) sets a bit in `work`, cancels its wait if need be, and interrupts its hart.
 */
#pragma once

#include "kernel/hart/context.h"
#include "kernel/operation.h"
#include "kernel/proc/fp.h"
#include "kernel/proc/policy.h"
#include "kernel/proc/process.h"
#include "kernel/task/task.h"
#include "kernel/task/task_share.h"

enum thread_work {
	WORK_EXIT = 1 << 0,  /* leave: the process is being killed, or exit was called */
	WORK_UINTR = 1 << 1, /* a user interrupt is pending */
	WORK_SIGNAL = 1 << 2,
	WORK_CPU = 1 << 3,  /* its process may have come to a limit or timer of CPU time */
	WORK_MOVE = 1 << 4, /* see affinity.h */
};

enum { THREAD_ARENA = 448 };

struct uintr;
struct direct;
struct issuer;

struct thread {
	struct user_context context; /* first: user_enter gets the thread's address for nothing */
	struct task task;
	struct task_share share;
	struct wait_timer timer; /* of its waits */
	u32 work;		 /* atomic: enum thread_work */
	u32 tid;
	char name[PROCESS_NAME_BYTES];
	struct process *process;  /* referenced */
	struct list link;	  /* process->threads */
	struct rb_node by_number; /* process->threads_by_number */
	struct op op;		  /* the system call's operation while it runs */
	u32 affinity;		  /* the harts it shall run on, a set; any hart stores it: affinity.h */
	bool op_begun;		  /* by the fast door, which left in op what the slow one goes on from */
	struct policy policy;	  /* guarded by process->lock */
	u64 faults;		  /* page faults in user mode, */
	u64 major_faults;	  /* of them those that waited for a device */
	u64 ticks;		  /* kernel entries that the timer made */
	u64 turns, yields; /* how often its step has ended in a wait; of them by force, since its turn was over */
	u64 run_ns;	   /* on a hart; see usage.h, as for the next one */
	u64 user_ticks;	   /* of the time counter, in user mode */
	u64 clear_tid;	   /* user address of a word to clear and wake at the end; 0: none */
	u64 robust_list;   /* user address of its struct robust_head; 0: none */

	/* signals: all but `interrupted`, `restarting` and `deadline` change under process->lock */
	u64 blocked;	/* mask */
	u64 saved_mask; /* with mask_saved: what comes back when the call's own mask goes */
	u64 awaited;	/* what sigtimedwait waits for, though it may be blocked */
	struct signal_pending pending;
	struct signal_stack signal_stack;
	u64 deadline; /* of the call that runs, see signal_deadline */
	bool mask_saved;
	bool restarting; /* the call that runs goes on after an interruption */
	u8 interrupted;	 /* enum call_interrupted */

	u64 share_address;     /* where the program tells how urgent it is (share.h); 0: nowhere */
	struct uintr *uintr;   /* user-interrupt state; NULL: no handler registered */
	struct direct *direct; /* runs in VS-mode and takes its user interrupts itself; NULL: in U-mode */
	struct issuer *issuer; /* what it is to rings; NULL: nothing special */
	struct vfork *vfork;   /* whoever waits for us to exec or end; NULL: nobody */
	struct fp fp;
	char arena[THREAD_ARENA] __attribute__((aligned(16)));
};

static inline struct thread *thread_of(const struct co *co)
{
	return container_of(task_of(co), struct thread, task);
}

/* It has been in user mode for TICKS of the time counter. Only the thread's own hart writes; others look. */
static inline void thread_count_user(struct thread *thread, u64 ticks)
{
	store_relaxed(&thread->user_ticks, thread->user_ticks + ticks);
	store_relaxed(&hart()->user_ticks, hart()->user_ticks + ticks);
}

/* The running thread's time up to now. For the thread itself, or when its step has just ended. */
static inline void thread_account(struct thread *thread)
{
	u64 now = clock_now();

	store_relaxed(&thread->run_ns, thread->run_ns + now - hart()->step_began);
	hart()->step_began = now;
}

/* A new thread of PROCESS, registers zeroed, not started; its FIRST one has the pid for a tid. NULL: no memory. */
struct thread *thread_new(struct process *process, bool first);
/* Undo thread_new, for a thread that never started. */
void thread_discard(struct thread *thread);
/* Enter it into its process and let it run. -EINTR: the process is exiting. */
long thread_start(struct thread *thread);

/* The thread TID of PROCESS; NULL: none. PROCESS->lock is held. */
struct thread *thread_in(struct process *process, u32 tid);
/* The one with the lowest number above TID; above that of THREAD; NULL: none. PROCESS->lock is held. */
struct thread *thread_after(struct process *process, u32 tid);
struct thread *thread_next(const struct thread *thread);
/* The thread TID of any process (0: SELF, the caller) with its process locked and referenced, so that it stays; NULL:
 * there is none. And the end of that. */
struct thread *thread_hold(struct thread *self, u32 tid);
void thread_let_go(struct thread *thread);

/* Set WORK bits and make the thread look at them soon: its wait ends if HOW allows, its hart is interrupted. */
void thread_poke(struct thread *thread, u32 work, enum task_cancel how);

/* The process of the calling thread cannot go on: the console is told WHY, and the process ends as if killed by
 * SIGNAL. */
void thread_give_up(struct thread *thread, u32 signal, const char *why);

/* What the layers above plug into the loop at start-up: system calls, and the delivery and end of user interrupts. */
extern long (*thread_syscall)(struct co *caller, struct thread *thread);
extern long (*thread_uintr_deliver)(struct co *caller, struct thread *thread);
extern void (*thread_uintr_end)(struct thread *thread);
/* What THREAD, which has one, is to rings: it ends, or it has executed another program. */
extern void (*thread_issuer_end)(struct thread *thread, bool exec);
/* How the system call in the registers goes on after an interruption: enum call_interrupted. */
extern u8 (*thread_call_interrupted)(const struct thread *thread);
/* What the system call of that number is called, for people. */
extern const char *(*thread_call_name)(u64 number);
/* Mask the user interrupts of a thread that has a handler for them: 0, and *OPEN = SIGNAL_UC_UINTR_OPEN if they were
 * not masked before; else the address of what must be brought in first. And open them again. */
extern u64 (*thread_uintr_mask)(struct thread *thread, u64 *open);
extern void (*thread_uintr_unmask)(struct thread *thread);

/* The same for threads that run in VS-mode (thread->direct). */
struct thread_direct_ops {
	u64 (*enter)(struct thread *thread);	  /* as user_enter, with causes as in U-mode, and CAUSE_WAIT */
	void (*suspended)(struct thread *thread); /* its step has ended in a wait */
	long (*wait)(struct co *caller);	  /* it executed wfi. Suspends */
	/* THREAD, the caller, is going to another hart: 0, or -EBUSY: it cannot */
	long (*move)(struct thread *thread, u32 hart_index);
	/* Of any thread: a store above all of its memory has faulted. True: it was a sender's, and has been seen to */
	bool (*store)(struct thread *thread);
};
extern const struct thread_direct_ops *thread_direct;

/* What system calls return that have set the registers themselves. */
enum { KEEP_REGISTERS = FAST_SLOW };

/* All other threads of the process leave; returns when they are gone: 0, or -EINTR if the process is being killed
 * or another thread does the same. Suspends. For exec. */
long threads_end_others(struct co *caller, struct thread *thread);

/* The only thread left takes the process' number: after exec. */
void thread_become_first(struct thread *thread);

/* The exit(2) of one thread, called by itself. */
void thread_leave(struct thread *thread);

/* Between thread.c and thread_life.c: the first coroutine of a thread's task, what its loop awaits at last (both
 * suspend), and what the executor calls when a step of it has ended in a wait. */
long thread_loop(struct co *caller, void *argument);
long thread_end(struct co *caller);
void thread_suspended(struct task *task);
