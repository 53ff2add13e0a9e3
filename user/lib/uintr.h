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
 * Contract: a handler runs on a stack of its own, with user interrupts masked, between any two instructions of the
 * thread: it may touch only what is made for that (lib/order.h), like a signal handler. Its argument is the set of
 * vectors that were posted. State is per thread. Functions answer 0 or a negative errno.
 */
#pragma once

#include "kernel/abi/uintr.h"
#include "lib/types.h"

typedef void uintr_handler(u64 vectors);

int uintr_register_handler(uintr_handler *handler, unsigned flags);
int uintr_unregister_handler(void);

/* A descriptor whose signal posts VECTOR (0..63) to this thread; it stands wherever an eventfd can be signalled. */
int uintr_create_fd(unsigned vector);
/* The right to post what FD stands for: an index for senduipi. */
int uintr_register_sender(int fd);
int uintr_unregister_sender(int index);
int senduipi(int index);

/* Returns when an interrupt is pending; called with interrupts masked. */
int uintr_wait(void);

/* Mask; unmask, delivering what came meanwhile; is it unmasked? None enters the kernel unless something is pending. */
void uintr_clui(void);
void uintr_stui(void);
bool uintr_testui(void);
