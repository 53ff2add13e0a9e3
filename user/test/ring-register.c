/* ring-register.c - io_uring_register: the probe of operations, and an eventfd that is told of completions.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct io_uring ring;

static const int expected[] = {
	IORING_OP_NOP,	   IORING_OP_READV, IORING_OP_WRITEV,	      IORING_OP_FSYNC,	      IORING_OP_POLL_ADD,
	IORING_OP_TIMEOUT, IORING_OP_READ,  IORING_OP_TIMEOUT_REMOVE, IORING_OP_ASYNC_CANCEL, IORING_OP_POLL_REMOVE,
	IORING_OP_OPENAT,  IORING_OP_CLOSE, IORING_OP_STATX,	      IORING_OP_WRITE,
};

static void check_probe(void)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(&ring);
	u64 room[2 + 8] = { 0 }; /* the head and 8 operations */
	struct io_uring_probe *few = (void *)room;

	REQUIRE(probe != NULL);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		if (!CHECK(io_uring_opcode_supported(probe, expected[i])))
			check_note("operation %d", expected[i]);
	CHECK(probe->last_op >= IORING_OP_WRITE);
	CHECK(probe->ops_len > IORING_OP_WRITE);
	for (int i = 0; i < probe->ops_len; i++)
		CHECK_EQ(probe->ops[i].op, i);
	CHECK(!io_uring_opcode_supported(probe, 255));

	/* A short table is filled as far as it goes. */
	CHECK_EQ(io_uring_register_probe(&ring, few, 4), 0);
	CHECK_EQ(few->last_op, probe->last_op);
	CHECK_EQ(few->ops_len, 4);
	CHECK_EQ(few->ops[3].op, 3);
	CHECK_EQ(few->ops[4].op | few->ops[4].flags, 0);
	few->resv = 1; /* not clean */
	CHECK_EQ(io_uring_register_probe(&ring, few, 4), -EINVAL);
	CHECK_EQ(io_uring_register_probe(&ring, NULL, 4), -EINVAL);
	CHECK_EQ(io_uring_register_probe(&ring, (void *)-4096, 4), -EFAULT);
	io_uring_free_probe(probe);
}

/* How often the eventfd was told since the last look. */
static u64 told(int event)
{
	eventfd_t value = 0;

	return eventfd_read(event, &value) < 0 ? 0 : value;
}

/* The same, where it must be told: that may come a little later than the completion. */
static u64 told_soon(int event)
{
	struct pollfd poll_fd = { .fd = event, .events = POLLIN };

	CHECK_EQ(poll(&poll_fd, 1, -1), 1);
	return told(event);
}

static void nops(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		io_uring_prep_nop(ring_sqe(&ring));
	REQUIRE_EQ(io_uring_submit_and_wait(&ring, count), count);
	io_uring_cq_advance(&ring, count);
}

static void check_eventfd(void)
{
	int event = (int)REQUIRE_OK(eventfd(0, EFD_NONBLOCK)), source = (int)REQUIRE_OK(eventfd(0, 0));
	u64 value;

	CHECK_EQ(io_uring_register_eventfd(&ring, event), 0);
	CHECK_EQ(told(event), 0);
	nops(1);
	CHECK_EQ(told_soon(event), 1);
	nops(3);
	CHECK(told_soon(event) >= 1); /* once or once each */
	CHECK_EQ(told(event), 0);

	io_uring_prep_read(ring_sqe(&ring), source, &value, 8, -1ull);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK_EQ(told(event), 0); /* not yet complete */
	CHECK_OK(eventfd_write(source, 1));
	CHECK_EQ(ring_reap(&ring).res, 8);
	CHECK_EQ(told_soon(event), 1);

	store_relaxed(ring.cq.kflags, IORING_CQ_EVENTFD_DISABLED);
	nops(1);
	CHECK_EQ(told(event), 0);
	store_relaxed(ring.cq.kflags, 0);
	nops(1);
	CHECK_EQ(told_soon(event), 1);

	CHECK_EQ(io_uring_register_eventfd(&ring, event), -EBUSY);
	CHECK_EQ(io_uring_unregister_eventfd(&ring), 0);
	CHECK_EQ(io_uring_unregister_eventfd(&ring), -ENXIO);
	nops(1);
	CHECK_EQ(told(event), 0);
	CHECK_EQ(io_uring_register_eventfd(&ring, event), 0);
	close(event); /* the ring keeps it */
	nops(1);
	CHECK_EQ(io_uring_unregister_eventfd(&ring), 0);
	close(source);
}

static void check_refused(void)
{
	int file = (int)REQUIRE_OK(open("/dev/null", O_RDONLY)), event = (int)REQUIRE_OK(eventfd(0, 0));
	unsigned fd = (unsigned)ring.ring_fd;

	CHECK_EQ(io_uring_register_eventfd(&ring, 999), -EBADF);
	CHECK_EQ(io_uring_register_eventfd(&ring, file), -EINVAL);
	CHECK_EQ(io_uring_register(fd, IORING_REGISTER_EVENTFD, &event, 2), -EINVAL);
	CHECK_EQ(io_uring_register(fd, IORING_REGISTER_EVENTFD, (void *)-4096, 1), -EFAULT);
	CHECK_EQ(io_uring_register(fd, IORING_UNREGISTER_EVENTFD, &event, 1), -EINVAL);
	CHECK_EQ(io_uring_register(fd, 1000, NULL, 0), -EINVAL);
	close(file);
	close(event);
}

int main(void)
{
	ring_make(&ring, 8);
	check_probe();
	check_eventfd();
	check_refused();
	io_uring_queue_exit(&ring);
	return check_done();
}
