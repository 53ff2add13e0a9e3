/* ring-attach.c - several rings of one poller (ATTACH_WQ): who may attach to whom, that no wake-up is lost, and that
 * the rings come and go in any order. That none waits for another: ring-fair.c.
 *
 * machines: all crowd
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/child.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ENTRIES = 8, IDLE_MS = 5, RINGS = 5 };

static int try(struct io_uring *ring, unsigned entries, u32 flags, int to)
{
	struct io_uring_params params = { .flags = flags, .wq_fd = (u32)to, .sq_thread_idle = IDLE_MS };

	return io_uring_queue_init_params(entries, ring, &params);
}

/* A ring with a poller: its own (TO: -1), or that of another one. */
static void made(struct io_uring *ring, unsigned entries, int to)
{
	REQUIRE_OK(try(ring, entries, IORING_SETUP_SQPOLL | (to < 0 ? 0 : IORING_SETUP_ATTACH_WQ), to));
}

static void nop(struct io_uring *ring, u64 number)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_nop(sqe);
	sqe->user_data = number;
}

static void run(struct io_uring *ring, u64 number)
{
	nop(ring, number);
	REQUIRE_OK(io_uring_submit(ring));
	CHECK_EQ(ring_reap(ring).user_data, number);
}

static void asleep(struct io_uring *ring)
{
	while (!(load_acquire(ring->sq.kflags) & IORING_SQ_NEED_WAKEUP))
		usleep(1000);
}

static void check_refused(void)
{
	enum { ATTACH = IORING_SETUP_ATTACH_WQ, POLL = IORING_SETUP_SQPOLL };
	int null = (int)REQUIRE_OK(open("/dev/null", O_RDWR));
	struct io_uring plain, first, ring;

	ring_make(&plain, 1);
	made(&first, ENTRIES, -1);
	CHECK_EQ(try(&ring, 4, ATTACH | POLL, 999), -ENXIO);
	CHECK_EQ(try(&ring, 4, ATTACH | POLL, -1), -ENXIO);
	CHECK_EQ(try(&ring, 4, ATTACH | POLL, null), -EINVAL);
	CHECK_EQ(try(&ring, 4, ATTACH | POLL, plain.ring_fd), -EINVAL);
	CHECK_EQ(try(&ring, 4, ATTACH, 999), -ENXIO);
	CHECK_EQ(try(&ring, 4, ATTACH, null), -EINVAL);
	CHECK_EQ(try(&ring, 4, ATTACH | IORING_SETUP_SQ_AFF, plain.ring_fd), -EINVAL);
	/* workers are shared: with any ring */
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(try(&ring, 4, ATTACH, i ? first.ring_fd : plain.ring_fd), 0);
		run(&ring, 7);
		io_uring_queue_exit(&ring);
	}
	/* the hart is the first ring's business */
	CHECK_EQ(try(&ring, 4, ATTACH | POLL | IORING_SETUP_SQ_AFF, first.ring_fd), 0);
	run(&ring, 8);
	io_uring_queue_exit(&ring);
	io_uring_queue_exit(&first);
	io_uring_queue_exit(&plain);
	close(null);
}

/* All at work, all asleep, and closed in every order: the first one first, last, in between. */
static void check_orders(void)
{
	struct io_uring rings[RINGS];

	for (unsigned first = 0; first < RINGS; first++) {
		for (int i = 0; i < RINGS; i++)
			made(&rings[i], ENTRIES, i ? rings[i - 1].ring_fd : -1);
		for (unsigned round = 0; round < 20; round++) {
			for (unsigned i = 0; i < RINGS; i++)
				for (unsigned j = 0; j <= (round + i) % ENTRIES; j++)
					nop(&rings[i], i * 100 + j);
			for (unsigned i = 0; i < RINGS; i++)
				REQUIRE_OK(io_uring_submit(&rings[i]));
			for (unsigned i = 0; i < RINGS; i++)
				for (unsigned j = 0; j <= (round + i) % ENTRIES; j++)
					CHECK_EQ(ring_reap(&rings[i]).user_data, i * 100 + j);
		}
		for (unsigned i = 0; i < RINGS; i++) {
			io_uring_queue_exit(&rings[(first + i) % RINGS]);
			for (unsigned j = i + 1; j < RINGS; j++)
				run(&rings[(first + j) % RINGS], j);
		}
	}
}

/* Each has its own flag, all are asleep at the same time, and who is woken lets the others sleep on or wakes them. */
static void check_sleep(void)
{
	struct io_uring rings[RINGS];

	for (int i = 0; i < RINGS; i++)
		made(&rings[i], ENTRIES, i ? rings[0].ring_fd : -1);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < RINGS; i++)
			asleep(&rings[i]);
		run(&rings[round % RINGS], 1);
	}
	/* A wake-up of one is good for what another has published without a word, since all are looked at. */
	for (int i = 0; i < RINGS; i++)
		asleep(&rings[i]);
	for (int i = 1; i < RINGS; i++) {
		nop(&rings[i], 5);
		store_release(rings[i].sq.ktail, rings[i].sq.sqe_tail);
	}
	CHECK_EQ(io_uring_enter((unsigned)rings[0].ring_fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL), 0);
	for (int i = 1; i < RINGS; i++) {
		while (!io_uring_cq_ready(&rings[i]))
			usleep(1000);
		CHECK_EQ(ring_reap(&rings[i]).user_data, 5);
	}
	for (int i = 0; i < RINGS; i++)
		io_uring_queue_exit(&rings[i]);
}

/* --- stress --- */

static struct io_uring root;
static bool over;

/* Pauses of all lengths, watching the queue alone: a wake-up that is lost would leave us waiting. */
static void *pauses(void *argument)
{
	enum { TIMES = 200 };
	u64 x = (uintptr_t)argument * 0x9e3779b97f4a7c15 + 1;
	struct io_uring_cqe *cqe;
	struct io_uring ring;

	made(&ring, 4, root.ring_fd);
	for (u64 i = 0; i < TIMES; i++) {
		nop(&ring, i);
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

/* Rings that come, do something or nothing, and go, with requests that never end by themselves. */
static void *comes_and_goes(void *argument)
{
	static u64 value;
	int event = (int)REQUIRE_OK(eventfd(0, 0));
	struct io_uring ring;

	(void)argument;
	for (unsigned i = 0; !load_relaxed(&over); i++) {
		made(&ring, ENTRIES, root.ring_fd);
		if (i % 3 == 1)
			run(&ring, i);
		if (i % 3 == 2) {
			io_uring_prep_read(ring_sqe(&ring), event, &value, 8, 0);
			REQUIRE_OK(io_uring_submit(&ring));
		}
		io_uring_queue_exit(&ring);
	}
	close(event);
	return NULL;
}

static void check_stress(void)
{
	pthread_t threads[3], other;

	made(&root, ENTRIES, -1);
	REQUIRE(!pthread_create(&other, NULL, comes_and_goes, NULL));
	for (uintptr_t i = 0; i < ARRAY_SIZE(threads); i++)
		REQUIRE(!pthread_create(&threads[i], NULL, pauses, (void *)i));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	store_relaxed(&over, true);
	CHECK_EQ(pthread_join(other, NULL), 0);
	io_uring_queue_exit(&root);
}

/* --- other processes, and the end of ours --- */

static int child_main(const char *mode, const char *argument)
{
	struct io_uring rings[RINGS], ring;
	static u64 value;
	char fd[12];
	int event;

	if (!strcmp(mode, "other")) { /* another process' poller is none for us: we get our own */
		made(&ring, ENTRIES, atoi(argument));
		run(&ring, 3);
		io_uring_queue_exit(&ring);
		return check_done();
	}
	if (!strcmp(mode, "after")) { /* the rings have come through exec, the poller has not */
		CHECK_EQ(io_uring_enter((unsigned)atoi(argument), 1, 0, IORING_ENTER_SQ_WAKEUP, NULL), -EOWNERDEAD);
		CHECK_EQ(try(&ring, 4, IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ, atoi(argument)), -ENXIO);
		return check_done();
	}
	event = (int)REQUIRE_OK(eventfd(0, 0));
	for (int i = 0; i < RINGS; i++) {
		made(&rings[i], ENTRIES, i ? rings[0].ring_fd : -1);
		for (unsigned j = 0; j < ENTRIES; j++)
			io_uring_prep_read(ring_sqe(&rings[i]), event, &value, 8, 0);
		REQUIRE_OK(io_uring_submit(&rings[i]));
	}
	if (!strcmp(mode, "kill"))
		kill(getpid(), SIGKILL);
	if (!strcmp(mode, "exec")) {
		fcntl(rings[2].ring_fd, F_SETFD, 0);
		snprintf(fd, sizeof(fd), "%d", rings[2].ring_fd);
		execl(child_self, child_self, "after", fd, NULL);
	}
	return 0;
}

static void check_processes(void)
{
	struct io_uring ring;
	char fd[12];

	made(&ring, ENTRIES, -1);
	fcntl(ring.ring_fd, F_SETFD, 0);
	snprintf(fd, sizeof(fd), "%d", ring.ring_fd);
	CHECK_EQ(child_run_arg("other", fd), EXITED(0));
	run(&ring, 1);
	io_uring_queue_exit(&ring);
	for (int round = 0; round < 3; round++) {
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
	ring_make(&ring, 1); /* or skip */
	io_uring_queue_exit(&ring);
	check_refused();
	check_orders();
	check_sleep();
	check_stress();
	check_processes();
	return check_done();
}
