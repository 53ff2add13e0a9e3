/* cpu_watch.h - what happens when a process has used so much CPU time: timers on CPU-time clocks, RLIMIT_CPU.
 *
 * Nobody waits for such a moment: each thread of a process that watches its time looks when it is interrupted in user
 * mode (at least once in a time slice), and after each step that has ended in a wait. So it is noticed late by up to a
 * slice, as on a Linux that counts ticks.
 */
#pragma once

#include "lib/types.h"

struct process;
struct thread;

/* From now on PROCESS, whose lock is held, looks. */
void cpu_watch_locked(struct process *process);
/* The calling thread looks. */
void cpu_watch_look(struct thread *thread);
