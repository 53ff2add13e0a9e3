/* signal.h - signals: sent by anybody, taken by the thread's own loop.
 *
 *     sender (any hart)                                the receiving thread
 *        queue it, choose a thread, WORK_SIGNAL     ->    its wait ends; before user mode: default action, or a frame
 *        end its wait, interrupt its hart                 on its stack and on in the handler; rt_sigreturn comes back
 *
 * Contract: nobody but the thread itself writes its registers. Sending never waits and may be done by any task, also
 * by a driver's; no lock of rank RANK_PROCESS or above is held.
 * Invariant: if a thread has a signal pending that it does not block, its WORK_SIGNAL is set. Masks, actions and
 * pending signals are guarded by process->lock; a thread reads its own mask without.
 */
#pragma once

#include "kernel/abi/signal.h"
#include "lib/co.h"
#include "lib/list.h"

struct file;
struct process;
struct space;
struct thread;

/* Signals that wait to be taken: a set, and what is known of each (a standard signal is there once, at most; one for
 * which there was no memory is in the set alone). */
struct signal_entry {
	struct list link;
	struct signal_info info;
};
struct signal_pending {
	u64 set;
	struct list entries;
	struct signal_entry own; /* for the first of them, so that one signal needs no memory */
	bool own_used;
};

/* How a system call that was interrupted goes on. */
enum call_interrupted {
	INTERRUPTED_RESTARTS,	/* again, unless a handler without SA_RESTART ran */
	INTERRUPTED_NO_HANDLER, /* again, unless a handler ran */
	INTERRUPTED_FAILS,	/* never: -EINTR */
	INTERRUPTED_TIMED,	/* by its fourth argument, a timeout: NO_HANDLER with one, RESTARTS without */
	INTERRUPTED_NOT,	/* (of a thread: no call waits for this decision) */
};

void signal_pending_init(struct signal_pending *pending);

static inline u64 signal_bit(u32 signal)
{
	return 1ul << (signal - 1);
}

#define SIGNALS_UNMASKABLE (1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1))

/* --- sending (signal.c) --- */

/* Send INFO->signo (1..SIGNAL_MAX) to PROCESS: any thread of it that does not block it takes it. 0; -EAGAIN: a queued
 * signal (real-time, not of SI_USER or the kernel) and no room or memory. A process that has ended: 0. */
long signal_send_info(struct process *process, const struct signal_info *info);
/* To the thread TID of PROCESS; -ESRCH: there is none. Signal 0 only looks. */
long signal_send_tid(struct process *process, u32 tid, const struct signal_info *info);
/* As the kernel does it, with si_code SI_KERNEL. */
long signal_send(struct process *process, u32 signal);
/* To that very thread, which cannot go away: the caller's own. */
long signal_send_thread(struct thread *thread, u32 signal);
/* With process->lock held. */
long signal_send_locked(struct process *process, struct thread *thread, const struct signal_info *info);

/* A fault of the calling thread's, which cannot be ignored or blocked. True: it ends the process. */
bool signal_fault(struct thread *thread, u32 signal, s32 code, u64 address);

/* --- taking (signal_deliver.c) --- */

/* On the way to user mode: act on what is pending. 0. Suspends (stopped; a frame's page is brought in). */
long signal_deliver(struct co *caller, struct thread *thread);
/* The system call has answered -EINTR: signals, and the call again if it is one for that. The value for a0 or
 * KEEP_REGISTERS. Suspends. */
long signal_interrupted(struct co *caller, struct thread *thread);
/* A deadline that starts with the call: FRESH, or in a call that goes on after an interruption, what it was. */
u64 signal_deadline(struct thread *thread, u64 fresh);
/* rt_sigreturn: KEEP_REGISTERS. Suspends. */
long signal_return(struct co *caller, struct thread *thread);
/* The same for the fast door. False: it is not that simple, and nothing has happened. */
bool signal_return_fast(struct thread *thread);

/* --- masks and actions (signal_mask.c) --- */

/* The calling thread blocks MASK from now on; it finds its wait ended if that lets something through. */
void signal_mask_set(struct thread *thread, u64 mask);
/* The same for the fast door. False, and nothing has happened: somebody would have to be told of a signal. */
bool signal_mask_set_quietly(struct thread *thread, u64 mask);
/* The same for the duration of a call. At its end signal_mask_back, with what the call answers: after -EINTR a signal
 * is taken with the call's mask still in force, and the old one comes back then. */
void signal_mask_swap(struct thread *thread, u64 mask);
long signal_mask_back(struct thread *thread, long result);
/* Set (ACTION not NULL) and tell (BEFORE not NULL). */
void signal_action_swap(struct process *process, u32 signal, const struct signal_action *action,
			struct signal_action *before);
/* sigaltstack for the calling thread: 0, -EPERM, -EINVAL, -ENOMEM. */
long signal_stack_set(struct thread *thread, const struct signal_stack *stack);
struct signal_stack signal_stack_get(const struct thread *thread);
/* Take the lowest pending signal of SET. 0: there is none. process->lock is held. */
u32 signal_take_locked(struct thread *thread, u64 set, struct signal_info *info);
/* THREAD waits for no signals any more: what it leaves is for others. process->lock is held. */
void signal_awaited_end_locked(struct thread *thread);

/* CHILD, not started, begins with what PARENT's clone with FLAGS gives it. */
void signal_clone(struct thread *child, struct thread *parent, u64 flags);
/* A new program: handlers are forgotten, ignored signals and the mask stay. */
void signal_exec(struct thread *thread);
/* THREAD leaves its process: what it was to take goes to others. process->lock is held, it is out of the list. True: by
 * that the process has stopped, and signal_tell_stopped is due. */
bool signal_thread_gone(struct thread *thread);

/* --- stop, continue, parents (signal_stop.c) --- */

void signal_tell_stopped(struct process *process);
/* A child has ended; process_table_lock is held. SIGCHLD to its parent. True: the parent does not care, no zombie. */
bool signal_child_ended(struct process *child);

/* --- the page that handlers return to (signal_page.c) --- */

/* Where it is in every space: the last page of memory. */
#define SIGNAL_PAGE (USER_MAX - PAGE_SIZE)
/* Map it: 0, -ENOMEM. */
long signal_page_map(struct space *space);
/* Start-up. */
void signal_page_init(void);
