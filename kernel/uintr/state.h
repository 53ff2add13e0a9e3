/* state.h - inside uintr/: a registered handler. */
#pragma once

#include "kernel/task/wait.h"
#include "kernel/uintr/uintr.h"

struct uintr {
	u32 refs;		   /* atomic: the thread, and each file that posts to it */
	struct spinlock lock;	   /* guards pending, thread and waiting */
	u64 pending;		   /* a set of vectors */
	struct thread *thread;	   /* NULL: unregistered or ended */
	struct wait_queue waiting; /* uintr_wait */
	struct direct *direct;	   /* set once, owned: the thread takes its interrupts itself; NULL: upcalls */
	u64 handler;		   /* user addresses; fixed */
	struct uintr_setup setup;
};

/* Another reference; and one less. */
struct uintr *uintr_get(struct uintr *u);
void uintr_put(struct uintr *u);
/* Around a signal's handler: see thread.h. */
u64 uintr_mask(struct thread *thread, u64 *open);
void uintr_unmask(struct thread *thread);
