/* eventfd.c - a counter that is read and written: the two modes, overflow, waiting readers and writers, a reader
 * whose descriptor is closed while it waits.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const u64 most = 0xfffffffffffffffe;

static void check_counter(void)
{
	int fd = (int)REQUIRE_OK(eventfd(3, EFD_NONBLOCK));
	eventfd_t value;

	CHECK_OK(eventfd_write(fd, 4));
	CHECK_OK(eventfd_write(fd, 0));
	CHECK_OK(eventfd_read(fd, &value));
	CHECK_EQ(value, 7);
	CHECK_ERRNO(eventfd_read(fd, &value), EAGAIN);

	CHECK_OK(eventfd_write(fd, most));
	CHECK_ERRNO(eventfd_write(fd, 1), EAGAIN);
	CHECK_OK(eventfd_write(fd, 0));
	CHECK_ERRNO(eventfd_write(fd, most + 1), EINVAL);
	CHECK_OK(eventfd_read(fd, &value));
	CHECK_EQ(value, most);
	CHECK_OK(eventfd_write(fd, 1));
	close(fd);
}

static void check_semaphore(void)
{
	int fd = (int)REQUIRE_OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC));
	eventfd_t value;

	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(eventfd_read(fd, &value));
		CHECK_EQ(value, 1);
	}
	CHECK_ERRNO(eventfd_read(fd, &value), EAGAIN);
	close(fd);
}

static void check_refused(void)
{
	int fd = (int)REQUIRE_OK(eventfd(1, EFD_NONBLOCK));
	char bytes[16];

	CHECK_ERRNO(eventfd(0, 0x40), EINVAL);
	CHECK_ERRNO(read(fd, bytes, 7), EINVAL);
	CHECK_ERRNO(write(fd, bytes, 7), EINVAL);
	CHECK_EQ(read(fd, bytes, 16), 8);
	CHECK_ERRNO(read(fd, bytes, 0), EINVAL);
	CHECK_ERRNO(write(fd, (void *)-4096, 8), EFAULT);
	CHECK_ERRNO(pread(fd, bytes, 8, 0), ESPIPE);
	close(fd);
}

static int shared;
static u32 reads;

static void *read_one(void *unused)
{
	eventfd_t value;

	REQUIRE_OK(eventfd_read(shared, &value));
	CHECK_EQ(value, 1);
	atomic_add(&reads, 1);
	return unused;
}

/* Readers wait; each write lets one go (semaphore mode). */
static void check_readers(void)
{
	pthread_t threads[3];

	shared = (int)REQUIRE_OK(eventfd(0, EFD_SEMAPHORE));
	for (int i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, read_one, NULL));
	sleep_ms(3);
	CHECK_EQ(load_acquire(&reads), 0);
	CHECK_OK(eventfd_write(shared, 1));
	while (load_acquire(&reads) < 1)
		sleep_ms(1);
	sleep_ms(3);
	CHECK_EQ(load_acquire(&reads), 1);
	CHECK_OK(eventfd_write(shared, 2));
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	close(shared);
}

static void *write_one(void *unused)
{
	REQUIRE_OK(eventfd_write(shared, 5)); /* no room: waits */
	return unused;
}

static void check_writer(void)
{
	eventfd_t value;
	pthread_t thread;

	shared = (int)REQUIRE_OK(eventfd(0, 0));
	CHECK_OK(eventfd_write(shared, most));
	REQUIRE(!pthread_create(&thread, NULL, write_one, NULL));
	sleep_ms(3);
	CHECK_OK(eventfd_read(shared, &value));
	CHECK_EQ(value, most);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_OK(eventfd_read(shared, &value));
	CHECK_EQ(value, 5);
	close(shared);
}

/* Comes too late to read from the number, or gets what is written by way of another. */
static void *read_closed(void *unused)
{
	eventfd_t value = 1;

	CHECK(eventfd_read(shared, &value) == 0 || errno == EBADF);
	CHECK_EQ(value, 1);
	return unused;
}

/* The number goes, the file stays while somebody reads from it. */
static void check_closed(void)
{
	pthread_t thread;
	int other;

	shared = (int)REQUIRE_OK(eventfd(0, 0));
	other = (int)REQUIRE_OK(dup(shared));
	REQUIRE(!pthread_create(&thread, NULL, read_closed, NULL));
	sleep_ms(5);
	CHECK_OK(close(shared));
	CHECK_OK(eventfd_write(other, 1));
	CHECK_EQ(pthread_join(thread, NULL), 0);
	close(other);
}

int main(void)
{
	check_counter();
	check_semaphore();
	check_refused();
	check_readers();
	check_writer();
	check_closed();
	return check_done();
}
