/* uintr.c - user interrupts: delivered while the thread runs, is ready, or is blocked; masked and unmasked; with the
 * registers of the interrupted code kept; from a thread, an eventfd's place, and a ring.
 *
 * uintr-direct.c runs the same without the kernel.
 *
 * oracle: none
 */
#ifndef FLAGS
#define FLAGS 0
#endif

#include "user/lib/uintr.h"

#include "user/lib/uring.h"
#include "user/test/asleep.h"
#include "user/test/check.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

static u64 seen;    /* all vectors that were delivered to the thread under test */
static u64 calls;   /* how often its handler ran */
static bool inside; /* the handler found itself running already */

static void handler(u64 vectors)
{
	static u32 depth;

	if (depth++)
		inside = true;
	CHECK(!uintr_testui());
	atomic_or(&seen, vectors);
	atomic_add(&calls, 1);
	depth--;
}

static void reset(void)
{
	store_relaxed(&seen, 0ul);
	store_relaxed(&calls, 0ul);
}

/* --- sending to oneself --- */

static void check_self(void)
{
	int fd = REQUIRE_OK(uintr_create_fd(5)), index = CHECK_OK(uintr_register_sender(fd));

	reset();
	REQUIRE_OK(senduipi(index));
	CHECK_EQ(load_relaxed(&seen), BIT(5));
	CHECK_EQ(load_relaxed(&calls), 1);
	CHECK_OK(uintr_unregister_sender(index));
	close(fd);
	CHECK_EQ(senduipi(index), -EBADF);
}

/* Masked: nothing is delivered; unmasked: all that was posted, as one set. */
static void check_masked(void)
{
	int a = REQUIRE_OK(uintr_create_fd(0)), b = CHECK_OK(uintr_create_fd(63));

	reset();
	uintr_clui();
	CHECK(!uintr_testui());
	REQUIRE_OK(senduipi(a));
	REQUIRE_OK(senduipi(b));
	REQUIRE_OK(senduipi(a));
	getppid();
	CHECK_EQ(load_relaxed(&calls), 0);
	uintr_stui();
	CHECK_EQ(load_relaxed(&calls), 1);
	CHECK_EQ(load_relaxed(&seen), BIT(0) | BIT(63));
	CHECK(uintr_testui());
	close(a);
	close(b);
}

/* uintr_wait returns at once when something is pending, and does not deliver while masked. */
static void check_wait_pending(void)
{
	int fd = REQUIRE_OK(uintr_create_fd(7));

	reset();
	uintr_clui();
	REQUIRE_OK(senduipi(fd));
	CHECK_OK(uintr_wait());
	CHECK_EQ(load_relaxed(&calls), 0);
	uintr_stui();
	CHECK_EQ(load_relaxed(&seen), BIT(7));
	close(fd);
}

/* --- another thread sends --- */

static int target_fd;
static u32 delay_us;

static void *send_once(void *unused)
{
	usleep(delay_us);
	REQUIRE_OK(senduipi(target_fd));
	return unused;
}

static pthread_t start_sender(int fd, u32 delay)
{
	pthread_t thread;

	target_fd = fd;
	delay_us = delay;
	REQUIRE(!pthread_create(&thread, NULL, send_once, NULL));
	return thread;
}

static void check_running(void)
{
	int fd = REQUIRE_OK(uintr_create_fd(1));
	pthread_t thread;

	reset();
	thread = start_sender(fd, 2000);
	while (!load_relaxed(&seen))
		; /* no system call at all: the interrupt comes into the loop */
	CHECK_EQ(load_relaxed(&seen), BIT(1));
	pthread_join(thread, NULL);
	close(fd);
}

static void check_waiting(void)
{
	int fd = REQUIRE_OK(uintr_create_fd(2));
	pthread_t thread;

	reset();
	thread = start_sender(fd, 2000);
	uintr_clui();
	while (!load_relaxed(&seen)) {
		CHECK_OK(uintr_wait());
		uintr_stui();
		uintr_clui();
	}
	uintr_stui();
	CHECK_EQ(load_relaxed(&calls), 1);
	pthread_join(thread, NULL);
	close(fd);
}

/* Not before the first thread waits: its handler would have run then, and nothing would end its wait. */
static void *send_to_sleeper(void *fd)
{
	wait_until_asleep(getpid(), getpid());
	REQUIRE_OK(senduipi(*(int *)fd));
	return NULL;
}

/* A read that waits ends with EINTR after the handler has run; masked, it goes on waiting. */
static void check_blocked(void)
{
	int fd = REQUIRE_OK(uintr_create_fd(3)), event = REQUIRE_OK(eventfd(0, 0));
	pthread_t thread;
	u64 value;

	reset();
	REQUIRE(!pthread_create(&thread, NULL, send_to_sleeper, &fd));
	CHECK_ERRNO(read(event, &value, sizeof(value)), EINTR);
	CHECK_EQ(load_relaxed(&seen), BIT(3));
	pthread_join(thread, NULL);

	reset();
	uintr_clui();
	thread = start_sender(fd, 2000);
	CHECK_EQ(poll(&(struct pollfd){ .fd = event, .events = POLLIN }, 1, 20), 0);
	pthread_join(thread, NULL);
	CHECK_EQ(load_relaxed(&calls), 0);
	uintr_stui();
	CHECK_EQ(load_relaxed(&seen), BIT(3));
	close(event);
	close(fd);
}

/* --- registers --- */

/* Sums in integer and floating-point registers come out right although interrupts fall into them. */
static void check_registers(void)
{
	enum { ROUNDS = 200 };
	int fd = REQUIRE_OK(uintr_create_fd(4));
	double x = 0;
	u64 n = 0;

	reset();
	for (int i = 1; i <= ROUNDS; i++) {
		x += i * 0.5;
		n = n * 3 + (u64)i;
		senduipi(fd);
		n ^= (u64)x;
	}
	CHECK_EQ(load_relaxed(&calls), ROUNDS);
	CHECK(x == ROUNDS * (ROUNDS + 1) * 0.25);
	CHECK(n != 0);
	close(fd);
}

/* --- nested --- */

enum { DEEPEST = 4 };

static int nested_index;
static u32 depth, deepest, nested_calls;

/* Each of the first ones sends the next, lets it in, and finds its own frame as it was. */
static void nesting_handler(u64 vectors)
{
	volatile u64 room[32];

	for (u32 i = 0; i < 32; i++)
		room[i] = depth;
	CHECK_EQ(vectors, BIT(11));
	nested_calls++;
	if (++depth > deepest)
		deepest = depth;
	if (nested_calls == depth && depth < DEEPEST) {
		CHECK_OK(senduipi(nested_index));
		CHECK_EQ(nested_calls, depth); /* masked until here */
		uintr_stui();
		for (u32 tries = 0; load_relaxed(&nested_calls) < DEEPEST && tries < 1000000; tries++)
			cpu_relax();
		uintr_clui();
	}
	depth--;
	for (u32 i = 0; i < 32; i++)
		CHECK_EQ(room[i], depth);
}

static void check_nested(void)
{
	int fd;

	CHECK_OK(uintr_unregister_handler());
	REQUIRE(!uintr_register_handler(nesting_handler, FLAGS));
	fd = REQUIRE_OK(uintr_create_fd(11));
	nested_index = CHECK_OK(uintr_register_sender(fd));
	CHECK_OK(senduipi(nested_index));
	while (load_relaxed(&nested_calls) < DEEPEST)
		cpu_relax();
	CHECK_EQ(deepest, DEEPEST);
	CHECK_EQ(depth, 0);
	CHECK(uintr_testui());
	CHECK_OK(uintr_unregister_sender(nested_index));
	close(fd);
	CHECK_OK(uintr_unregister_handler());
	REQUIRE(!uintr_register_handler(handler, FLAGS));
}

/* --- rings --- */

/* Every completion rings; none is lost between the look and the wait. */
static void check_ring(void)
{
	enum { ROUNDS = 50 };
	int fd = REQUIRE_OK(uintr_create_fd(9)), event = CHECK_OK(eventfd(0, 0));
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	u64 value = 0, one = 1;

	REQUIRE(!io_uring_queue_init(8, &ring, 0));
	CHECK_EQ(io_uring_register_eventfd(&ring, fd), 0);
	reset();
	for (int i = 0; i < ROUNDS; i++) {
		io_uring_prep_read(io_uring_get_sqe(&ring), event, &value, sizeof(value), 0);
		REQUIRE_EQ(io_uring_submit(&ring), 1);
		CHECK_EQ(write(event, &one, sizeof(one)), 8);
		while (io_uring_peek_cqe(&ring, &cqe)) {
			uintr_clui();
			if (!io_uring_cq_ready(&ring))
				CHECK_OK(uintr_wait());
			uintr_stui();
		}
		CHECK_EQ(cqe->res, 8);
		io_uring_cqe_seen(&ring, cqe);
	}
	uintr_clui();
	uintr_stui();
	CHECK_EQ(load_relaxed(&seen), BIT(9));
	CHECK(load_relaxed(&calls) > 0 && load_relaxed(&calls) <= ROUNDS);
	CHECK(!io_uring_unregister_eventfd(&ring));
	io_uring_queue_exit(&ring);
	close(event);
	close(fd);
}

/* --- what is refused --- */

static void check_errors(void)
{
	int event = (int)REQUIRE_OK(eventfd(0, 0));

	CHECK_EQ(uintr_create_fd(64), -EINVAL);
	CHECK_EQ(uintr_register_sender(event), -EINVAL);
	CHECK_EQ(uintr_register_sender(-1), -EBADF);
	CHECK_EQ(uintr_register_handler(handler, FLAGS), -EBUSY);
	CHECK_EQ(senduipi(event), -EINVAL);
	close(event);
}

/* After unregistering, what is posted goes nowhere and harms nobody. */
static void check_unregistered(void)
{
	int fd = REQUIRE_OK(uintr_create_fd(6));

	reset();
	CHECK_OK(uintr_unregister_handler());
	REQUIRE_OK(senduipi(fd));
	CHECK_EQ(load_relaxed(&calls), 0);
	CHECK_EQ(uintr_create_fd(1), -EINVAL);
	CHECK_EQ(uintr_wait(), -EINVAL);
	CHECK_EQ(uintr_unregister_handler(), -EINVAL);
	close(fd);
}

int main(void)
{
	REQUIRE(!uintr_register_handler(handler, FLAGS));
	CHECK(FLAGS || !uintr_is_direct());
	check_self();
	check_masked();
	check_wait_pending();
	check_running();
	check_waiting();
	check_blocked();
	check_registers();
	check_nested();
	check_ring();
	check_errors();
	check_unregistered();
	CHECK(!inside);
	return check_done();
}
