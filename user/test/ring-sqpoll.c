/* ring-sqpoll.c - a ring whose entries are taken by the kernel's poller: what it takes, that it sleeps and is woken,
 * that no wake-up is lost, and how it ends.
 *
 * machines: all crowd
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/child.h"
#include "user/test/data.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ENTRIES = 8, IDLE_MS = 20 };

static void poller_make(struct io_uring *ring, unsigned entries)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = IDLE_MS };
	int ret = io_uring_queue_init_params(entries, ring, &params);

	if (ret == -ENOSYS || ret == -EPERM)
		exit(check_skip("no io_uring here"));
	REQUIRE_OK(ret);
}

static void check_setup(void)
{
	static const struct row {
		u32 flags, cpu;
		int error;
	} rows[] = {
		{ IORING_SETUP_SQPOLL, 9999, 0 }, /* the number counts only with the flag */
		{ IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF, 0, 0 },
		{ IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF, 9999, -EINVAL },
		{ IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF, ~0u, -EINVAL },
		{ IORING_SETUP_SQ_AFF, 0, -EINVAL },
		{ IORING_SETUP_SQPOLL | IORING_SETUP_COOP_TASKRUN, 0, -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct io_uring_params params = { .flags = rows[i].flags, .sq_thread_cpu = rows[i].cpu };
		int fd = io_uring_setup(4, &params);

		if (!CHECK(rows[i].error ? fd == rows[i].error : fd >= 0))
			check_note("row %zu: %d", i, fd);
		if (fd < 0)
			continue;
		CHECK(params.features & IORING_FEAT_SQPOLL_NONFIXED);
		close(fd);
	}
}

/* Everything comes back, in batches of all sizes, whoever is faster. */
static void check_rounds(struct io_uring *ring)
{
	u64 sent = 0, received = 0;

	for (int round = 0; round < 100; round++) {
		unsigned batch = 1 + (unsigned)round % ENTRIES;

		for (unsigned i = 0; i < batch; i++) {
			while (!io_uring_sq_space_left(ring))
				REQUIRE_OK(io_uring_sqring_wait(ring));
			io_uring_prep_nop(ring_sqe(ring));
			ring->sq.sqes[(ring->sq.sqe_tail - 1) & ring->sq.ring_mask].user_data = sent++;
		}
		REQUIRE_OK(io_uring_submit(ring));
		for (unsigned i = 0; i < batch; i++)
			CHECK_EQ(ring_reap(ring).user_data, received++);
	}
	CHECK(ring_quiet(ring));
}

/* Real operations, with the files and the memory of the process. */
static void check_reads(struct io_uring *ring)
{
	enum { BYTES = 4096 };
	static u8 buffers[ENTRIES][BYTES];
	int fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));

	for (u64 i = 0; i < ENTRIES; i++) {
		struct io_uring_sqe *sqe = ring_sqe(ring);

		io_uring_prep_read(sqe, fd, buffers[i], BYTES, i * 50000);
		sqe->user_data = i;
	}
	REQUIRE_OK(io_uring_submit_and_wait(ring, ENTRIES));
	for (u64 i = 0; i < ENTRIES; i++)
		CHECK_EQ(ring_reap(ring).res, BYTES);
	for (u64 i = 0; i < ENTRIES; i++)
		CHECK_EQ(data_differs(SEED_DATA, buffers[i], BYTES, i * 50000), -1);
	close(fd);
}

/* It goes to sleep and says so, and is woken. */
static void check_sleep(struct io_uring *ring)
{
	while (!(load_acquire(ring->sq.kflags) & IORING_SQ_NEED_WAKEUP))
		usleep(1000);
	io_uring_prep_nop(ring_sqe(ring));
	store_release(ring->sq.ktail, ring->sq.sqe_tail);
	/* it may have been taken by the look before the sleep; what enter answers is the count that it was given */
	CHECK_EQ(io_uring_enter((unsigned)ring->ring_fd, 1, 0, 0, NULL), 1);
	CHECK_EQ(io_uring_enter((unsigned)ring->ring_fd, 7, 1, IORING_ENTER_SQ_WAKEUP | IORING_ENTER_GETEVENTS, NULL),
		 7);
	CHECK_EQ(ring_reap(ring).res, 0);
	/* once more without anything: it finds nothing, and sleeps again */
	CHECK_EQ(io_uring_enter((unsigned)ring->ring_fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL), 0);
	while (!(load_acquire(ring->sq.kflags) & IORING_SQ_NEED_WAKEUP))
		usleep(1000);
}

/* A request that waits is cancelled through the poller, by another one. */
static void check_cancel(struct io_uring *ring)
{
	int event = (int)REQUIRE_OK(eventfd(0, 0));
	struct io_uring_sqe *sqe = ring_sqe(ring);
	s32 results[2];
	u64 value;

	io_uring_prep_read(sqe, event, &value, sizeof(value), 0);
	sqe->user_data = 0;
	sqe = ring_sqe(ring);
	io_uring_prep_cancel64(sqe, 0, 0);
	sqe->user_data = 1;
	REQUIRE_OK(io_uring_submit(ring));
	for (int i = 0; i < 2; i++) {
		struct io_uring_cqe cqe = ring_reap(ring);

		results[cqe.user_data & 1] = cqe.res;
	}
	CHECK_EQ(results[0], -ECANCELED);
	CHECK(results[1] == 0 || results[1] == -EALREADY);
	close(event);
}

/* Pauses of all lengths between one request and the next, so that the poller looks, is about to sleep, sleeps: a
 * wake-up that is lost would leave us waiting, for we watch the queue and do not enter the kernel for it. */
static void *pauses(void *argument)
{
	enum { TIMES = 300 };
	u64 x = (uintptr_t)argument * 0x9e3779b97f4a7c15 + 1;
	struct io_uring ring;

	poller_make(&ring, 4);
	for (u64 i = 0; i < TIMES; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);
		struct io_uring_cqe *cqe;

		io_uring_prep_nop(sqe);
		sqe->user_data = i;
		ring_submit_one(&ring);
		while (io_uring_peek_cqe(&ring, &cqe))
			sched_yield();
		CHECK_EQ(cqe->user_data, i);
		io_uring_cqe_seen(&ring, cqe);
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		for (u64 n = x % (1u << x % 14); n; n--)
			cpu_relax();
		if (x >> 58 == 0)
			usleep(x % 300);
	}
	io_uring_queue_exit(&ring);
	return NULL;
}

static void check_stress(void)
{
	pthread_t threads[3];

	for (uintptr_t i = 0; i < ARRAY_SIZE(threads); i++)
		REQUIRE(!pthread_create(&threads[i], NULL, pauses, (void *)i));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* Closed while the poller is at work, with requests that never end by themselves; also with a second ring beside. */
static void check_close(void)
{
	static u64 values[ENTRIES];
	int event = (int)REQUIRE_OK(eventfd(0, 0));

	for (int round = 0; round < 30; round++) {
		struct io_uring ring;

		poller_make(&ring, ENTRIES);
		for (unsigned i = 0; i < ENTRIES; i++)
			io_uring_prep_read(ring_sqe(&ring), event, &values[i], 8, 0);
		REQUIRE_OK(io_uring_submit(&ring));
		for (int i = 0; i < round * 40; i++)
			cpu_relax();
		io_uring_queue_exit(&ring);
	}
	close(event);
}

/* A process ends with a poller: by itself, killed, or by executing another program. */
static int child_main(const char *mode, const char *argument)
{
	struct io_uring ring;
	static u64 value;
	char fd[12];
	int event;

	if (!strcmp(mode, "after")) /* the ring has come through exec, its poller has not */
		return io_uring_enter((unsigned)atoi(argument), 1, 0, IORING_ENTER_SQ_WAKEUP, NULL) != -EOWNERDEAD;
	poller_make(&ring, ENTRIES);
	event = (int)REQUIRE_OK(eventfd(0, 0));
	for (unsigned i = 0; i < ENTRIES; i++)
		io_uring_prep_read(ring_sqe(&ring), event, &value, 8, 0);
	REQUIRE_OK(io_uring_submit(&ring));
	if (!strcmp(mode, "kill"))
		kill(getpid(), SIGKILL);
	if (!strcmp(mode, "exec")) {
		fcntl(ring.ring_fd, F_SETFD, 0);
		snprintf(fd, sizeof(fd), "%d", ring.ring_fd);
		execl(child_self, child_self, "after", fd, NULL);
	}
	return 0;
}

static void check_ends(void)
{
	for (int round = 0; round < 5; round++) {
		CHECK_EQ(child_run("exit"), EXITED(0));
		CHECK_EQ(child_run("exec"), EXITED(0));
		CHECK_EQ(child_run("kill"), KILLED(SIGKILL));
	}
}

int main(int argc, char **argv)
{
	struct io_uring ring;

	child_self = argv[0];
	if (argc > 1)
		return child_main(argv[1], argv[2]);
	poller_make(&ring, ENTRIES);
	check_setup();
	check_rounds(&ring);
	check_reads(&ring);
	check_sleep(&ring);
	check_cancel(&ring);
	io_uring_queue_exit(&ring);
	check_close();
	check_stress();
	check_ends();
	return check_done();
}
