/* timerfd.c - timers that are files: relative and absolute, once and again and again, how often they have expired,
 * readers and pollers that wait, what is told of them, and what is refused.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct itimerspec times(u64 value_ns, u64 interval_ns)
{
	return (struct itimerspec){
		.it_value = { (time_t)(value_ns / NS_PER_S), (long)(value_ns % NS_PER_S) },
		.it_interval = { (time_t)(interval_ns / NS_PER_S), (long)(interval_ns % NS_PER_S) },
	};
}

static void set(int fd, int flags, u64 value_ns, u64 interval_ns)
{
	struct itimerspec new = times(value_ns, interval_ns);

	CHECK_OK(timerfd_settime(fd, flags, &new, NULL));
}

static u64 expirations(int fd)
{
	u64 count = 0;

	CHECK_EQ(read(fd, &count, sizeof(count)), sizeof(count));
	return count;
}

static void check_once(clockid_t clock)
{
	int fd = (int)REQUIRE_OK(timerfd_create(clock, TFD_CLOEXEC));
	u64 begin = clock_ns(clock), count;
	struct itimerspec now;

	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	set(fd, 0, 5 * NS_PER_MS, 0);
	CHECK_EQ(expirations(fd), 1);
	CHECK(clock_ns(clock) >= begin + 5 * NS_PER_MS);
	CHECK_OK(timerfd_gettime(fd, &now));
	CHECK_EQ(timespec_ns(&now.it_value), 0);

	begin = clock_ns(clock);
	set(fd, TFD_TIMER_ABSTIME, begin + 5 * NS_PER_MS, 0);
	CHECK_EQ(expirations(fd), 1);
	CHECK(clock_ns(clock) >= begin + 5 * NS_PER_MS);
	set(fd, TFD_TIMER_ABSTIME, 1, 0); /* long ago */
	CHECK_EQ(expirations(fd), 1);

	CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	CHECK_ERRNO(read(fd, &count, 8), EAGAIN);
	set(fd, 0, 3600 * (u64)NS_PER_S, 0);
	CHECK_ERRNO(read(fd, &count, 8), EAGAIN);
	CHECK_OK(close(fd));
}

static void check_interval(void)
{
	int fd = (int)REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, 0));
	u64 begin = clock_ns(CLOCK_MONOTONIC), count = 0;
	struct itimerspec now, before, never = times(0, 0);

	set(fd, 0, NS_PER_MS, 2 * NS_PER_MS);
	while (count < 5)
		count += expirations(fd);
	/* the n-th is at 1 + 2 (n - 1) ms; no more can have expired than there was time for */
	CHECK(clock_ns(CLOCK_MONOTONIC) - begin >= (2 * count - 1) * NS_PER_MS);
	sleep_ms(7);
	CHECK(expirations(fd) >= 3);
	CHECK_OK(timerfd_gettime(fd, &now));
	CHECK_EQ(timespec_ns(&now.it_interval), 2 * NS_PER_MS);
	CHECK(timespec_ns(&now.it_value) <= 2 * NS_PER_MS && timespec_ns(&now.it_value));
	CHECK_OK(timerfd_settime(fd, 0, &never, &before));
	CHECK_EQ(timespec_ns(&before.it_interval), 2 * NS_PER_MS);
	CHECK_OK(timerfd_gettime(fd, &now));
	CHECK_EQ(timespec_ns(&now.it_value), 0);
	CHECK_OK(close(fd));
}

/* Who reads late does not move what comes next: it is still at the first time and a number of intervals. */
static void check_grid(void)
{
	enum { INTERVAL = 20 * NS_PER_MS };
	int fd = (int)REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, 0));
	u64 first = clock_ns(CLOCK_MONOTONIC) + NS_PER_MS, begin, end, at;
	struct itimerspec now;

	set(fd, TFD_TIMER_ABSTIME, first, INTERVAL);
	for (int i = 0; i < 4; i++) {
		expirations(fd);
		sleep_ms(INTERVAL / NS_PER_MS + 7);
		expirations(fd);
		begin = clock_ns(CLOCK_MONOTONIC);
		CHECK_OK(timerfd_gettime(fd, &now));
		end = clock_ns(CLOCK_MONOTONIC);
		at = timespec_ns(&now.it_value); /* from some moment between the two */
		CHECK((begin + at - first) % INTERVAL + (end - begin) >= INTERVAL ||
		      (begin + at - first) % INTERVAL == 0);
	}
	CHECK_OK(close(fd));
}

static void check_poll(void)
{
	int fd = (int)REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };

	CHECK_EQ(poll(&poll_fd, 1, 0), 0);
	set(fd, 0, 4 * NS_PER_MS, 4 * NS_PER_MS);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(poll(&poll_fd, 1, -1), 1);
		CHECK_EQ(poll_fd.revents, POLLIN);
		CHECK(expirations(fd) >= 1);
	}
	set(fd, 0, 0, 0);
	CHECK_EQ(poll(&poll_fd, 1, 6), 0);
	CHECK_OK(close(fd));
}

static void *read_one(void *argument)
{
	CHECK_EQ(expirations(*(int *)argument), 1);
	return NULL;
}

/* A reader waits while the timer is not set, or set to another time. */
static void check_reset(void)
{
	int fd = (int)REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, 0));
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, read_one, &fd));
	sleep_ms(2);
	set(fd, 0, 3600 * (u64)NS_PER_S, 0);
	sleep_ms(2);
	set(fd, 0, 1, 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	set(fd, 0, 3600 * (u64)NS_PER_S, 0); /* closed while it is set */
	CHECK_OK(close(fd));
	for (int i = 0; i < 50; i++) {
		fd = (int)REQUIRE_OK(timerfd_create(CLOCK_MONOTONIC, 0));
		set(fd, 0, (u64)i * 20000, 1000);
		CHECK_OK(close(fd));
	}
}

static void check_refused(void)
{
	int fd = (int)REQUIRE_OK(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK)), other = eventfd(0, 0);
	struct itimerspec good = times(NS_PER_S, 0), bad = good;
	u64 count;

	CHECK_ERRNO(timerfd_create(77, 0), EINVAL);
	CHECK_ERRNO(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
	CHECK_ERRNO(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
	CHECK_ERRNO(timerfd_settime(fd, 8, &good, NULL), EINVAL);
	CHECK_ERRNO(timerfd_settime(fd, 0, (void *)-4096, NULL), EFAULT);
	CHECK_ERRNO(timerfd_settime(fd, 0, &good, (void *)-4096), EFAULT);
	CHECK_ERRNO(timerfd_gettime(fd, (void *)-4096), EFAULT);
	bad.it_value.tv_nsec = NS_PER_S;
	CHECK_ERRNO(timerfd_settime(fd, 0, &bad, NULL), EINVAL);
	bad = good;
	bad.it_interval.tv_sec = -1;
	CHECK_ERRNO(timerfd_settime(fd, 0, &bad, NULL), EINVAL);
	CHECK_ERRNO(timerfd_settime(other, 0, &good, NULL), EINVAL);
	CHECK_ERRNO(timerfd_settime(-1, 0, &good, NULL), EBADF);
	CHECK_ERRNO(timerfd_gettime(other, &good), EINVAL);
	CHECK_ERRNO(read(fd, &count, 7), EINVAL);
	CHECK_ERRNO(write(fd, &count, 8), EINVAL);
	CHECK_OK(close(other));
	CHECK_OK(close(fd));
}

int main(void)
{
	check_once(CLOCK_MONOTONIC);
	check_once(CLOCK_REALTIME);
	check_once(CLOCK_BOOTTIME);
	check_interval();
	check_grid();
	check_poll();
	check_reset();
	check_refused();
	return check_done();
}
