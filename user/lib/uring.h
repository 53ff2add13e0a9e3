/* uring.h - a small library over io_uring's three system calls, under the names of liburing.
 *
 *     io_uring_get_sqe -> io_uring_prep_* -> io_uring_submit          the program's way in
 *     io_uring_wait_cqe -> use cqe->res   -> io_uring_cqe_seen        and out
 *
 *     +-----------------------------------------------+            +-------------------------------------------+
 *     | SQEs  . . [sqe][sqe][sqe] . . . . . . . . . . |            | CQ  . . [cqe][cqe][cqe] . . . . . . . . . |
 *     +-----------------------------------------------+            +-------------------------------------------+
 *               ^ khead         ^ ktail    ^ sqe_tail                      ^ khead        ^ ktail
 *       kernel: consumed    published    filled by get_sqe         program: seen      kernel: posted
 *
 * The kernel reads SQEs through an array of indices. We set it to 0, 1, 2, ... once, so that it may be forgotten.
 *
 * Contract
 *  - With IORING_SETUP_SQPOLL a task of the kernel takes the entries: submit enters the kernel only if that one sleeps.
 *    A path, iovec or timespec stays valid until its entry has been taken.
 *  - A struct io_uring belongs to one thread at a time; threads that share one bring their own lock.
 *  - Every function that can fail answers a negative errno and does not touch errno.
 *  - io_uring_prep_* overwrites the whole SQE: set user data and flags after it.
 *  - Buffers, paths, struct iovec and struct timespec of a request stay valid: iovecs, paths and times until submit has
 *    returned, buffers until the completion.
 */
#pragma once

#include "kernel/abi/doorbell.h"
#include "kernel/abi/io_uring.h"
#include "lib/order.h"

#include <linux/time_types.h>
#include <signal.h>

struct io_uring_sq {
	u32 *khead, *ktail, *kflags, *kdropped, *array; /* in shared memory */
	struct io_uring_sqe *sqes;
	u32 ring_mask, ring_entries;
	u32 sqe_tail;  /* handed out by io_uring_get_sqe up to here */
	u32 head_seen; /* khead when it was last looked at: the kernel has taken as much, or more */
	void *ring_ptr;
	size_t ring_sz, sqes_sz;
};

struct io_uring_cq {
	u32 *khead, *ktail, *kflags, *koverflow; /* in shared memory */
	struct io_uring_cqe *cqes;
	u32 ring_mask, ring_entries;
	void *ring_ptr; /* equals sq.ring_ptr with IORING_FEAT_SINGLE_MMAP */
	size_t ring_sz;
};

struct io_uring {
	struct io_uring_sq sq;
	struct io_uring_cq cq;
	u32 flags, features;
	int ring_fd, enter_ring_fd; /* the latter: a number of a registered ring, if it is one */
	u32 int_flags;		    /* INT_FLAG_*; mostly 0 */
	volatile u32 *doorbell;	    /* a store of the identity wakes the poller; NULL: io_uring_enter does */
	u32 doorbell_identity;
};

/* What io_uring_enter must be told of a ring. */
enum {
	INT_FLAG_REG_RING = 1 << 0, /* io_uring_register_ring_fd */
	INT_FLAG_SQPOLL = 1 << 1,   /* a poller may have to be woken */
};

/* The system calls themselves. */
int io_uring_setup(unsigned entries, struct io_uring_params *params);
int io_uring_enter(unsigned fd, unsigned to_submit, unsigned min_complete, unsigned flags, sigset_t *sig);
int io_uring_enter2(unsigned fd, unsigned to_submit, unsigned min_complete, unsigned flags, const void *arg, size_t sz);
int io_uring_register(unsigned fd, unsigned opcode, const void *arg, unsigned nr_args);

/* Make a ring of at least ENTRIES submission entries. PARAMS (flags and what they name) comes back filled in. */
int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int io_uring_queue_init_params(unsigned entries, struct io_uring *ring, struct io_uring_params *params);
void io_uring_queue_exit(struct io_uring *ring);

/* Give the kernel all SQEs that were handed out: how many it took. _and_wait waits for WAIT_NR completions as well. */
int io_uring_submit(struct io_uring *ring);
int io_uring_submit_and_wait(struct io_uring *ring, unsigned wait_nr);
int io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned wait_nr,
				     struct __kernel_timespec *ts, sigset_t *sigmask);

/* With IORING_SETUP_SQPOLL: wait until there is room for another entry. Without: 0. */
int io_uring_sqring_wait(struct io_uring *ring);

/* Wait for WAIT_NR completions (they stay in the queue; *CQE is the first). -ETIME when TS is over; TS may be NULL. */
int io_uring_wait_cqe(struct io_uring *ring, struct io_uring_cqe **cqe);
int io_uring_wait_cqe_nr(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned wait_nr);
int io_uring_wait_cqe_timeout(struct io_uring *ring, struct io_uring_cqe **cqe, struct __kernel_timespec *ts);
int io_uring_wait_cqes(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned wait_nr, struct __kernel_timespec *ts,
		       sigset_t *sigmask);

/* Look without waiting: 0 and the first completion, or -EAGAIN. _batch: how many, at most COUNT. */
int io_uring_peek_cqe(struct io_uring *ring, struct io_uring_cqe **cqe);
unsigned io_uring_peek_batch_cqe(struct io_uring *ring, struct io_uring_cqe **cqes, unsigned count);
/* Enter the kernel for completions that are held back (CQ overflow, IORING_SETUP_DEFER_TASKRUN), without waiting; the
 * second one submits, too. */
int io_uring_get_events(struct io_uring *ring);
int io_uring_submit_and_get_events(struct io_uring *ring);

/* Chime's own: submit wakes the poller by a store from now on. A negative errno: the machine has none (left), or it is
 * not Chime; submit enters the kernel as ever. */
int io_uring_register_doorbell(struct io_uring *ring);

/* A ring with IORING_SETUP_R_DISABLED works from now on; and before that: what it may be used for then. */
int io_uring_enable_rings(struct io_uring *ring);
int io_uring_register_restrictions(struct io_uring *ring, struct io_uring_restriction *res, unsigned nr_res);
/* The calling thread enters this ring without a look-up of its descriptor from now on: 1. It alone may use RING then.
 * The descriptor may be closed afterwards: 1. */
int io_uring_register_ring_fd(struct io_uring *ring);
int io_uring_unregister_ring_fd(struct io_uring *ring);
int io_uring_close_ring_fd(struct io_uring *ring);
/* How many workers there may be, bounded and unbounded; 0: as before. VALUES comes back with what was. */
int io_uring_register_iowq_max_workers(struct io_uring *ring, unsigned values[2]);
int io_uring_register_eventfd(struct io_uring *ring, int fd);
int io_uring_register_eventfd_async(struct io_uring *ring, int fd);
int io_uring_unregister_eventfd(struct io_uring *ring);
int io_uring_register_probe(struct io_uring *ring, struct io_uring_probe *probe, unsigned nr);
/* A probe of all operations, from malloc; NULL when there is none. */
struct io_uring_probe *io_uring_get_probe_ring(struct io_uring *ring);
void io_uring_free_probe(struct io_uring_probe *probe);
int io_uring_opcode_supported(const struct io_uring_probe *probe, int op);

/* SQEs handed out and not yet taken by the kernel. */
static inline unsigned io_uring_sq_ready(const struct io_uring *ring)
{
	/* Pairs with the kernel's release store of the head after it copied the SQEs: they may be overwritten. */
	return ring->sq.sqe_tail - load_acquire(ring->sq.khead);
}

static inline unsigned io_uring_sq_space_left(const struct io_uring *ring)
{
	return ring->sq.ring_entries - io_uring_sq_ready(ring);
}

/* The next free SQE, or NULL: the queue is full, submit first. Fill it with io_uring_prep_*. The kernel's head is
 * looked at only when the queue seems full. */
static inline struct io_uring_sqe *io_uring_get_sqe(struct io_uring *ring)
{
	struct io_uring_sq *sq = &ring->sq;

	if (unlikely(sq->sqe_tail - sq->head_seen >= sq->ring_entries)) {
		/* Pairs with the kernel's release store, as in io_uring_sq_ready. */
		sq->head_seen = load_acquire(sq->khead);
		if (sq->sqe_tail - sq->head_seen >= sq->ring_entries)
			return NULL;
	}
	return &sq->sqes[sq->sqe_tail++ & sq->ring_mask];
}

/* Completions posted and not yet seen. */
static inline unsigned io_uring_cq_ready(const struct io_uring *ring)
{
	/* Pairs with the kernel's release store of the tail after it wrote the CQEs. The head is our own word. */
	return load_acquire(ring->cq.ktail) - load_relaxed(ring->cq.khead);
}

/* Does the kernel hold completions back until it is entered for them? Also a hint. */
static inline bool io_uring_cq_held(const struct io_uring *ring)
{
	return load_relaxed(ring->sq.kflags) & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN);
}

static inline bool io_uring_cq_has_overflow(const struct io_uring *ring)
{
	return load_relaxed(ring->sq.kflags) & IORING_SQ_CQ_OVERFLOW; /* a hint: the next look sees it, too */
}

/* The oldest NR completions have been used. */
static inline void io_uring_cq_advance(struct io_uring *ring, unsigned nr)
{
	/* Pairs with the kernel's acquire load of the head before it writes over CQEs: our reads of them come first. */
	store_release(ring->cq.khead, load_relaxed(ring->cq.khead) + nr);
}

static inline void io_uring_cqe_seen(struct io_uring *ring, struct io_uring_cqe *cqe)
{
	if (cqe)
		io_uring_cq_advance(ring, 1);
}

/* The completion number HEAD, or NULL when it is not posted yet. */
static inline struct io_uring_cqe *io_uring_cqe_at(const struct io_uring *ring, unsigned head)
{
	/* Pairs with the kernel's release store of the tail: a CQE below it is complete. */
	return head != load_acquire(ring->cq.ktail) ? &ring->cq.cqes[head & ring->cq.ring_mask] : NULL;
}

/* Walk over what is posted when the walk begins; the body does not advance, io_uring_cq_advance afterwards does. */
#define io_uring_for_each_cqe(ring, head, cqe)                                                                  \
	for (u32 end_ = (head = load_relaxed((ring)->cq.khead), load_acquire((ring)->cq.ktail)); /* as above */ \
	     head != end_ && (cqe = &(ring)->cq.cqes[head & (ring)->cq.ring_mask], true); head++)

#include "user/lib/uring-prep.h"
