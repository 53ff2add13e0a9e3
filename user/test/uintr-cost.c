/* uintr-cost.c - what others pay for a thread that takes its interrupts itself, and for a doorbell: something while
 * they live, nothing any more once they are gone.
 *
 * machines: smp=1 aia h icount
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/byte.h"
#include "user/test/clock.h"
#include "user/test/ring.h"
#include "user/test/uintr-seen.h"

#include <pthread.h>
#include <unistd.h>

enum { ROUNDS = 1000 };

static int there[2], back[2];

static void *answer(void *unused)
{
	char byte;

	while (byte_receive(there[0], &byte))
		REQUIRE_EQ(write(back[1], &byte, 1), 1);
	return unused;
}

/* Instructions for a byte there and back: four steps of the event loop. */
static u64 ping_pong(void)
{
	u64 began = clock_ns(CLOCK_MONOTONIC);
	char byte = 0;

	for (u32 i = 0; i < ROUNDS; i++) {
		REQUIRE_EQ(write(there[1], &byte, 1), 1);
		REQUIRE_EQ(read(back[0], &byte, 1), 1);
	}
	return (clock_ns(CLOCK_MONOTONIC) - began) / ROUNDS;
}

/* --- those that others pay for --- */

static pthread_barrier_t both;
static u32 over;
static int wake_fd;

static void *direct_thread(void *unused)
{
	direct();
	wake_fd = (int)REQUIRE_OK(uintr_create_fd(1));
	pthread_barrier_wait(&both);
	while (!load_acquire(&over))
		wait_seen();
	if (over == 1)
		REQUIRE(!uintr_unregister_handler());
	return unused;
}

/* One that unregisters, and one that just ends, with something pending. */
static u64 beside_direct_thread(u32 end)
{
	pthread_t thread;
	int index;
	u64 cost;

	store_release(&over, 0u);
	REQUIRE(!pthread_create(&thread, NULL, direct_thread, NULL));
	pthread_barrier_wait(&both);
	index = (int)REQUIRE_OK(uintr_register_sender(wake_fd));
	cost = ping_pong();
	store_release(&over, end);
	REQUIRE_OK(senduipi(index));
	REQUIRE_OK(senduipi(index));
	pthread_join(thread, NULL);
	CHECK_OK(senduipi(index));
	REQUIRE_OK(uintr_unregister_sender(index));
	close(wake_fd);
	return cost;
}

static u64 beside_doorbell(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL };
	struct io_uring ring;
	u64 cost;

	REQUIRE_OK(io_uring_queue_init_params(8, &ring, &params));
	REQUIRE_EQ(io_uring_register_doorbell(&ring), 0);
	while (!(load_acquire(ring.sq.kflags) & IORING_SQ_NEED_WAKEUP))
		usleep(100);
	cost = ping_pong();
	io_uring_queue_exit(&ring);
	usleep(10000); /* the poller ends */
	return cost;
}

static void check_gone(const char *what, u64 before, u64 beside)
{
	u64 after = ping_pong();

	if (!CHECK(after <= before + before / 100))
		check_note("%s: %lu instructions before, %lu beside it, %lu after", what, before, beside, after);
}

int main(void)
{
	pthread_t thread;
	u64 before;

	REQUIRE_OK(pipe(there));
	REQUIRE_OK(pipe(back));
	pthread_barrier_init(&both, NULL, 2);
	REQUIRE(!pthread_create(&thread, NULL, answer, NULL));
	ping_pong();
	before = ping_pong();
	check_gone("unregistered", before, beside_direct_thread(1));
	check_gone("ended", before, beside_direct_thread(2));
	check_gone("doorbell", before, beside_doorbell());
	close(there[1]);
	pthread_join(thread, NULL);
	return check_done();
}
