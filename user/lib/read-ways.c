/* read-ways.c - see read-ways.h. */
#define _GNU_SOURCE
#include "user/lib/read-ways.h"

#include "lib/order.h"
#include "user/lib/measure.h"
#include "user/lib/need.h"
#include "user/lib/uintr.h"
#include "user/lib/uring.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { VECTOR = 1, IDLE_MS = 1 };

static char buffers[READ_DEPTH_MOST][READ_BLOCK] __attribute__((aligned(READ_BLOCK)));
static struct io_uring ring;
static u64 chimes;		   /* written by the handler */
static u64 begun[READ_DEPTH_MOST]; /* when the block of each slot was submitted, in ticks */

/* --- what is read --- */

void read_source_open(struct read_source *s)
{
	u64 there;

	s->fd = (int)NEED(open(s->path, O_RDONLY));
	there = (u64)NEED(lseek(s->fd, 0, SEEK_END)) / READ_BLOCK;
	if (!s->blocks || s->blocks > there)
		s->blocks = there;
	for (u64 block = 0; !s->once && block < s->blocks; block++)
		NEED(pread(s->fd, buffers[0], READ_BLOCK, (off_t)(block * READ_BLOCK)));
}

static u64 next_offset(struct read_source *s)
{
	return s->next++ % s->blocks * READ_BLOCK;
}

/* --- the ways --- */

static int event;

static int tell_event(void)
{
	event = (int)NEED(eventfd(0, 0));
	return event;
}

static void wait_event(void)
{
	u64 count;

	NEED(read(event, &count, sizeof(count)));
}

static void end_event(void)
{
	close(event);
}

static void wait_enter(void)
{
	struct io_uring_cqe *cqe;

	NEED(io_uring_wait_cqe(&ring, &cqe));
}

static void chime(u64 vectors)
{
	(void)vectors;
	store_relaxed(&chimes, load_relaxed(&chimes) + 1);
}

static int tell_upcall(void)
{
	NEED(uintr_register_handler(chime, 0));
	return (int)NEED(uintr_create_fd(VECTOR));
}

static void wait_upcall(void)
{
	uintr_clui();
	if (!io_uring_cq_ready(&ring))
		uintr_wait();
	uintr_stui();
}

static int tell_direct(void)
{
	NEED(uintr_register_handler(chime, UINTR_DIRECT));
	return (int)NEED(uintr_create_fd(VECTOR));
}

/* Not a look at the CQ: the interrupt is what ends this. */
static void wait_direct(void)
{
	u64 before = load_relaxed(&chimes);

	if (io_uring_cq_ready(&ring))
		return;
	while (load_relaxed(&chimes) == before)
		cpu_relax();
}

static void end_handler(void)
{
	uintr_unregister_handler();
}

u64 read_chimes(void)
{
	return load_relaxed(&chimes);
}

const struct read_way read_ways[READ_WAYS] = {
	{ .name = "read()", .plain = true },
	{ .name = "enter", .wait = wait_enter },
	{ .name = "enter+eventfd", .tell = tell_event, .wait = wait_event, .end = end_event },
	{ .name = "enter+upcall", .tell = tell_upcall, .wait = wait_upcall, .end = end_handler },
	{ .name = "zero",
	  .setup = IORING_SETUP_SQPOLL,
	  .tell = tell_direct,
	  .wait = wait_direct,
	  .end = end_handler,
	  .zero = true },
};

/* Devices interrupt the first hart. We take the last one; the poller and its file are on another. Again for each way: a
 * thread that gives up its handler may move. */
static void move_away(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	NEED(sched_setaffinity(0, sizeof(set), &set));
}

bool read_way_begin(const struct read_way *way)
{
	struct io_uring_params params = { .flags = way->setup, .sq_thread_idle = IDLE_MS };
	bool can = true;

	move_away();
	if (way->plain)
		return true;
	NEED(io_uring_queue_init_params(2 * READ_DEPTH_MOST, &ring, &params));
	if (way->tell)
		NEED(io_uring_register_eventfd(&ring, way->tell()));
	if (way->zero) /* who spins needs another hart that works meanwhile */
		can = sysconf(_SC_NPROCESSORS_ONLN) > 1 && uintr_is_direct() && !io_uring_register_doorbell(&ring);
	return can;
}

void read_way_end(const struct read_way *way)
{
	if (way->plain)
		return;
	if (way->end)
		way->end();
	io_uring_queue_exit(&ring);
}

/* --- reading --- */

static inline void answer(struct read_log *log, unsigned slot, u64 bytes)
{
	log->latencies[log->answered++] = (u32)(read_ticks() - begun[slot]);
	log->bytes += bytes;
}

static void submit_read(struct read_source *s, unsigned slot)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&ring)))
		cpu_relax();
	io_uring_prep_read(sqe, s->fd, buffers[slot], READ_BLOCK, next_offset(s));
	sqe->user_data = slot;
	begun[slot] = read_ticks();
}

static void read_plain(struct read_source *s, u64 blocks, struct read_log *log)
{
	for (u64 ended = 0; ended < blocks; ended++) {
		begun[0] = read_ticks();
		answer(log, 0, (u64)NEED(pread(s->fd, buffers[0], READ_BLOCK, (off_t)next_offset(s))));
	}
}

void read_blocks(const struct read_way *way, struct read_source *s, u64 blocks, unsigned depth, struct read_log *log)
{
	u64 started = 0, ended = 0;
	struct io_uring_cqe *cqe;

	if (way->plain) {
		read_plain(s, blocks, log);
		return;
	}
	for (; started < depth && started < blocks; started++)
		submit_read(s, (unsigned)started);
	NEED(io_uring_submit(&ring));
	while (ended < blocks) {
		way->wait();
		/* one look at the head of the queue, and one submission for all that has come */
		while ((cqe = io_uring_cqe_at(&ring, load_relaxed(ring.cq.khead)))) {
			unsigned slot = (unsigned)cqe->user_data;

			answer(log, slot, (u64)NEED(cqe->res));
			io_uring_cqe_seen(&ring, cqe);
			ended++;
			if (started++ < blocks)
				submit_read(s, slot);
		}
		if (ended < blocks)
			NEED(io_uring_submit(&ring));
	}
}
