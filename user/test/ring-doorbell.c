/* ring-doorbell.c - a store wakes a ring's poller: none is lost, a storm wakes it at most as often as it sleeps,
 * and doorbells come and go. Where the machine has none registration says so, and submit enters the kernel.
 *
 * machines: all crowd
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/child.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENTRIES = 8, ROUNDS = 100, HARTS_MAX = 8 };

static bool present; /* the machine can */

static void poller_make(struct io_uring *ring, u32 flags, u32 hart)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL | flags, .sq_thread_cpu = hart };

	REQUIRE_OK(io_uring_queue_init_params(ENTRIES, ring, &params));
}

static void bell_make(struct io_uring *ring)
{
	poller_make(ring, 0, 0);
	REQUIRE_EQ(io_uring_register_doorbell(ring), present ? 0 : -EOPNOTSUPP);
}

/* What /proc tells of this process. */
static u64 told(const char *what)
{
	char text[600];
	int fd = (int)REQUIRE_OK(open("/proc/self/chime", O_RDONLY));
	ssize_t n = REQUIRE_OK(read(fd, text, sizeof(text) - 1));
	char *at;

	close(fd);
	text[n] = 0;
	at = strstr(text, what);
	REQUIRE(at != NULL);
	return strtoul(at + strlen(what) + 2, NULL, 10);
}

static void run_one(struct io_uring *ring, u64 number)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);
	struct io_uring_cqe *cqe;

	io_uring_prep_nop(sqe);
	sqe->user_data = number;
	REQUIRE_EQ(io_uring_submit(ring), 1);
	while (io_uring_peek_cqe(ring, &cqe))
		sched_yield();
	CHECK_EQ(cqe->user_data, number);
	io_uring_cqe_seen(ring, cqe);
}

static void wait_for_sleep(struct io_uring *ring)
{
	while (!(load_acquire(ring->sq.kflags) & IORING_SQ_NEED_WAKEUP))
		sched_yield();
}

/* The poller is a task of the kernel that people can find. */
static void check_name(void)
{
	static char text[65536];
	struct io_uring ring;
	size_t length = 0;
	ssize_t n;
	char name[32];
	int fd;

	poller_make(&ring, 0, 0);
	fd = (int)REQUIRE_OK(open("/proc/tasks", O_RDONLY));
	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	close(fd);
	snprintf(name, sizeof(name), "iou-sqp-%d ", getpid());
	CHECK(strstr(text, name) != NULL);
	io_uring_queue_exit(&ring);
}

static void check_refused(void)
{
	struct io_uring_doorbell answer = { 0 };
	struct io_uring ring;

	ring_make(&ring, 1);
	CHECK_EQ(io_uring_register_doorbell(&ring), -EINVAL);
	io_uring_queue_exit(&ring);
	poller_make(&ring, 0, 0);
	CHECK_EQ(io_uring_register((unsigned)ring.ring_fd, IORING_REGISTER_CHIME_DOORBELL, &answer, 2), -EINVAL);
	CHECK_EQ(io_uring_register((unsigned)ring.ring_fd, IORING_REGISTER_CHIME_DOORBELL, NULL, 1),
		 present ? -EFAULT : -EOPNOTSUPP);
	CHECK_EQ(io_uring_register((unsigned)ring.ring_fd, IORING_REGISTER_CHIME_DOORBELL, &answer, 1),
		 present ? 0 : -EOPNOTSUPP);
	io_uring_queue_exit(&ring);
}

/* From a sleeping poller, each time, and with pauses of all lengths. */
static void check_wakes(void)
{
	struct io_uring ring;
	u64 x = 88172645463325252, before = told("doorbells");

	bell_make(&ring);
	for (u64 i = 0; i < ROUNDS; i++) {
		wait_for_sleep(&ring);
		run_one(&ring, i);
	}
	CHECK(!present || told("doorbells") > before);
	for (u64 i = 0; i < ROUNDS; i++) {
		run_one(&ring, i);
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		for (u64 n = x % (1u << x % 14); n; n--)
			cpu_relax();
	}
	io_uring_queue_exit(&ring);
}

/* Several rings, each its own thread: one file, several identities. */
static void *own_ring(void *argument)
{
	struct io_uring ring;

	(void)argument;
	bell_make(&ring);
	for (u64 i = 0; i < ROUNDS; i++)
		run_one(&ring, i);
	io_uring_queue_exit(&ring);
	return NULL;
}

static void check_several(void)
{
	pthread_t threads[3];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		REQUIRE(!pthread_create(&threads[i], NULL, own_ring, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* Stores of every identity, and of what is none, while the ring works: it rings at most once for each sleep. */
static bool storm_ends;

static void *storm(void *argument)
{
	struct io_uring *ring = argument;

	for (u32 n = 0; !load_relaxed(&storm_ends); n++) {
		*ring->doorbell = n % 512 < 256 ? n % 256 : ring->doorbell_identity;
		if (n % 4096 == 0)
			sched_yield();
	}
	return NULL;
}

static void check_storm(void)
{
	struct io_uring ring;
	pthread_t thread;

	if (!present)
		return;
	bell_make(&ring);
	REQUIRE(!pthread_create(&thread, NULL, storm, &ring));
	for (u64 i = 0; i < ROUNDS; i++)
		run_one(&ring, i);
	store_relaxed(&storm_ends, true);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK(told("doorbells") <= told("poller_sleeps"));
	io_uring_queue_exit(&ring);
}

/* More often than there are windows or identities. */
static void check_come_and_go(void)
{
	for (int i = 0; i < 80; i++) {
		struct io_uring ring;

		bell_make(&ring);
		if (i % 2)
			run_one(&ring, 5);
		io_uring_queue_exit(&ring);
	}
}

/* Several rings of one poller: each has a doorbell of its own, any of them wakes it, also when the ring that started it
 * and its doorbell are gone. */
static void check_shared(void)
{
	enum { RINGS = 4 };
	struct io_uring rings[RINGS];
	struct io_uring_params params;
	u64 before = told("doorbells");

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < RINGS; i++) {
			params = (struct io_uring_params){ .flags = IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ };
			params.wq_fd = (u32)rings[0].ring_fd;
			if (!i)
				params.flags = IORING_SETUP_SQPOLL;
			REQUIRE_OK(io_uring_queue_init_params(ENTRIES, &rings[i], &params));
			REQUIRE_EQ(io_uring_register_doorbell(&rings[i]), present ? 0 : -EOPNOTSUPP);
			CHECK(!present || !i || rings[i].doorbell != rings[0].doorbell ||
			      rings[i].doorbell_identity != rings[0].doorbell_identity);
		}
		for (int gone = 0; gone < RINGS; gone++) {
			for (int i = gone; i < RINGS; i++) {
				wait_for_sleep(&rings[i]);
				run_one(&rings[i], (u64)i);
			}
			io_uring_queue_exit(&rings[gone]);
		}
	}
	CHECK(!present || told("doorbells") > before);
}

/* Every hart's file is kept for us: another process gets none, and works all the same. */
static int child_main(void)
{
	struct io_uring ring;

	poller_make(&ring, 0, 0);
	CHECK_EQ(io_uring_register_doorbell(&ring), -EBUSY);
	run_one(&ring, 1);
	io_uring_queue_exit(&ring);
	return check_done();
}

static void check_busy(void)
{
	long harts = sysconf(_SC_NPROCESSORS_ONLN);
	struct io_uring rings[HARTS_MAX];

	REQUIRE(harts <= HARTS_MAX);
	if (!present)
		return;
	for (long i = 0; i < harts; i++) {
		poller_make(&rings[i], IORING_SETUP_SQ_AFF, (u32)i);
		REQUIRE_OK(io_uring_register_doorbell(&rings[i]));
		run_one(&rings[i], 1);
	}
	CHECK_EQ(child_run("busy"), EXITED(0));
	for (long i = 0; i < harts; i++)
		io_uring_queue_exit(&rings[i]);
}

/* The page is for one process: a fork's child has none there, and gets none for the ring that it has inherited. */
static void check_fork(void)
{
	struct io_uring_doorbell answer;
	struct io_uring ring;
	pid_t pid;
	int status = -1;

	if (!present)
		return;
	bell_make(&ring);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid)
		_exit(io_uring_register((unsigned)ring.ring_fd, IORING_REGISTER_CHIME_DOORBELL, &answer, 1) != -EPERM);
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		*ring.doorbell = ring.doorbell_identity;
		_exit(0);
	}
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	run_one(&ring, 1);
	io_uring_queue_exit(&ring);
}

/* The page goes with the last ring, as soon as its poller has ended: whose the file is next hears nothing of us. */
static sigjmp_buf out;

static void leave(int signal)
{
	siglongjmp(out, signal);
}

static void check_gone(void)
{
	struct sigaction action = { .sa_handler = leave };
	volatile u32 *bell;
	struct io_uring ring;
	u32 identity;

	if (!present)
		return;
	bell_make(&ring);
	bell = ring.doorbell;
	identity = ring.doorbell_identity;
	io_uring_queue_exit(&ring);
	CHECK_OK(sigaction(SIGSEGV, &action, NULL));
	if (!sigsetjmp(out, 1))
		for (;;) {
			*bell = identity;
			sched_yield();
		}
	action.sa_handler = SIG_DFL;
	CHECK_OK(sigaction(SIGSEGV, &action, NULL));
}

int main(int argc, char **argv)
{
	struct io_uring ring;
	int ret;

	child_self = argv[0];
	if (argc > 1)
		return child_main();
	poller_make(&ring, 0, 0);
	ret = io_uring_register_doorbell(&ring);
	present = ret != -EOPNOTSUPP;
	CHECK_EQ(ret, present ? 0 : -EOPNOTSUPP);
	run_one(&ring, 1);
	io_uring_queue_exit(&ring);
	check_refused();
	check_name();
	check_wakes();
	check_several();
	check_storm();
	check_come_and_go();
	check_shared();
	check_busy();
	check_fork();
	check_gone();
	return check_done();
}
