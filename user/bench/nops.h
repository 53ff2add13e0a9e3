/* nops.h - what a chime adds to a NOP: for the benches of both ways in which it arrives (chime.c, direct.c).
 *
 *         stamp  ecall  submit  CQE posted | the chime's way to user mode | first line of the C handler: stamp
 *         |<----------------------- to_handler ------------------------>|
 *
 * The state is the bench's own: it may go on to use it.
 */
#pragma once

#include "lib/order.h"
#include "user/bench/bench.h"
#include "user/lib/uintr.h"
#include "user/lib/uring.h"

enum { ROUNDS = 2000, VECTOR = 1 };

static struct io_uring ring;
static u64 stamped, total; /* the handler adds what has passed since `stamped` */
static u32 chimes;

/* On the thread that is measured; others only look. */
static inline void chime_handler(u64 vectors)
{
	u64 at = stamp();

	(void)vectors;
	store_relaxed(&total, load_relaxed(&total) + at - load_relaxed(&stamped));
	store_relaxed(&chimes, load_relaxed(&chimes) + 1);
}

static inline int chime_fd(unsigned flags)
{
	NEED(uintr_register_handler(chime_handler, flags));
	NEED(uintr_is_direct() == (flags == UINTR_DIRECT) ? 0 : -EOPNOTSUPP);
	return (int)NEED(uintr_create_fd(VECTOR));
}

/* One NOP through enter and its completion taken, as bare as it can be. */
static inline void nop(void)
{
	io_uring_prep_nop(io_uring_get_sqe(&ring));
	store_relaxed(&stamped, stamp());
	io_uring_submit(&ring);
	NEED(io_uring_cq_ready(&ring) == 1 ? 0 : -EIO);
	io_uring_cq_advance(&ring, 1);
}

/* Median of samples of ROUNDS NOPs: nanoseconds for each. */
static inline double nops(double *to_handler)
{
	struct bench b = BENCH("", ROUNDS), in = BENCH("", ROUNDS);

	for (int k = 0; k < SAMPLES; k++) {
		store_relaxed(&total, 0ul);
		bench_start(&b);
		for (long i = 0; i < ROUNDS; i++)
			nop();
		bench_stop(&b);
		bench_add(&in, load_relaxed(&total));
	}
	qsort(b.value, SAMPLES, sizeof(double), bench_compare);
	qsort(in.value, SAMPLES, sizeof(double), bench_compare);
	*to_handler = in.value[SAMPLES / 2];
	return b.value[SAMPLES / 2];
}

/* io_uring_enter that is asked for nothing. */
static inline double empty_enter(void)
{
	u64 start = now();

	for (long i = 0; i < ROUNDS; i++)
		io_uring_enter((unsigned)ring.ring_fd, 0, 0, 0, NULL);
	return (double)(now() - start) / ROUNDS;
}

/* Nanoseconds for a NOP. */
struct nop_costs {
	double without, with; /* a chime */
	double empty;	      /* an enter for nothing */
	double to_handler;
};

/* The thread is in VS-mode all the time, or not at all, by the FLAGS of its handler. */
static inline struct nop_costs nop_measure(unsigned flags)
{
	struct nop_costs costs;
	int fd = chime_fd(flags);

	NEED(io_uring_queue_init(8, &ring, 0));
	costs.without = nops(&costs.to_handler);
	costs.empty = empty_enter();
	NEED(io_uring_register_eventfd(&ring, fd));
	store_relaxed(&chimes, 0u);
	costs.with = nops(&costs.to_handler);
	NEED(load_relaxed(&chimes) == SAMPLES * ROUNDS ? 0 : -EIO);
	io_uring_queue_exit(&ring);
	close(fd);
	NEED(uintr_unregister_handler());
	return costs;
}
