/* signal_actions.h - what a process does about each signal.
 *
 *     process->actions --> table <-- other processes that were cloned with CLONE_SIGHAND: what one sets, all do
 *
 * A table is counted: a process has one use, and takes no other but in exec. It is guarded by process->lock, as long as
 * it is nobody else's as well; a shared one has a lock of its own for whoever writes an action or reads a whole one.
 * A single field may be read without that lock.
 */
#pragma once

#include "kernel/abi/signal.h"
#include "lib/types.h"

struct process;

/* PROCESS, which nobody sees yet, has the defaults; or the actions of PARENT, together with it from now on (SHARE) or
 * for itself. False: no memory. */
bool signal_actions_new(struct process *process);
bool signal_actions_inherit(struct process *child, struct process *parent, bool share);
/* PROCESS has a table of its own from now on: 0, -ENOMEM. For its only thread. */
long signal_actions_unshare(struct process *process);
/* Nobody sees PROCESS any more. */
void signal_actions_leave(struct process *process);

/* The action for SIGNAL, whose handler is about to run, if it has one: one that is for once becomes the default.
 * process->lock is held. */
struct signal_action signal_action_take_locked(struct process *process, u32 signal);
/* Set (ACTION not NULL) it and give what it was. process->lock is held. */
struct signal_action signal_action_swap_locked(struct process *process, u32 signal, const struct signal_action *action);
/* All handlers become the default; what is ignored stays so. PROCESS has them for itself. */
void signal_actions_reset(struct process *process);
