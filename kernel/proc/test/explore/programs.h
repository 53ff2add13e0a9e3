/* programs.h - user programs of a few instructions, on the threads of the kernel's own code.
 *
 *     hart i:   run_hart --> thread_main of threads[i] --> user_enter --> the next instruction of its program
 *                                                               |
 *                              STAY: user mode until an interrupt comes; all others are system calls and faults
 *
 * What runs for real: the loop (thread.c), the life of threads and processes, signals, waits, timers, wakers. Memory,
 * files and the rest of a process are nothing at all.
 */
#pragma once

#include "kernel/proc/signal_state.h"
#include "kernel/proc/test/explore/thread_machine.h"

enum { THREADS = 3 };

enum instruction {
	STAY,	      /* in user mode, for ever */
	CALL_WAIT,    /* until raise_flag */
	CALL_FUTEX,   /* while user word 0 is 0, for a time */
	CALL_SUSPEND, /* wait with every signal let through, then with the old mask again */
	CALL_BLOCK,   /* all signals; through the fast door if that answers, as CALL_UNBLOCK */
	CALL_UNBLOCK,
	CALL_CLONE, /* another thread, which begins with the last program */
	CALL_EXEC,  /* the part of it that ends the other threads */
	CALL_EXIT,  /* this thread */
	CALL_EXIT_GROUP,
	FAULT, /* on a page that page_arrives brings */
};

/* What became of a thread; written by its own hart. */
struct seen {
	long result; /* of its newest call; NOT_YET */
	u64 handled; /* signals whose handler ran, a set */
	u32 handlers;
	bool in_user_mode; /* it stays there */
};
enum { NOT_YET = 77 };

extern struct thread *threads[THREADS]; /* those of setup, and the one that CALL_CLONE has made */
extern struct process *process;
extern struct seen seen[THREADS];
extern u32 processes_ended;
extern bool watch_stops; /* setup's: whoever goes to user mode looks whether it should be stopped */

/* For setup: a process with COUNT threads, of which thread i is in the mailbox of hart i and runs PROGRAM[i]. */
void programs_setup(u32 count, const u8 *const *program);
/* Thread I makes its first step on its own hart, and all others on HOME. */
void programs_move(u32 i, u32 home);
/* The process does HANDLER with FLAGS about SIGNAL (SIG_DFL, SIG_IGN; else one that goes on with the program). */
void programs_action(u32 signal, u64 handler, u64 flags);

/* What ends CALL_WAIT, and FAULT. */
void raise_flag(void);
void page_arrives(void);

/* For checks: thread I is in user mode or in a wait that goes on, and nothing is left that it should have taken. */
void check_at_rest(u32 i);
/* The process has ended, once, with one of two statuses. */
void check_ended(u32 status, u32 or_status);
