/* doorbell.h - a ring's doorbell as user space sees it: waking the ring's poller by a store. Chime's own.
 *
 *     tail = ...;  fence;  NEED_WAKEUP?  fence iorw, iorw;  *(u32 *)address = identity
 *
 * instead of io_uring_enter with IORING_ENTER_SQ_WAKEUP. The page can only be stored to, four bytes at its start; a
 * store wakes the poller of the process' ring that has this identity, if it sleeps, and does nothing else.
 */
#pragma once

#include "lib/types.h"

/* io_uring_register(ring, IORING_REGISTER_CHIME_DOORBELL, struct io_uring_doorbell *, 1): 0, and where to store what;
 * the same again if it is asked again. -EOPNOTSUPP: the machine has no guest interrupt files, -EBUSY: all have an owner
 * (or the poller is pinned to a hart whose file has one): then SQ_WAKEUP is the way. -EINVAL: the ring has no poller.
 * -EPERM: it is another process'. The poller is pinned to the hart of the doorbell's file from then on. */
enum { IORING_REGISTER_CHIME_DOORBELL = 0x43680000 };

struct io_uring_doorbell {
	u64 address;
	u32 identity, resv;
};
_Static_assert(sizeof(struct io_uring_doorbell) == 16, "doorbell");
