/* paths.h - where a process' paths begin (its root and its working directory), and what its new files do not get (the
 * umask).
 *
 *     process -- paths <-- other processes that were cloned with CLONE_FS: what one changes, all see
 *
 * Counted: a process has one use. process->paths changes under process->lock; what is in it has a lock of its own,
 * which may be taken with process->lock held.
 */
#pragma once

#include "lib/types.h"

struct inode;
struct paths;
struct process;

/* PROCESS, which nobody sees yet, begins at ROOT, whose reference is the caller's still. False: no memory. */
bool paths_new(struct process *process, struct inode *root);
/* CHILD, which nobody sees yet, begins where PARENT does: together with it from now on (SHARE), or for itself. False:
 * no memory. */
bool paths_inherit(struct process *child, struct process *parent, bool share);
/* From now on PROCESS changes them for itself alone: 0, -ENOMEM. */
long paths_unshare(struct process *process);
/* Do other processes share them? */
bool paths_are_shared(struct process *process);
/* PROCESS ends, or was never entered: it has none any more. */
void paths_leave(struct process *process);

/* Where a walk begins, referenced. A process that has ended has nothing: NULL. */
void paths_get(struct process *process, struct inode **root, struct inode **directory);
/* It works in DIRECTORY, whose reference is taken over, from now on. */
void paths_set_directory(struct process *process, struct inode *directory);
/* For who holds process->lock (PATHS may be NULL: it has ended): the working directory or the root, referenced; the
 * umask. */
struct inode *paths_inode(struct paths *paths, bool directory);
u32 paths_umask_of(const struct paths *paths);
/* The umask; its change: what it was. */
u32 paths_umask(struct process *process);
u32 paths_set_umask(struct process *process, u32 mask);
