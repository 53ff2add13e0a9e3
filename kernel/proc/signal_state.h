/* signal_state.h - inside the signal files: pending sets, and what one file asks of another. process->lock is held for
 * everything whose name ends in _locked. */
#pragma once

#include "kernel/proc/signal.h"
#include "kernel/proc/signal_actions.h"
#include "kernel/proc/thread.h"

enum { SIGNAL_QUEUE_MAX = 1024 }; /* queued signals of a process, its threads' included */

/* What a signal does to who has no handler for it. */
enum signal_default { DEFAULT_END, DEFAULT_NOTHING, DEFAULT_STOP };
enum signal_default signal_default(u32 signal);
#define SIGNALS_THAT_STOP (1ul << (SIGSTOP - 1) | 1ul << (SIGTSTP - 1) | 1ul << (SIGTTIN - 1) | 1ul << (SIGTTOU - 1))

/* A signal taken, with the action that was set at that moment. The handler's mask is in force; MASK is the one that
 * comes back after it. */
struct signal_taken {
	struct signal_info info;
	struct signal_action action;
	u64 mask;
};

/* signal_queue.c */
/* 0; -EAGAIN: it must be queued and cannot. */
long signal_queue_locked(struct process *process, struct signal_pending *pending, const struct signal_info *info);
/* Take the first SIGNAL out of PENDING, which has it. */
void signal_dequeue_locked(struct process *process, struct signal_pending *pending, u32 signal,
			   struct signal_info *info);
/* Forget the signals of SET. */
void signal_forget_locked(struct process *process, struct signal_pending *pending, u64 set);
/* In PROCESS and all its threads. */
void signal_forget_all_locked(struct process *process, u64 set);

/* The signals that a fault raises come first, so that they find the registers of the fault. */
#define SIGNALS_OF_FAULTS                                                                          \
	(1ul << (SIGSEGV - 1) | 1ul << (SIGBUS - 1) | 1ul << (SIGILL - 1) | 1ul << (SIGTRAP - 1) | \
	 1ul << (SIGFPE - 1) | 1ul << (SIGSYS - 1))

/* The signal of SET to take first: what a fault has raised, then the lowest. 0: SET is empty. */
static inline u32 signal_first(u64 set)
{
	if (!set)
		return 0;
	return (u32)__builtin_ctzl(set & SIGNALS_OF_FAULTS ? set & SIGNALS_OF_FAULTS : set) + 1;
}

/* What THREAD would take now. */
static inline u64 signal_deliverable_locked(const struct thread *thread)
{
	return (thread->pending.set | thread->process->pending.set) & ~thread->blocked;
}

/* signal_mask.c */
/* Tell all threads but EXCEPT that could take the signals of SET, which are pending for the whole process. */
void signal_tell_others_locked(struct process *process, const struct thread *except, u64 set);

/* Signals of SET are not for EXCEPT any more. */
static inline void signal_retarget_locked(struct process *process, const struct thread *except, u64 set)
{
	if (unlikely(set & process->pending.set))
		signal_tell_others_locked(process, except, set & process->pending.set);
}

static inline void signal_mask_set_locked(struct thread *thread, u64 mask)
{
	u64 more = mask & ~thread->blocked;

	thread->blocked = mask & ~SIGNALS_UNMASKABLE;
	signal_retarget_locked(thread->process, thread, more);
	if (signal_deliverable_locked(thread))
		atomic_or(&thread->work, (u32)WORK_SIGNAL);
}

/* signal_frame.c: build the frame for TAKEN on the thread's stack and let it go on in the handler: 0. Else nothing
 * has happened, and the answer is the address of what must be brought in first, or SIGNAL_NO_STACK. */
u64 signal_frame_enter(struct thread *thread, const struct signal_taken *taken);
#define SIGNAL_NO_STACK UINT64_MAX

/* signal_stop.c */
/* SIGNAL stops the process of THREAD. */
void signal_stop_locked(struct thread *thread, u32 signal);
/* A SIGCONT is sent. */
void signal_continue_locked(struct process *process);
/* True, once for each stop: all threads have come in, and signal_tell_stopped is due. */
bool signal_stop_is_new_locked(struct process *process);
/* The calling thread's part in a stop: it waits for the end of it. 0. Suspends. */
long signal_stopped(struct co *caller, struct thread *thread);
