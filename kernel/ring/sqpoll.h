/* sqpoll.h - rings whose SQEs are taken by a task of the kernel (IORING_SETUP_SQPOLL, IORING_SETUP_ATTACH_WQ). */
#pragma once

#include "kernel/abi/doorbell.h"
#include "kernel/ring/ring.h"

/* io_uring_setup's part, for RING, which has no descriptor yet: start its poller, or attach it to that of the ring that
 * PARAMS names: 0, -ENOMEM; -EINVAL: flags that do not go together, no such hart, not a ring with a poller; -ENXIO: no
 * such descriptor, or that poller has ended. A poller ends by itself with the process that made the ring. */
long sqpoll_setup(struct ring *ring, const struct io_uring_params *params);
/* The ring has no descriptor any more. True: its poller, which is told, closes it. */
bool sqpoll_stop(struct ring *ring);
/* The last reference on the ring is gone. */
void sqpoll_leave(struct ring *ring);

/* There may be something to take: wakes the poller of RING. */
void sqpoll_wake(struct ring *ring);

/* io_uring_enter's part: wakes the poller if FLAGS say so. COUNT; -EOWNERDEAD: there is no poller any more; OP_NOT_NOW:
 * IORING_ENTER_SQ_WAIT, and the queue is full. */
long sqpoll_enter(struct ring *ring, u32 count, u32 flags);
/* Wait until it is not full, or a signal comes: COUNT. Suspends. */
long sqpoll_wait_room(struct co *caller, struct ring *ring, u32 count);

/* IORING_REGISTER_CHIME_DOORBELL: see kernel/abi/doorbell.h. Suspends. */
long sqpoll_doorbell(struct co *caller, struct ring *ring, u64 address, u32 count);
