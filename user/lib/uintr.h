/* uintr.h - user interrupts for programs, after Intel's proposal.
 *
 *     uintr_register_handler(chime, 0);               this thread can be interrupted now
 *     fd = uintr_create_fd(3);                        whoever signals fd posts vector 3 to this thread
 *     io_uring_register_eventfd(&ring, fd);           completions chime
 *
 *     uintr_clui();                                   mask
 *     while (!io_uring_cq_ready(&ring))               check with the interrupt masked,
 *             uintr_wait();                           wait: returns when one is pending
 *     uintr_stui();                                   unmask: it is delivered here
 *
 * With UINTR_DIRECT the thread takes its interrupts without the kernel where the machine can do that (else as without):
 * it runs in VS-mode and stays on one hart; sending to it is a store, its system calls cost more. Any number of threads
 * may do so; the interrupt files are handed to those that run. Everything here works the same either way.
 * What is pending when a thread unregisters goes with its registration.
 *
 * Contract: a handler runs on a stack of its own, with user interrupts masked, between any two instructions of the
 * thread: it may touch only what is made for that (lib/order.h), like a signal handler. Its argument is the set of
 * vectors that were posted. State is per thread. Functions answer 0 or a negative errno.
 */
#pragma once

#include "kernel/abi/uintr.h"
#include "lib/types.h"

typedef void uintr_handler(u64 vectors);

/* FLAGS: UINTR_DIRECT, or 0. */
int uintr_register_handler(uintr_handler *handler, unsigned flags);
/* Does this thread take its interrupts without the kernel? */
bool uintr_is_direct(void);
int uintr_unregister_handler(void);

/* A descriptor whose signal posts VECTOR (0..63) to this thread; it stands wherever an eventfd can be signalled. */
int uintr_create_fd(unsigned vector);
/* The right to post what FD stands for: an index for senduipi. It outlives FD, until it is unregistered. */
int uintr_register_sender(int fd);
int uintr_unregister_sender(int index);
int senduipi(int index);

/* When the counter `time` reaches TIME, VECTOR comes, once; UINT64_MAX: never. -EOPNOTSUPP: this thread does not take
 * its interrupts without the kernel. */
int uintr_set_timer(u64 time, unsigned vector);

/* From now on handlers run on the stack of whoever they interrupt, and not on one of their own: so one may switch to
 * another stack, and go on later. For a thread that takes its interrupts without the kernel. */
void uintr_use_interrupted_stack(void);

/* Returns when an interrupt is pending; called with interrupts masked. */
int uintr_wait(void);

/* Mask; unmask, delivering what came meanwhile; is it unmasked? None enters the kernel unless something is pending. */
void uintr_clui(void);
void uintr_stui(void);
bool uintr_testui(void);
