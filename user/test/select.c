/* select.c - pselect6: which bits are answered, timeouts and what is left of them, signal masks, what is refused. And
 * the signal mask of io_uring_enter, which is the same thing for a wait for completions.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static fd_set set_of(int a, int b)
{
	fd_set set;

	FD_ZERO(&set);
	if (a >= 0)
		FD_SET(a, &set);
	if (b >= 0)
		FD_SET(b, &set);
	return set;
}

static void check_bits(void)
{
	struct timeval no_time = { 0 };
	int ends[2], event = (int)REQUIRE_OK(eventfd(0, 0)), high;
	fd_set in, out, except;

	REQUIRE_OK(pipe(ends));
	in = set_of(ends[0], event);
	out = set_of(ends[1], event);
	except = set_of(ends[0], ends[1]);
	CHECK_EQ(select(ends[1] + 1, &in, &out, &except, &no_time), 2);
	CHECK(!FD_ISSET(ends[0], &in) && !FD_ISSET(event, &in));
	CHECK(FD_ISSET(ends[1], &out) && FD_ISSET(event, &out));
	CHECK(!FD_ISSET(ends[0], &except) && !FD_ISSET(ends[1], &except));
	REQUIRE_EQ(write(ends[1], "x", 1), 1);
	CHECK_OK(eventfd_write(event, 1));
	in = set_of(ends[0], event);
	out = set_of(event, -1);
	CHECK_EQ(select(FD_SETSIZE, &in, &out, NULL, NULL), 3);
	CHECK(FD_ISSET(ends[0], &in) && FD_ISSET(event, &in) && FD_ISSET(event, &out));
	/* what is not below the first argument is not looked at */
	in = set_of(ends[0], event);
	CHECK_EQ(select((ends[0] < event ? ends[0] : event) + 1, &in, NULL, NULL, &no_time), 1);
	/* the end of a pipe can be read without waiting; writing nowhere, too */
	high = (int)REQUIRE_OK(fcntl(ends[0], F_DUPFD, 700));
	close(ends[0]);
	close(ends[1]);
	in = set_of(high, -1);
	CHECK_EQ(select(high + 1, &in, NULL, NULL, NULL), 1);
	CHECK(FD_ISSET(high, &in));
	close(high);
	REQUIRE_OK(pipe(ends));
	close(ends[0]);
	out = set_of(ends[1], -1);
	CHECK_EQ(select(ends[1] + 1, NULL, &out, NULL, NULL), 1);
	close(ends[1]);
	in = set_of(high, -1); /* it is closed */
	CHECK_ERRNO(select(high + 1, &in, NULL, NULL, &no_time), EBADF);
	CHECK(FD_ISSET(high, &in)); /* after an error the sets are as they were */
	close(event);
}

static void check_time(void)
{
	struct timespec before, after, time = { 0, 20000000 };
	int event = (int)REQUIRE_OK(eventfd(0, 0));
	fd_set in = set_of(event, -1);
	struct timeval rest = { 5, 0 };

	CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &before));
	CHECK_EQ(pselect(event + 1, &in, NULL, NULL, &time, NULL), 0);
	CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &after));
	CHECK(!FD_ISSET(event, &in));
	CHECK((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec >= 20000000);
	CHECK_EQ(pselect(0, NULL, NULL, NULL, &time, NULL), 0);
	CHECK_OK(eventfd_write(event, 1));
	in = set_of(event, -1);
	CHECK_EQ(select(event + 1, &in, NULL, NULL, &rest), 1);
	CHECK(rest.tv_sec < 5 && rest.tv_sec >= 0); /* Linux tells what is left */
	time.tv_nsec = 1000000000;
	CHECK_ERRNO(pselect(event + 1, &in, NULL, NULL, &time, NULL), EINVAL);
	CHECK_ERRNO(select(-1, &in, NULL, NULL, &rest), EINVAL);
	CHECK_ERRNO(syscall(SYS_pselect6, event + 1, 16, NULL, NULL, NULL, NULL), EFAULT);
	close(event);
}

static volatile u32 handled;

static void on_signal(int signal)
{
	(void)signal;
	handled++;
}

static bool is_blocked(int signal)
{
	sigset_t now;

	CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &now));
	return sigismember(&now, signal);
}

/* A blocked signal that is pending comes through a mask that lets it; afterwards the old mask is back. */
static void check_mask(void)
{
	sigset_t none, all;
	struct {
		const void *set;
		size_t bytes;
	} wrong = { &none, 4 };

	sigemptyset(&none);
	sigfillset(&all);
	handled = 0;
	CHECK_OK(raise(SIGUSR1));
	CHECK_EQ(handled, 0);
	CHECK_ERRNO(pselect(0, NULL, NULL, NULL, NULL, &none), EINTR);
	CHECK_EQ(handled, 1);
	CHECK(is_blocked(SIGUSR1));
	CHECK_ERRNO(syscall(SYS_pselect6, 0, NULL, NULL, NULL, NULL, &wrong), EINVAL);
	CHECK_EQ(handled, 1);
}

/* --- io_uring_enter --- */

enum { GETEVENTS = IORING_ENTER_GETEVENTS };

static long enter(struct io_uring *ring, unsigned submit, unsigned wait, unsigned flags, const void *argument,
		  size_t bytes)
{
	return syscall(SYS_io_uring_enter, ring->ring_fd, submit, wait, flags, argument, bytes);
}

static void check_ring(void)
{
	struct __kernel_timespec soon = { 0, 1000000 };
	struct io_uring_getevents_arg argument = { 0 };
	sigset_t none, all;
	struct io_uring ring;

	sigemptyset(&none);
	sigfillset(&all);
	ring_make(&ring, 8);
	handled = 0;
	CHECK_OK(raise(SIGUSR1));
	CHECK_ERRNO(enter(&ring, 0, 1, GETEVENTS, &none, 8), EINTR);
	CHECK_EQ(handled, 1);
	CHECK(is_blocked(SIGUSR1));
	CHECK_ERRNO(enter(&ring, 0, 1, GETEVENTS, &none, 4), EINVAL);
	CHECK_ERRNO(enter(&ring, 0, 1, GETEVENTS, (void *)16, 8), EFAULT);
	/* what is there is told at once, and no signal comes through */
	CHECK_OK(raise(SIGUSR1));
	io_uring_prep_nop(ring_sqe(&ring));
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK_EQ(enter(&ring, 0, 1, GETEVENTS, &none, 8), 0);
	CHECK_EQ(handled, 1);
	ring_reap(&ring);
	/* the struct */
	argument.sigmask = (u64)&none;
	argument.sigmask_sz = 8;
	CHECK_ERRNO(enter(&ring, 0, 1, GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof(argument)), EINTR);
	CHECK_EQ(handled, 2);
	CHECK(is_blocked(SIGUSR1));
	/* a mask that keeps out what comes; the time ends the wait */
	CHECK_OK(raise(SIGUSR1));
	argument.sigmask = (u64)&all;
	argument.ts = (u64)&soon;
	CHECK_ERRNO(enter(&ring, 0, 1, GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof(argument)), ETIME);
	CHECK_EQ(handled, 2);
	argument.sigmask = (u64)&none;
	CHECK_ERRNO(enter(&ring, 0, 1, GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof(argument)), EINTR);
	CHECK_EQ(handled, 3);
	argument.sigmask_sz = 16;
	CHECK_ERRNO(enter(&ring, 0, 1, GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof(argument)), EINVAL);
	CHECK(is_blocked(SIGUSR1));
	io_uring_queue_exit(&ring);
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	CHECK_OK(sigprocmask(SIG_BLOCK, &usr1, NULL));
	check_bits();
	check_time();
	check_mask();
	check_ring();
	return check_done();
}
