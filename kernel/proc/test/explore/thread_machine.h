/* thread_machine.h - harts for threads: mailboxes instead of the executor, a clock, and objects from static pools.
 *
 *     mailbox of a hart:  MAIL_RUN        its task is ready        orders, as run queues and inboxes do
 *                         MAIL_TIMER      the comparator           an interrupt orders nothing
 *                         MAIL_IPI        another hart's call      likewise; its store comes after a fence
 *
 * Each hart has at most one task. Time passes as fast as it can: what is armed is due.
 */
#pragma once

#include "kernel/task/task.h"
#include "kernel/task/test/explore/explore.h"

/* For setup: harts, registries, timers, empty pools. */
void thread_machine_setup(void);
/* The end of setup. */
void thread_machine_ready(void);
/* TASK runs on hart HOME; if it is given two, on the first one until somebody wakes it. */
void thread_machine_home(struct task *task, u32 home);
/* Run the task of this hart for ever. */
void run_hart(void);
/* For user_enter: wait in user mode for an interrupt: its cause. */
u64 interrupted_user_mode(void);
