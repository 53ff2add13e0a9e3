/* uring.c - submit and wait: the only two reasons to enter the kernel. See uring.h. */
#define _GNU_SOURCE
#include "user/lib/uring.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int io_uring_setup(unsigned entries, struct io_uring_params *params)
{
	long fd = syscall(SYS_io_uring_setup, entries, params);

	return fd < 0 ? -errno : (int)fd;
}

/* Without errno, and without a function of the C library's in between: this call is made all the time. */
#if defined(__riscv)
static inline int enter(unsigned fd, unsigned to_submit, unsigned min_complete, unsigned flags, const void *arg,
			size_t sz)
{
	register long a0 __asm__("a0") = (int)fd;
	register long a1 __asm__("a1") = to_submit;
	register long a2 __asm__("a2") = min_complete;
	register long a3 __asm__("a3") = flags;
	register const void *a4 __asm__("a4") = arg;
	register size_t a5 __asm__("a5") = sz;
	register long a7 __asm__("a7") = SYS_io_uring_enter;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
	return (int)a0;
}
#else
static inline int enter(unsigned fd, unsigned to_submit, unsigned min_complete, unsigned flags, const void *arg,
			size_t sz)
{
	long ret = syscall(SYS_io_uring_enter, fd, to_submit, min_complete, flags, arg, sz);

	return ret < 0 ? -errno : (int)ret;
}
#endif

int io_uring_enter2(unsigned fd, unsigned to_submit, unsigned min_complete, unsigned flags, const void *arg, size_t sz)
{
	return enter(fd, to_submit, min_complete, flags, arg, sz);
}

int io_uring_enter(unsigned fd, unsigned to_submit, unsigned min_complete, unsigned flags, sigset_t *sig)
{
	return enter(fd, to_submit, min_complete, flags, sig, _NSIG / 8);
}

int io_uring_register(unsigned fd, unsigned opcode, const void *arg, unsigned nr_args)
{
	long ret = syscall(SYS_io_uring_register, fd, opcode, arg, nr_args);

	return ret < 0 ? -errno : (int)ret;
}

/* Let the kernel see what get_sqe handed out: how many entries it has not taken yet. */
static unsigned sq_publish(struct io_uring *ring)
{
	/* Pairs with the kernel's acquire load of the tail: the SQEs below it are complete. */
	store_release(ring->sq.ktail, ring->sq.sqe_tail);
	return io_uring_sq_ready(ring);
}

/* Does a poller of the kernel sleep, that must be woken? */
static bool poller_sleeps(const struct io_uring *ring)
{
	/* store (the tail), fence, load (the flag); partner: the poller's, between the flag and its look at the tail */
	fence_full();
	return load_relaxed(ring->sq.kflags) & IORING_SQ_NEED_WAKEUP;
}

/* Wake the poller without the kernel: false, there is no way. */
static bool ring_bell(struct io_uring *ring)
{
	if (!ring->doorbell)
		return false;
	fence_to_device(); /* the entries and the tail come before the message */
	*ring->doorbell = ring->doorbell_identity;
	return true;
}

/* Will a poller take the entries, without a word to the kernel? */
static inline bool poller_takes(struct io_uring *ring)
{
	return unlikely(ring->int_flags & INT_FLAG_SQPOLL) && (!poller_sleeps(ring) || ring_bell(ring));
}

/* What io_uring_enter is asked for when WAIT_NR completions are wanted. */
static inline unsigned enter_flags(const struct io_uring *ring, unsigned wait_nr)
{
	return wait_nr || io_uring_cq_held(ring) ? IORING_ENTER_GETEVENTS : 0;
}

static __attribute__((noinline)) int enter_timed(struct io_uring *ring, unsigned to_submit, unsigned wait_nr,
						 unsigned flags, struct __kernel_timespec *ts, sigset_t *sigmask)
{
	struct io_uring_getevents_arg arg = {
		.sigmask = (uintptr_t)sigmask,
		.sigmask_sz = _NSIG / 8,
		.ts = (uintptr_t)ts,
	};

	return io_uring_enter2((unsigned)ring->enter_ring_fd, to_submit, wait_nr, flags | IORING_ENTER_EXT_ARG, &arg,
			       sizeof(arg));
}

/* What else a ring with INT_FLAG_* is entered with. */
static __attribute__((noinline)) unsigned unusual_flags(const struct io_uring *ring)
{
	unsigned flags = ring->int_flags & INT_FLAG_REG_RING ? IORING_ENTER_REGISTERED_RING : 0;

	if ((ring->int_flags & INT_FLAG_SQPOLL) && poller_sleeps(ring))
		flags |= IORING_ENTER_SQ_WAKEUP;
	return flags;
}

/* Submit TO_SUBMIT entries and wait for WAIT_NR completions, at most for TS. What io_uring_enter answers. */
static inline int ring_enter(struct io_uring *ring, unsigned to_submit, unsigned wait_nr, unsigned flags,
			     struct __kernel_timespec *ts, sigset_t *sigmask)
{
	if (unlikely(ring->int_flags))
		flags |= unusual_flags(ring);
	if (ts)
		return enter_timed(ring, to_submit, wait_nr, flags, ts, sigmask);
	return io_uring_enter((unsigned)ring->enter_ring_fd, to_submit, wait_nr, flags, sigmask);
}

int io_uring_submit_and_wait(struct io_uring *ring, unsigned wait_nr)
{
	unsigned to_submit = sq_publish(ring), flags = enter_flags(ring, wait_nr);

	if (!flags && (!to_submit || poller_takes(ring)))
		return (int)to_submit;
	return ring_enter(ring, to_submit, wait_nr, flags, NULL, NULL);
}

int io_uring_submit(struct io_uring *ring)
{
	return io_uring_submit_and_wait(ring, 0);
}

int io_uring_sqring_wait(struct io_uring *ring)
{
	if (!(ring->flags & IORING_SETUP_SQPOLL) || io_uring_sq_space_left(ring))
		return 0;
	return ring_enter(ring, 0, 0, IORING_ENTER_SQ_WAIT, NULL, NULL);
}

int io_uring_get_events(struct io_uring *ring)
{
	return ring_enter(ring, 0, 0, IORING_ENTER_GETEVENTS, NULL, NULL);
}

int io_uring_submit_and_get_events(struct io_uring *ring)
{
	return ring_enter(ring, sq_publish(ring), 0, IORING_ENTER_GETEVENTS, NULL, NULL);
}

/* Enter until WAIT_NR completions are posted. A time limit counts for one entry: when that returns with too few, it is
 * over, also when the kernel answers the number of submitted entries instead of -ETIME. */
static int ring_wait(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned to_submit, unsigned wait_nr,
		     struct __kernel_timespec *ts, sigset_t *sigmask)
{
	int submitted = 0, ret;

	wait_nr = min(wait_nr, ring->cq.ring_entries); /* more can never be posted at once */
	while (to_submit || io_uring_cq_ready(ring) < wait_nr) {
		ret = ring_enter(ring, to_submit, wait_nr, enter_flags(ring, wait_nr), ts, sigmask);
		if (ret < 0)
			return ret;
		submitted += ret;
		to_submit = 0; /* the kernel refused the rest: the caller sees it in the count */
		if (ts && io_uring_cq_ready(ring) < wait_nr)
			return -ETIME;
	}
	*cqe = io_uring_cqe_at(ring, load_relaxed(ring->cq.khead));
	return submitted;
}

int io_uring_wait_cqes(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned wait_nr, struct __kernel_timespec *ts,
		       sigset_t *sigmask)
{
	return ring_wait(ring, cqe, 0, wait_nr, ts, sigmask);
}

int io_uring_wait_cqe_timeout(struct io_uring *ring, struct io_uring_cqe **cqe, struct __kernel_timespec *ts)
{
	return ring_wait(ring, cqe, 0, 1, ts, NULL);
}

int io_uring_wait_cqe_nr(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned wait_nr)
{
	return ring_wait(ring, cqe, 0, wait_nr, NULL, NULL);
}

int io_uring_wait_cqe(struct io_uring *ring, struct io_uring_cqe **cqe)
{
	return ring_wait(ring, cqe, 0, 1, NULL, NULL);
}

int io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned wait_nr,
				     struct __kernel_timespec *ts, sigset_t *sigmask)
{
	return ring_wait(ring, cqe, sq_publish(ring), wait_nr, ts, sigmask);
}

unsigned io_uring_peek_batch_cqe(struct io_uring *ring, struct io_uring_cqe **cqes, unsigned count)
{
	unsigned ready = io_uring_cq_ready(ring), head = load_relaxed(ring->cq.khead), n;

	if (!ready && io_uring_cq_held(ring)) {
		io_uring_get_events(ring);
		ready = io_uring_cq_ready(ring);
	}
	count = min(count, ready);
	for (n = 0; n < count; n++)
		cqes[n] = &ring->cq.cqes[(head + n) & ring->cq.ring_mask];
	return n;
}

int io_uring_peek_cqe(struct io_uring *ring, struct io_uring_cqe **cqe)
{
	*cqe = NULL;
	return io_uring_peek_batch_cqe(ring, cqe, 1) ? 0 : -EAGAIN;
}
