/* direct.c - user interrupts that reach a thread in VS-mode without the kernel, beside the upcall.
 *
 *     uipi_direct_self                     senduipi to oneself: the store, delivery, vector, C handler, the way back
 *     uipi_direct_self_fp                  the same in a program that has used floating-point registers, which must
 *                                          then be saved
 *     uipi_upcall_self                     the same through the kernel
 *     chime_direct_completion_to_handler   as chime_completion_to_handler in chime.c, all of it in VS-mode
 *     chime_direct_whole_cycle             what a chime adds to a NOP, handler and way back included
 *     uring_enter_empty_direct             an io_uring_enter that is asked for nothing, from VS-mode
 *     getppid_direct                       a system call from VS-mode
 */
#include "lib/order.h"
#include "user/bench/bench.h"
#include "user/lib/uintr.h"
#include "user/lib/uring.h"

enum { ROUNDS = 2000, VECTOR = 1 };

static u64 stamped, total; /* the handler adds what has passed since `stamped` */
static u32 interrupts;

static void count(u64 vectors)
{
	(void)vectors;
	store_relaxed(&interrupts, load_relaxed(&interrupts) + 1);
}

static void measure(u64 vectors)
{
	store_relaxed(&total, load_relaxed(&total) + stamp() - load_relaxed(&stamped));
	count(vectors);
}

/* Samples are one stretch here, in whole numbers: a bench computes with floating point. */
static void bench_self(const char *name, unsigned flags)
{
	u64 start, took;
	int fd, index;

	NEED(uintr_register_handler(count, flags));
	NEED(uintr_is_direct() == (flags == UINTR_DIRECT) ? 0 : -EOPNOTSUPP);
	fd = (int)NEED(uintr_create_fd(VECTOR));
	index = (int)NEED(uintr_register_sender(fd));
	senduipi(index);
	store_relaxed(&interrupts, 0u);
	start = now();
	for (u32 i = 0; i < ROUNDS; i++)
		senduipi(index);
	took = now() - start;
	NEED(load_relaxed(&interrupts) == ROUNDS ? 0 : -EIO);
	NEED(uintr_unregister_sender(index));
	NEED(uintr_unregister_handler());
	close(fd);
	bench_say(name, ROUNDS, (double)took / ROUNDS);
}

static struct io_uring ring;

/* Nanoseconds for a NOP through enter, the median; *TO_HANDLER: from before the enter to the handler. */
static double nops(double *to_handler)
{
	struct bench b = BENCH("", ROUNDS), in = BENCH("", ROUNDS);

	for (int k = 0; k < SAMPLES; k++) {
		store_relaxed(&total, 0ul);
		bench_start(&b);
		for (long i = 0; i < ROUNDS; i++) {
			io_uring_prep_nop(io_uring_get_sqe(&ring));
			store_relaxed(&stamped, stamp());
			io_uring_submit(&ring);
			NEED(io_uring_cq_ready(&ring) == 1 ? 0 : -EIO);
			io_uring_cq_advance(&ring, 1);
		}
		bench_stop(&b);
		bench_add(&in, load_relaxed(&total));
	}
	qsort(b.value, SAMPLES, sizeof(double), bench_compare);
	qsort(in.value, SAMPLES, sizeof(double), bench_compare);
	*to_handler = in.value[SAMPLES / 2];
	return b.value[SAMPLES / 2];
}

static double empty_enter(void)
{
	u64 start = now();

	for (long i = 0; i < ROUNDS; i++)
		io_uring_enter((unsigned)ring.ring_fd, 0, 0, 0, NULL);
	return (double)(now() - start) / ROUNDS;
}

static void bench_chime(void)
{
	double without, with, empty, to_handler, unused;
	int fd;

	NEED(uintr_register_handler(measure, UINTR_DIRECT));
	NEED(uintr_is_direct() ? 0 : -EOPNOTSUPP);
	NEED(io_uring_queue_init(8, &ring, 0));
	without = nops(&unused);
	empty = empty_enter();
	fd = (int)NEED(uintr_create_fd(VECTOR));
	NEED(io_uring_register_eventfd(&ring, fd));
	store_relaxed(&interrupts, 0u);
	with = nops(&to_handler);
	NEED(load_relaxed(&interrupts) == (u32)SAMPLES * ROUNDS ? 0 : -EIO);
	bench_say("chime_direct_completion_to_handler", ROUNDS, to_handler - (without - empty));
	bench_say("chime_direct_whole_cycle", ROUNDS, with - without);
	bench_say("uring_enter_empty_direct", ROUNDS, empty);
	io_uring_queue_exit(&ring);
	close(fd);
	NEED(uintr_unregister_handler());
}

static void bench_call(void)
{
	struct bench b = BENCH("getppid_direct", ROUNDS);

	NEED(uintr_register_handler(count, UINTR_DIRECT));
	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			system_call_0(SYS_getppid);
	NEED(uintr_unregister_handler());
}

int main(void)
{
	bench_self("uipi_direct_self", UINTR_DIRECT);
	bench_self("uipi_direct_self_fp", UINTR_DIRECT);
	bench_self("uipi_upcall_self", 0);
	bench_chime();
	bench_call();
	return 0;
}
