/* ring-disabled.c - rings that are made disabled: what they refuse until they are enabled, with and without a poller;
 * and what they may be used for then (restrictions).
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ENTRIES = 8 };

static void disabled_make(struct io_uring *ring, u32 flags)
{
	struct io_uring_params params = { .flags = IORING_SETUP_R_DISABLED | flags, .sq_thread_idle = 1 };

	REQUIRE_OK(io_uring_queue_init_params(ENTRIES, ring, &params));
}

static void check_enable(void)
{
	unsigned count = IORING_REGISTER_PROBE;
	struct io_uring ring;
	u32 fd;

	disabled_make(&ring, 0);
	fd = (u32)ring.ring_fd;
	io_uring_prep_nop(ring_sqe(&ring));
	CHECK_EQ(io_uring_submit(&ring), -EBADFD);
	CHECK_EQ(io_uring_enter(fd, 0, 0, 0, NULL), -EBADFD);
	CHECK_EQ(io_uring_enter(fd, 0, 0, IORING_ENTER_GETEVENTS, NULL), -EBADFD);
	CHECK_EQ(io_uring_enter(fd, 0, 0, 1u << 30, NULL), -EINVAL);
	CHECK_EQ(io_uring_register(fd, IORING_REGISTER_ENABLE_RINGS, &count, 0), -EINVAL);
	CHECK_EQ(io_uring_register(fd, IORING_REGISTER_ENABLE_RINGS, NULL, 1), -EINVAL);
	CHECK_EQ(io_uring_enable_rings(&ring), 0);
	CHECK_EQ(io_uring_enable_rings(&ring), -EBADFD);
	REQUIRE_EQ(io_uring_submit(&ring), 1); /* what was prepared before */
	CHECK_EQ(ring_reap(&ring).res, 0);
	io_uring_queue_exit(&ring);
	/* never enabled */
	disabled_make(&ring, 0);
	io_uring_queue_exit(&ring);
	/* not disabled */
	ring_make(&ring, 1);
	CHECK_EQ(io_uring_enable_rings(&ring), -EBADFD);
	io_uring_queue_exit(&ring);
}

/* A poller takes nothing before, and what is there as soon as it may. */
static void check_poller(void)
{
	struct io_uring ring;

	for (int round = 0; round < 10; round++) {
		disabled_make(&ring, IORING_SETUP_SQPOLL);
		for (u64 i = 0; i < 3; i++) {
			io_uring_prep_nop(ring_sqe(&ring));
			ring.sq.sqes[i].user_data = i;
		}
		store_release(ring.sq.ktail, ring.sq.sqe_tail);
		CHECK_EQ(io_uring_enter((u32)ring.ring_fd, 3, 0, IORING_ENTER_SQ_WAKEUP, NULL), -EBADFD);
		for (int i = 0; i < round; i++)
			usleep(500);
		CHECK_EQ(io_uring_sq_ready(&ring), 3);
		CHECK_EQ(io_uring_cq_ready(&ring), 0);
		CHECK_EQ(io_uring_enable_rings(&ring), 0);
		if (round % 2)
			REQUIRE_OK(io_uring_submit(&ring));
		else /* enabling is enough: the library would wake it */
			while (io_uring_cq_ready(&ring) < 3)
				usleep(500);
		for (u64 i = 0; i < 3; i++)
			CHECK_EQ(ring_reap(&ring).user_data, i);
		io_uring_queue_exit(&ring);
	}
	disabled_make(&ring, IORING_SETUP_SQPOLL);
	io_uring_queue_exit(&ring);
}

static s32 run_nop(struct io_uring *ring, u8 flags)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_nop(sqe);
	sqe->flags = flags;
	return ring_run(ring, sqe);
}

/* Whoever enables it is the one who may use it. */
static void *enabler(void *argument)
{
	struct io_uring *ring = argument;

	CHECK_EQ(io_uring_enable_rings(ring), 0);
	CHECK_EQ(run_nop(ring, 0), 0);
	return NULL;
}

static void check_issuer(void)
{
	struct io_uring ring;
	pthread_t thread;

	disabled_make(&ring, IORING_SETUP_SINGLE_ISSUER);
	REQUIRE(!pthread_create(&thread, NULL, enabler, &ring));
	CHECK_EQ(pthread_join(thread, NULL), 0);
	io_uring_prep_nop(ring_sqe(&ring));
	CHECK_EQ(io_uring_submit(&ring), -EEXIST);
	io_uring_queue_exit(&ring);
}

/* --- restrictions --- */

#define ROW(code_, value)                                                    \
	{                                                                    \
		.opcode = IORING_RESTRICTION_##code_, .register_op = (value) \
	}

static void check_restricted(u32 setup)
{
	struct io_uring_restriction rows[] = {
		ROW(SQE_OP, IORING_OP_NOP),
		ROW(SQE_OP, IORING_OP_READ),
		ROW(REGISTER_OP, IORING_REGISTER_ENABLE_RINGS),
		ROW(REGISTER_OP, IORING_REGISTER_EVENTFD),
		ROW(SQE_FLAGS_ALLOWED, IOSQE_ASYNC),
	};
	int event = (int)REQUIRE_OK(eventfd(5, 0));
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	u64 value = 0;

	disabled_make(&ring, setup);
	CHECK_EQ(io_uring_register_restrictions(&ring, rows, ARRAY_SIZE(rows)), 0);
	CHECK_EQ(io_uring_register_restrictions(&ring, rows, ARRAY_SIZE(rows)), -EBUSY);
	/* they count once it is enabled */
	CHECK_EQ(io_uring_register_eventfd_async(&ring, event), 0);
	CHECK_EQ(io_uring_unregister_eventfd(&ring), 0);
	CHECK_EQ(io_uring_enable_rings(&ring), 0);

	CHECK_EQ(io_uring_register_restrictions(&ring, rows, ARRAY_SIZE(rows)), -EACCES);
	CHECK_EQ(io_uring_register_eventfd_async(&ring, event), -EACCES);
	CHECK_EQ(io_uring_register_eventfd(&ring, event), 0);
	CHECK_EQ(io_uring_unregister_eventfd(&ring), -EACCES);
	CHECK_EQ(io_uring_register((u32)ring.ring_fd, 1000, NULL, 0), -EINVAL);
	CHECK_EQ(io_uring_enable_rings(&ring), -EBADFD);

	CHECK_EQ(run_nop(&ring, 0), 0);
	CHECK_EQ(run_nop(&ring, IOSQE_ASYNC), 0);
	CHECK_EQ(run_nop(&ring, IOSQE_IO_DRAIN), -EACCES);
	CHECK_EQ(run_nop(&ring, 0x80), -EINVAL);
	CHECK_OK(eventfd_write(event, 7));
	sqe = ring_sqe(&ring);
	io_uring_prep_read(sqe, event, &value, 8, 0);
	CHECK_EQ(ring_run(&ring, sqe), 8);
	CHECK(value >= 12);
	sqe = ring_sqe(&ring);
	io_uring_prep_write(sqe, event, &value, 8, 0);
	CHECK_EQ(ring_run(&ring, sqe), -EACCES);
	sqe = ring_sqe(&ring);
	io_uring_prep_nop(sqe);
	sqe->opcode = 255;
	CHECK_EQ(ring_run(&ring, sqe), -EINVAL);
	io_uring_queue_exit(&ring);
	close(event);
}

/* Flags that must be there are allowed, too. Several at once: none slips through. */
static void check_required(void)
{
	struct io_uring_restriction rows[] = {
		ROW(SQE_OP, IORING_OP_NOP),
		ROW(SQE_FLAGS_REQUIRED, IOSQE_ASYNC),
	};
	struct io_uring ring;

	disabled_make(&ring, IORING_SETUP_SUBMIT_ALL);
	CHECK_EQ(io_uring_register_restrictions(&ring, rows, ARRAY_SIZE(rows)), 0);
	CHECK_EQ(io_uring_enable_rings(&ring), 0);
	CHECK_EQ(run_nop(&ring, 0), -EACCES);
	CHECK_EQ(run_nop(&ring, IOSQE_ASYNC), 0);
	for (u64 i = 0; i < ENTRIES; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);

		io_uring_prep_nop(sqe);
		sqe->user_data = i;
		sqe->flags = i % 2 ? IOSQE_ASYNC : 0;
	}
	REQUIRE_EQ(io_uring_submit_and_wait(&ring, ENTRIES), ENTRIES);
	for (u64 i = 0; i < ENTRIES; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK_EQ(cqe.res, cqe.user_data % 2 ? 0 : -EACCES);
	}
	io_uring_queue_exit(&ring);
}

static void check_refused(void)
{
	static struct io_uring_restriction many[1000];
	struct io_uring_restriction good = ROW(SQE_OP, IORING_OP_NOP), bad[] = {
		ROW(SQE_OP, IORING_OP_NOP),
		ROW(SQE_OP, 255),
	};
	struct io_uring ring;

	disabled_make(&ring, 0);
	CHECK_EQ(io_uring_register_restrictions(&ring, NULL, 1), -EINVAL);
	CHECK_EQ(io_uring_register_restrictions(&ring, many, ARRAY_SIZE(many)), -EINVAL);
	CHECK_EQ(io_uring_register_restrictions(&ring, (void *)-4096, 1), -EFAULT);
	CHECK_EQ(io_uring_register_restrictions(&ring, bad, 2), -EINVAL);
	bad[1] = (struct io_uring_restriction)ROW(REGISTER_OP, 255);
	CHECK_EQ(io_uring_register_restrictions(&ring, bad, 2), -EINVAL);
	bad[1].opcode = 77;
	CHECK_EQ(io_uring_register_restrictions(&ring, bad, 2), -EINVAL);
	/* nothing of that is kept */
	CHECK_EQ(io_uring_enable_rings(&ring), 0);
	CHECK_EQ(run_nop(&ring, 0), 0);
	CHECK_EQ(io_uring_register_restrictions(&ring, &good, 1), -EBADFD);
	io_uring_queue_exit(&ring);
	/* none at all: then nothing is allowed */
	disabled_make(&ring, 0);
	CHECK_EQ(io_uring_register_restrictions(&ring, &good, 0), 0);
	CHECK_EQ(io_uring_enable_rings(&ring), 0);
	CHECK_EQ(run_nop(&ring, 0), -EACCES);
	io_uring_queue_exit(&ring);
}

int main(void)
{
	struct io_uring ring;

	ring_make(&ring, 1); /* or skip */
	io_uring_queue_exit(&ring);
	check_enable();
	check_poller();
	check_issuer();
	check_restricted(0);
	check_restricted(IORING_SETUP_SQPOLL);
	check_required();
	check_refused();
	return check_done();
}
