/* vfork.h - a parent that waits until its child has a memory of its own, or has ended.
 *
 * The child borrows the parent's memory and stack, so only a kill ends the wait early: a parent that went on would
 * trample on it, one that ends does not touch it any more.
 */
#pragma once

#include "lib/types.h"

struct co;
struct thread;
struct vfork;

/* Make CHILD, not started yet, tell us: 0 or -ENOMEM. */
long vfork_prepare(struct thread *child, struct vfork **waiting);
/* Suspends until the child has executed a program or ended: 0; -EINTR: the caller is being killed. */
long vfork_wait(struct co *caller, struct vfork *waiting);
/* The child's side: done with the parent's memory. */
void vfork_finish(struct thread *thread);
