/* issuer.h - what a thread is to rings: a number that no other thread ever has, and the rings that it has registered.
 *
 *     IORING_SETUP_SINGLE_ISSUER    ring->issuer is the number of the one thread that may submit
 *     IORING_REGISTER_RING_FDS      a small table of rings, found without the process' table of descriptors
 *
 * Life: made when the thread first asks for either, gone with the thread. exec forgets the registered rings alone.
 * Only the thread's own steps look at it, so there is no lock.
 */
#pragma once

#include "kernel/proc/thread.h"
#include "kernel/ring/ring.h"

enum { ISSUER_RINGS = 16 };

struct issuer {
	u64 number;			  /* never 0 */
	struct file *rings[ISSUER_RINGS]; /* referenced; NULL: free */
};

/* THREAD's, made if need be. NULL: no memory. */
struct issuer *issuer_make(struct thread *thread);

/* May THREAD submit to RING, or change it? */
static inline bool issuer_is(const struct ring *ring, const struct thread *thread)
{
	u64 number = load_relaxed(&ring->issuer);

	return !number || (thread->issuer && thread->issuer->number == number);
}

/* The registered ring number INDEX of THREAD, referenced: 0. -EINVAL: it cannot be one, -EBADF: there is none. */
long issuer_ring(struct thread *thread, u32 index, struct file **file);

/* IORING_REGISTER_RING_FDS, IORING_UNREGISTER_RING_FDS: how many of COUNT at ADDRESS, or a negative errno. Suspend. */
long issuer_register(struct co *caller, struct ring *ring, u64 address, u32 count);
long issuer_unregister(struct co *caller, struct ring *ring, u64 address, u32 count);

/* Start-up. */
void issuers_init(void);
