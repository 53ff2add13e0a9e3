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
#include "user/bench/nops.h"

static u32 interrupts;

static void count(u64 vectors)
{
	(void)vectors;
	store_relaxed(&interrupts, load_relaxed(&interrupts) + 1);
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

static void bench_chime(void)
{
	struct nop_costs costs = nop_measure(UINTR_DIRECT);

	bench_say("chime_direct_completion_to_handler", ROUNDS, costs.to_handler - (costs.without - costs.empty));
	bench_say("chime_direct_whole_cycle", ROUNDS, costs.with - costs.without);
	bench_say("uring_enter_empty_direct", ROUNDS, costs.empty);
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
