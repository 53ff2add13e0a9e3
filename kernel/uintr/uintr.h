/* uintr.h - user interrupts: telling a thread in the middle of its own code.
 *
 *     post (fd signalled, uintr_send)  ->  pending |= vector  ->  work bit of the thread, its hart interrupted
 *     the thread's loop, on the way to user mode  ->  masked? note it in the area : write a frame, go on at the handler
 *
 * Contract: uintr_post may be called anywhere, takes only locks of rank RANK_UINTR and above, and never waits. Vectors
 * posted before the delivery are delivered as one set. Nothing is lost: a vector stays pending until it is delivered,
 * or its thread unregisters or ends.
 */
#pragma once

#include "kernel/abi/uintr.h"
#include "lib/co.h"

struct thread;
struct file;
struct space;
struct uintr;

/* For the calling thread. 0; -EBUSY: it has a handler; -EINVAL, -ENOMEM. */
long uintr_register(struct thread *thread, u64 handler, const struct uintr_setup *setup);
long uintr_unregister(struct thread *thread);

/* For a thread that has just registered: deliver without the kernel. UINTR_DIRECT; 0: this machine cannot, or has no
 * file left; -ENOMEM. Suspends. */
long direct_start(struct co *caller, struct thread *thread);
/* On each hart, at start-up. */
void direct_hart_init(void);

/* A file whose signal posts VECTOR to the calling thread. NULL: no memory. The thread has a handler. */
struct file *uintr_file_new(struct thread *thread, u32 vector);
bool file_is_uintr(const struct file *file);
/* Post what FILE stands for. */
void uintr_file_post(struct file *file);

/* A window of SPACE to the thread that FILE posts to: an index with UINTR_WINDOW set, or -ENOENT: posts go through the
 * kernel; -ENOSPC, -ENOMEM. */
long uintr_file_window(struct file *file, struct space *space);
/* 0, or -EBADF. */
long window_remove(struct space *space, u32 index);
/* For a system call of THREAD that may have posted to it and is going to wait: the wait ends at once if what is pending
 * can be delivered. */
void uintr_before_wait(struct thread *thread);

/* Suspends until something is pending: 0, -EINTR. -EINVAL: no handler. */
long uintr_wait(struct co *caller, struct thread *thread, bool wait);
/* Put back the frame at the thread's stack pointer: KEEP_REGISTERS or an error. Suspends. */
long uintr_return(struct co *caller, struct thread *thread);

/* On the way to user mode with WORK_UINTR set: 0. Suspends only to bring the stack or the area in. The other one tells
 * the trace, too. */
long uintr_deliver(struct co *caller, struct thread *thread);
long uintr_deliver_traced(struct co *caller, struct thread *thread);

/* Start-up: hand the thread loop its part. */
void uintr_init(void);
