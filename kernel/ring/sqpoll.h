/* sqpoll.h - a ring whose SQEs are taken by a task of the kernel (IORING_SETUP_SQPOLL). */
#pragma once

#include "kernel/abi/doorbell.h"
#include "kernel/ring/ring.h"

/* Do the flags of PARAMS about pollers go together, and is there such a hart? */
bool sqpoll_allows(const struct io_uring_params *params);
/* Start the poller of RING: 0, -ENOMEM. It ends by itself with the process that made the ring. */
long sqpoll_start(struct ring *ring, const struct io_uring_params *params);
/* The ring has no descriptor any more: its poller shall end, if it has one. */
void sqpoll_stop(struct ring *ring);

/* There may be something to take: wakes the poller of RING. */
void sqpoll_wake(struct ring *ring);

/* io_uring_enter's part: wakes the poller if FLAGS say so. COUNT; -EOWNERDEAD: there is no poller any more; OP_NOT_NOW:
 * IORING_ENTER_SQ_WAIT, and the queue is full. */
long sqpoll_enter(struct ring *ring, u32 count, u32 flags);
/* Wait until it is not full, or a signal comes: COUNT. Suspends. */
long sqpoll_wait_room(struct co *caller, struct ring *ring, u32 count);

/* IORING_REGISTER_CHIME_DOORBELL: see kernel/abi/doorbell.h. Suspends. */
long sqpoll_doorbell(struct co *caller, struct ring *ring, u64 address, u32 count);
