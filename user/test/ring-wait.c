/* ring-wait.c - waiting in io_uring_enter: for a number of completions, for a time (EXT_ARG), while another thread
 * makes them happen; and the arguments that are refused.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/clock.h"
#include "user/test/ring.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct io_uring ring;
static int event;

static struct __kernel_timespec ms(unsigned count)
{
	return (struct __kernel_timespec){ .tv_nsec = (long long)count * NS_PER_MS };
}

static void prepare_timeout(const struct __kernel_timespec *time, u64 user_data)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_timeout(sqe, time, 0, 0);
	io_uring_sqe_set_data64(sqe, user_data);
}

static void check_time(void)
{
	struct __kernel_timespec limit = ms(10), zero = ms(0), later = ms(3);
	struct io_uring_cqe *cqe;
	u64 begin = clock_ns(CLOCK_MONOTONIC);

	CHECK_EQ(io_uring_wait_cqe_timeout(&ring, &cqe, &limit), -ETIME);
	CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + 10 * NS_PER_MS);
	CHECK_EQ(io_uring_wait_cqe_timeout(&ring, &cqe, &zero), -ETIME);

	limit.tv_sec = 1000; /* something comes before it is over */
	prepare_timeout(&later, 5);
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK_EQ(io_uring_wait_cqe_timeout(&ring, &cqe, &limit), 0);
	CHECK_EQ(cqe->user_data, 5);
	io_uring_cqe_seen(&ring, cqe);

	io_uring_prep_nop(ring_sqe(&ring));
	REQUIRE_EQ(io_uring_submit_and_wait_timeout(&ring, &cqe, 1, &limit, NULL), 1);
	io_uring_cqe_seen(&ring, cqe);
	limit = ms(5); /* one of two: the time is over, the one is there */
	io_uring_prep_nop(ring_sqe(&ring));
	REQUIRE_EQ(io_uring_submit_and_wait_timeout(&ring, &cqe, 2, &limit, NULL), -ETIME);
	CHECK_EQ(io_uring_cq_ready(&ring), 1);
	io_uring_cq_advance(&ring, 1);
}

static void *write_later(void *unused)
{
	for (int i = 0; i < 3; i++) {
		sleep_ms(3);
		CHECK_OK(eventfd_write(event, 1));
	}
	return unused;
}

/* We sleep in enter while another thread completes the requests: until as many are there as asked for. (No timeouts
 * here: in Linux one that fires ends the wait of whoever sleeps on the ring.) */
static void check_number(void)
{
	struct io_uring_cqe *cqe;
	pthread_t thread;
	u64 values[3];

	event = (int)REQUIRE_OK(eventfd(0, EFD_SEMAPHORE));
	for (u64 i = 0; i < 3; i++)
		io_uring_prep_read(ring_sqe(&ring), event, &values[i], 8, -1ull);
	REQUIRE_EQ(io_uring_submit(&ring), 3);
	REQUIRE(!pthread_create(&thread, NULL, write_later, NULL));
	REQUIRE_EQ(io_uring_submit_and_wait(&ring, 2), 0);
	CHECK(io_uring_cq_ready(&ring) >= 2);
	CHECK_EQ(io_uring_wait_cqe_nr(&ring, &cqe, 3), 0);
	CHECK_EQ(io_uring_cq_ready(&ring), 3);
	CHECK_EQ(io_uring_wait_cqe_nr(&ring, &cqe, 3), 0); /* they are there: no waiting */
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(ring_reap(&ring).res, 8);
		CHECK_EQ(values[i], 1);
	}
	CHECK_EQ(io_uring_wait_cqe_nr(&ring, &cqe, 0), 0);
	CHECK(cqe == NULL);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	close(event);
}

static void check_refused(void)
{
	struct __kernel_timespec too_many = { .tv_nsec = NS_PER_S };
	struct io_uring_getevents_arg arg = { 0 };
	unsigned fd = (unsigned)ring.ring_fd, flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;

	CHECK_EQ(io_uring_enter2(fd, 0, 1, flags, &arg, sizeof(arg) - 1), -EINVAL);
	CHECK_EQ(io_uring_enter2(fd, 0, 1, flags, (void *)-4096, sizeof(arg)), -EFAULT);
	CHECK_EQ(io_uring_enter2(fd, 0, 1, flags, NULL, sizeof(arg)), -EFAULT);
	arg.ts = -4096ull;
	CHECK_EQ(io_uring_enter2(fd, 0, 1, flags, &arg, sizeof(arg)), -EFAULT);
	arg.ts = (uintptr_t)&too_many;
	CHECK(io_uring_enter2(fd, 0, 1, flags, &arg, sizeof(arg)) < 0);
	io_uring_prep_nop(ring_sqe(&ring)); /* all is well after that */
	REQUIRE_EQ(io_uring_submit_and_wait(&ring, 1), 1);
	CHECK_EQ(ring_reap(&ring).res, 0);
}

int main(void)
{
	ring_make(&ring, 8);
	check_number();
	check_time();
	check_refused();
	io_uring_queue_exit(&ring);
	return check_done();
}
