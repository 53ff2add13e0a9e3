/* restrict.h - what a ring may be used for, once it is enabled (IORING_REGISTER_RESTRICTIONS). */
#pragma once

#include "lib/types.h"

struct co;
struct io_uring_sqe;
struct ring;

/* Sets of bits. */
struct restrictions {
	u64 calls, operations;		  /* IORING_REGISTER_*, IORING_OP_* */
	u8 flags_allowed, flags_required; /* IOSQE_* */
	bool told;
};

/* The call: 0, -EBADFD: it is enabled already, -EBUSY, -EINVAL, -EFAULT. Suspends. */
long ring_restrict(struct co *caller, struct ring *ring, u64 address, u32 count);
/* Of a ring that is restricted: may SQE be run? */
bool ring_allows(const struct ring *ring, const struct io_uring_sqe *sqe);
