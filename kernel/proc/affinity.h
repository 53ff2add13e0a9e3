/* affinity.h - on which harts a thread may run.
 *
 *     anybody:     thread->affinity = mask, WORK_MOVE                          its step, or its wait, goes on
 *     the thread,  on its way to user mode: task->allowed = mask,
 *                  and if this hart is not among them it goes on at another    no program runs where it may not
 *
 * So task->allowed, which thieves look at, changes in the thread's own steps alone, and there is nothing to wait for.
 * What a thread still has to do inside the kernel it may do on a hart that it has lost. A thread that takes its user
 * interrupts itself has a home, one hart of its mask, and moves with what it has there (thread_direct->move).
 */
#pragma once

#include "lib/types.h"

struct process;
struct thread;

/* THREAD shall run on the harts of MASK, at least one of the machine's. Its process' lock is held. */
void affinity_set(struct thread *thread, u32 mask);
/* Where it may run. */
u32 affinity_of(const struct thread *thread);
/* The caller, THREAD, does as it was told. True: it goes on at another hart, after a task_yield. */
bool affinity_obey(struct thread *thread);
/* TO, not started, begins here with what FROM has. */
void affinity_inherit(struct thread *to, const struct thread *from);
