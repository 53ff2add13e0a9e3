/* ring-threads.c - one ring for several threads, behind one lock: every request completes once, in whatever thread's
 * hands; and a ring for each thread at the same time.
 *
 * machines: all crowd
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/data.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

enum { THREADS = 4, EACH = 60, BYTES = 512 };

static struct io_uring shared;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static u32 completed[THREADS * EACH];
static u8 buffers[THREADS * EACH][BYTES];
static int fd;

static u64 place(u64 number)
{
	return number * 4001;
}

/* Take one completion, if there is any: with the lock held. */
static bool take_locked(void)
{
	struct io_uring_cqe *cqe;

	if (io_uring_peek_cqe(&shared, &cqe))
		return false;
	if (CHECK(cqe->user_data < ARRAY_SIZE(completed))) {
		CHECK_EQ(cqe->res, BYTES);
		CHECK_EQ(data_differs(SEED_DATA, buffers[cqe->user_data], BYTES, place(cqe->user_data)), -1);
		completed[cqe->user_data]++;
	}
	io_uring_cqe_seen(&shared, cqe);
	return true;
}

static void *share(void *argument)
{
	u64 first = (uintptr_t)argument * EACH;

	for (u64 number = first; number < first + EACH; number++) {
		struct io_uring_sqe *sqe;

		pthread_mutex_lock(&lock);
		sqe = ring_sqe(&shared);
		io_uring_prep_read(sqe, fd, buffers[number], BYTES, place(number));
		io_uring_sqe_set_data64(sqe, number);
		REQUIRE_EQ(io_uring_submit(&shared), 1);
		take_locked();
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *own(void *argument)
{
	struct io_uring ring;
	u8 buffer[BYTES];

	ring_make(&ring, 4);
	for (u64 number = (uintptr_t)argument; number < EACH; number++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);

		io_uring_prep_read(sqe, fd, buffer, BYTES, place(number));
		CHECK_EQ(ring_run(&ring, sqe), BYTES);
		CHECK_EQ(data_differs(SEED_DATA, buffer, BYTES, place(number)), -1);
	}
	io_uring_queue_exit(&ring);
	return NULL;
}

static void run_threads(void *(*go)(void *))
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, go, (void *)i));
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
	struct io_uring_cqe *cqe;
	unsigned total = 0;

	ring_make(&shared, 16);
	fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	run_threads(share);
	for (size_t i = 0; i < ARRAY_SIZE(completed); i++)
		total += completed[i];
	for (; total < THREADS * EACH; total++) { /* those that nobody took */
		REQUIRE_OK(io_uring_wait_cqe(&shared, &cqe));
		CHECK(take_locked());
	}
	for (size_t i = 0; i < ARRAY_SIZE(completed); i++)
		CHECK_EQ(completed[i], 1);
	CHECK(ring_quiet(&shared));
	io_uring_queue_exit(&shared);
	run_threads(own);
	close(fd);
	return check_done();
}
