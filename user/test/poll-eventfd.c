/* poll-eventfd.c - ppoll: what is ready at once, what becomes ready, time limits, descriptors that are none, many at
 * once.
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
#include <sys/syscall.h>
#include <unistd.h>

static int poll_ms(struct pollfd *fds, nfds_t count, long ms)
{
	struct timespec limit = { ms / 1000, ms % 1000 * NS_PER_MS };

	return ppoll(fds, count, ms < 0 ? NULL : &limit, NULL);
}

static void check_ready(void)
{
	struct pollfd fds[2];
	int fd = (int)REQUIRE_OK(eventfd(0, EFD_NONBLOCK)), file = (int)REQUIRE_OK(open("/dev/zero", O_RDONLY));

	fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN | POLLOUT, .revents = -1 };
	CHECK_EQ(poll_ms(fds, 1, -1), 1);
	CHECK_EQ(fds[0].revents, POLLOUT);
	CHECK_OK(eventfd_write(fd, 0xfffffffffffffffe));
	CHECK_EQ(poll_ms(fds, 1, 0), 1);
	CHECK_EQ(fds[0].revents, POLLIN); /* full: nothing can be written */

	fds[0].events = POLLOUT;
	fds[1] = (struct pollfd){ .fd = file, .events = POLLIN | POLLOUT };
	CHECK_EQ(poll_ms(fds, 2, 1000), 1);
	CHECK_EQ(fds[0].revents, 0);
	CHECK(fds[1].revents & POLLIN);
	fds[0].events = POLLIN;
	CHECK_EQ(poll_ms(fds, 2, -1), 2);
	close(fd);
	close(file);
}

static void check_none(void)
{
	int fd = (int)REQUIRE_OK(eventfd(0, 0));
	struct pollfd fds[3] = { { fd, POLLIN, -1 }, { -1, POLLIN, -1 }, { fd, 0, -1 } };
	u64 begin = clock_ns(CLOCK_MONOTONIC);

	CHECK_EQ(poll_ms(fds, 3, 0), 0);
	CHECK_EQ(fds[0].revents | fds[1].revents | fds[2].revents, 0);
	CHECK_EQ(poll_ms(fds, 3, 15), 0);
	CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + 15 * NS_PER_MS);
	CHECK_EQ(poll_ms(NULL, 0, 5), 0);
	CHECK(clock_ns(CLOCK_MONOTONIC) >= begin + 20 * NS_PER_MS);
	fds[1].fd = 999;
	CHECK_EQ(poll_ms(fds, 3, -1), 1);
	CHECK_EQ(fds[1].revents, POLLNVAL);
	close(fd);
}

static int shared[40];

static void *write_later(void *argument)
{
	sleep_ms(5);
	CHECK_OK(eventfd_write(shared[(uintptr_t)argument], 1));
	return NULL;
}

/* One of many becomes ready while we wait. */
static void check_wake(void)
{
	struct pollfd fds[ARRAY_SIZE(shared)];
	pthread_t thread;

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		shared[i] = (int)REQUIRE_OK(eventfd(0, 0));
		fds[i] = (struct pollfd){ .fd = shared[i], .events = POLLIN };
	}
	for (size_t i = 0; i < ARRAY_SIZE(shared); i += 13) {
		eventfd_t value;

		REQUIRE(!pthread_create(&thread, NULL, write_later, (void *)i));
		CHECK_EQ(poll_ms(fds, ARRAY_SIZE(shared), -1), 1);
		for (size_t k = 0; k < ARRAY_SIZE(shared); k++)
			CHECK_EQ(fds[k].revents, k == i ? POLLIN : 0);
		CHECK_OK(eventfd_read(shared[i], &value));
		CHECK_EQ(pthread_join(thread, NULL), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		close(shared[i]);
}

static void check_refused(void)
{
	struct timespec negative = { -1, 0 }, too_many = { 0, NS_PER_S };
	struct pollfd fds = { .fd = -1 };

	CHECK_ERRNO(ppoll(&fds, 1, &negative, NULL), EINVAL);
	CHECK_ERRNO(ppoll(&fds, 1, &too_many, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_ppoll, &fds, 1, (void *)-4096, NULL, 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_ppoll, (void *)-4096, 1, NULL, NULL, 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_ppoll, &fds, 1u << 30, NULL, NULL, 8), EINVAL);
}

int main(void)
{
	check_ready();
	check_none();
	check_wake();
	check_refused();
	return check_done();
}
