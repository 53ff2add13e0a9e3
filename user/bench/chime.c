/* chime.c - from a completion to the program that waits for it.
 *
 *     chime_completion_to_handler       a NOP's way through io_uring_enter, whose completion chimes:
 *
 *         stamp  ecall  submit  CQE posted | signal, way back, upcall | first line of the C handler: stamp
 *                                          |<------ this figure ----->|
 *
 *     Taken off is what the same NOP's submission costs without a chime: an enter with it less an enter that submits
 *     nothing. So the way into the kernel is still counted, and the end of the submission is not; the first is longer,
 *     and the figure a little too high.
 *
 *     chime_enter_to_handler            the same with nothing taken off, from before the ecall: an upper bound
 *     chime_whole_cycle                 enter with handler and uintr_return, minus enter without: what a chime adds
 *     notify_uring_uintr_ready          another thread's write to an eventfd -> the ring's read of it -> CQE -> handler
 *                                       of a thread that waits for its turn; _blocked: in read; _wait: in uintr_wait
 *     notify_uring_registered_eventfd   the same way, but to a thread that waits in read of a registered eventfd
 */
#define _GNU_SOURCE
#include "user/bench/nops.h"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>

static void bench_nop(void)
{
	struct nop_costs costs = nop_measure(0);

	bench_say("chime_completion_to_handler", ROUNDS, costs.to_handler - (costs.without - costs.empty));
	bench_say("chime_enter_to_handler", ROUNDS, costs.to_handler);
	bench_say("chime_whole_cycle", ROUNDS, costs.with - costs.without);
}

/* --- from another thread --- */

static int source; /* an eventfd that the ring reads */
static u32 armed;  /* rounds that the waiter has armed its read for */
static u32 acknowledged;
static u32 stop;

static void arm(void)
{
	static u64 value;

	io_uring_prep_read(io_uring_get_sqe(&ring), source, &value, sizeof(value), 0);
	NEED(io_uring_submit(&ring));
	store_release(&armed, load_relaxed(&armed) + 1);
}

static void take(void)
{
	NEED(io_uring_cq_ready(&ring) == 1 ? 0 : -EIO);
	io_uring_cq_advance(&ring, 1);
	store_release(&acknowledged, load_relaxed(&acknowledged) + 1);
}

/* Post when the waiter is armed and has had time to fall asleep; on one hart it runs while we yield. */
static void post(u32 round)
{
	u64 one = 1;

	while (load_acquire(&armed) != round)
		sched_yield();
	sched_yield();
	sched_yield();
	store_relaxed(&stamped, stamp());
	NEED(write(source, &one, sizeof(one)));
	while (load_acquire(&acknowledged) != round)
		sched_yield();
}

/* How a waiter waits until a completion is there. */
static void wait_ready(int fd)
{
	u32 seen = load_relaxed(&acknowledged) + 1;

	(void)fd;
	while (load_relaxed(&chimes) < seen)
		sched_yield();
}

static void wait_in_read(int fd)
{
	u64 value;

	if (!io_uring_cq_ready(&ring))
		(void)!read(fd, &value, sizeof(value)); /* a chime ends it with EINTR */
}

static void wait_uintr(int fd)
{
	(void)fd;
	uintr_clui();
	if (!io_uring_cq_ready(&ring))
		uintr_wait();
	uintr_stui();
}

static void wait_eventfd(int fd)
{
	u64 value;

	NEED(read(fd, &value, sizeof(value)));
	atomic_add_relaxed(&total, stamp() - load_relaxed(&stamped));
}

struct way {
	const char *name;
	void (*wait)(int fd);
	bool chimes; /* else: a registered eventfd */
};

static void *waiter(void *argument)
{
	const struct way *way = argument;
	int never = (int)NEED(eventfd(0, 0)), fd = way->chimes ? chime_fd(0) : (int)NEED(eventfd(0, 0));

	NEED(io_uring_queue_init(8, &ring, 0));
	NEED(io_uring_register_eventfd(&ring, fd));
	while (!load_acquire(&stop)) {
		arm();
		way->wait(way->chimes ? never : fd);
		take();
	}
	io_uring_queue_exit(&ring);
	if (way->chimes)
		NEED(uintr_unregister_handler());
	close(fd);
	close(never);
	return NULL;
}

static void bench_way(const struct way *way)
{
	struct bench b = BENCH(way->name, ROUNDS);
	pthread_t thread;
	u32 round = 0;

	store_relaxed(&armed, 0u);
	store_relaxed(&acknowledged, 0u);
	store_relaxed(&chimes, 0u);
	store_relaxed(&stop, 0u);
	source = (int)NEED(eventfd(0, 0));
	NEED(-pthread_create(&thread, NULL, waiter, (void *)way));
	while (bench_sample(&b)) {
		store_relaxed(&total, 0ul);
		for (long i = 0; i < b.count; i++)
			post(++round);
		bench_add(&b, load_relaxed(&total));
	}
	while (load_acquire(&armed) != round + 1)
		sched_yield();
	store_release(&stop, 1u);
	NEED(write(source, &(u64){ 1 }, sizeof(u64)));
	pthread_join(thread, NULL);
	close(source);
}

int main(void)
{
	static const struct way ways[] = {
		{ "notify_uring_uintr_ready", wait_ready, true },
		{ "notify_uring_uintr_blocked", wait_in_read, true },
		{ "notify_uring_uintr_wait", wait_uintr, true },
		{ "notify_uring_registered_eventfd", wait_eventfd, false },
	};

	bench_nop();
	for (u32 i = 0; i < ARRAY_SIZE(ways); i++)
		bench_way(&ways[i]);
	return 0;
}
