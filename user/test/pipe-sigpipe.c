/* pipe-sigpipe.c - writing to a pipe that nobody reads, with SIGPIPE ignored.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/test/clock.h"
#include "user/test/ring.h"

#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int shared[2];
static bool writer_ended;

static void *write_too_much(void *unused)
{
	static char bytes[100000];

	/* the reader leaves when the pipe is full: what was put counts */
	REQUIRE_EQ(write(shared[1], bytes, sizeof(bytes)), 65536);
	store_release(&writer_ended, true); /* or it was cut short, and nobody shall wait for a full pipe */
	CHECK_ERRNO(write(shared[1], bytes, 1), EPIPE);
	return unused;
}

/* The last reader goes while somebody waits for room. */
static void check_writer_left_alone(void)
{
	pthread_t writer;
	int bytes = 0;

	REQUIRE_OK(pipe(shared));
	signal(SIGPIPE, SIG_IGN);
	REQUIRE(!pthread_create(&writer, NULL, write_too_much, NULL));
	while (bytes < 65536 && !load_acquire(&writer_ended)) {
		sleep_ms(1);
		REQUIRE_OK(ioctl(shared[0], FIONREAD, &bytes));
	}
	close(shared[0]);
	CHECK_EQ(pthread_join(writer, NULL), 0);
	close(shared[1]);
}

static void check_ring(void)
{
	struct io_uring_sqe *sqe;
	struct io_uring ring;

	ring_make(&ring, 4);
	REQUIRE_OK(pipe(shared));
	close(shared[0]);
	sqe = ring_sqe(&ring);
	io_uring_prep_write(sqe, shared[1], "x", 1, (u64)-1);
	CHECK_EQ(ring_run(&ring, sqe), -EPIPE);
	close(shared[1]);
	io_uring_queue_exit(&ring);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	check_writer_left_alone();
	check_ring();
	return check_done();
}
