/* ring-issuer.c - rings of one thread: who may submit, wait and register (SINGLE_ISSUER), and that no completion is
 * lost that waits for it (DEFER_TASKRUN). When it is seen: ring-defer.c.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/child.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENTRIES = 8, SINGLE = IORING_SETUP_SINGLE_ISSUER, DEFER = SINGLE | IORING_SETUP_DEFER_TASKRUN };

static void made(struct io_uring *ring, u32 flags)
{
	REQUIRE_OK(io_uring_queue_init(ENTRIES, ring, flags));
}

static void check_setup(void)
{
	static const struct row {
		u32 flags;
		int error;
	} rows[] = {
		{ SINGLE, 0 },
		{ DEFER, 0 },
		{ IORING_SETUP_DEFER_TASKRUN, -EINVAL },
		{ IORING_SETUP_COOP_TASKRUN, 0 },
		{ IORING_SETUP_TASKRUN_FLAG, -EINVAL },
		{ IORING_SETUP_TASKRUN_FLAG | SINGLE, -EINVAL },
		{ IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_COOP_TASKRUN, 0 },
		{ IORING_SETUP_TASKRUN_FLAG | DEFER, 0 },
		{ IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_COOP_TASKRUN | DEFER, 0 },
		{ IORING_SETUP_SQPOLL | SINGLE, 0 },
		{ IORING_SETUP_SQPOLL | DEFER, -EINVAL },
		{ IORING_SETUP_SQPOLL | IORING_SETUP_TASKRUN_FLAG, -EINVAL },
		{ IORING_SETUP_SQPOLL | IORING_SETUP_COOP_TASKRUN, -EINVAL },
		{ IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | DEFER, -EINVAL }, /* no size */
		{ IORING_SETUP_R_DISABLED | DEFER, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct io_uring_params params = { .flags = rows[i].flags };
		int fd = io_uring_setup(4, &params);

		if (!CHECK(rows[i].error ? fd == rows[i].error : fd >= 0))
			check_note("row %zu: %d", i, fd);
		if (fd >= 0)
			close(fd);
	}
}

/* --- SINGLE_ISSUER --- */

static struct io_uring shared;
static bool deferred;

static void *other(void *argument)
{
	u32 fd = (u32)shared.ring_fd;
	unsigned workers[2] = { 0, 0 };

	(void)argument;
	CHECK_EQ(io_uring_enter(fd, 1, 0, 0, NULL), -EEXIST);
	CHECK_EQ(io_uring_enter(fd, 0, 0, 0, NULL), 0);
	CHECK_EQ(io_uring_enter(fd, 0, 0, IORING_ENTER_GETEVENTS, NULL), deferred ? -EEXIST : 0);
	CHECK_EQ(io_uring_register_iowq_max_workers(&shared, workers), -EEXIST);
	CHECK_EQ(io_uring_register(fd, IORING_UNREGISTER_EVENTFD, NULL, 0), -EEXIST);
	CHECK_EQ(io_uring_register(fd, 1000, NULL, 0), -EINVAL);
	return NULL;
}

static s32 run_nop(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_nop(sqe);
	return ring_run(ring, sqe);
}

static void *maker(void *argument)
{
	made(&shared, *(u32 *)argument);
	CHECK_EQ(run_nop(&shared), 0);
	return NULL;
}

/* Another thread, a child, and, when the issuer has ended, anybody. */
static void check_single(u32 flags)
{
	pthread_t thread;
	int status = -1;
	pid_t pid;

	deferred = flags & IORING_SETUP_DEFER_TASKRUN;
	made(&shared, flags);
	CHECK_EQ(run_nop(&shared), 0);
	REQUIRE(!pthread_create(&thread, NULL, other, NULL));
	CHECK_EQ(pthread_join(thread, NULL), 0);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		other(NULL);
		_exit(check_done());
	}
	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(run_nop(&shared), 0);
	io_uring_queue_exit(&shared);

	for (int i = 0; i < 2; i++) { /* the second maker must not be taken for the first */
		REQUIRE(!pthread_create(&thread, NULL, maker, &flags));
		CHECK_EQ(pthread_join(thread, NULL), 0);
		REQUIRE(!pthread_create(&thread, NULL, other, NULL));
		CHECK_EQ(pthread_join(thread, NULL), 0);
		other(NULL);
		io_uring_queue_exit(&shared);
	}
}

/* exec does not make another thread of it. */
static int child_main(const char *mode, const char *argument)
{
	unsigned workers[2] = { 0, 0 };
	struct io_uring ring;
	char fd[12];

	if (!strcmp(mode, "after"))
		return io_uring_enter(0, 0, 0, IORING_ENTER_REGISTERED_RING, NULL) >= 0 ||
		       io_uring_enter((unsigned)atoi(argument), 0, 0, IORING_ENTER_GETEVENTS, NULL) ||
		       io_uring_register((unsigned)atoi(argument), IORING_REGISTER_IOWQ_MAX_WORKERS, workers, 2);
	made(&ring, DEFER);
	CHECK_EQ(io_uring_register_ring_fd(&ring), 1); /* which exec forgets */
	fcntl(ring.ring_fd, F_SETFD, 0);
	snprintf(fd, sizeof(fd), "%d", ring.ring_fd);
	execl(child_self, child_self, "after", fd, NULL);
	return 1;
}

/* --- waiting --- */

static void *writer(void *argument)
{
	for (int i = 0; i < 100; i++)
		CHECK_OK(eventfd_write(*(int *)argument, 1));
	return NULL;
}

/* The issuer waits while completions come: none is left behind. */
static void check_waits(u32 flags)
{
	int event = (int)REQUIRE_OK(eventfd(0, EFD_SEMAPHORE));
	struct io_uring ring;
	pthread_t thread;
	u64 value;

	made(&ring, flags);
	REQUIRE(!pthread_create(&thread, NULL, writer, &event));
	for (int i = 0; i < 50; i++) {
		io_uring_prep_read(ring_sqe(&ring), event, &value, 8, 0);
		io_uring_prep_read(ring_sqe(&ring), event, &value, 8, 0);
		REQUIRE_EQ(io_uring_submit(&ring), 2);
		REQUIRE_EQ(io_uring_submit_and_wait(&ring, 2), 0);
		for (int j = 0; j < 2; j++)
			CHECK_EQ(ring_reap(&ring).res, 8);
		CHECK(ring_quiet(&ring));
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
	io_uring_queue_exit(&ring);
	close(event);
}

/* The CQ is too small for what waits: nothing is lost, and the order stays. */
static void check_small(void)
{
	enum { MANY = 6 };
	struct io_uring_params params = { .flags = DEFER | IORING_SETUP_CQSIZE, .cq_entries = 2 };
	int event = (int)REQUIRE_OK(eventfd(0, EFD_SEMAPHORE));
	struct io_uring ring;
	u64 value;

	REQUIRE_OK(io_uring_queue_init_params(2, &ring, &params));
	for (u64 i = 0; i < MANY; i++) {
		struct io_uring_sqe *sqe = ring_sqe(&ring);

		io_uring_prep_read(sqe, event, &value, 8, 0);
		sqe->user_data = i;
		REQUIRE_EQ(io_uring_submit(&ring), 1);
	}
	for (int i = 0; i < MANY; i++)
		CHECK_OK(eventfd_write(event, 1));
	for (u64 seen = 0, i = 0; i < MANY; i++) {
		struct io_uring_cqe cqe = ring_reap(&ring);

		CHECK_EQ(cqe.res, 8);
		CHECK(!(seen & 1u << cqe.user_data));
		seen |= 1u << cqe.user_data;
	}
	CHECK(ring_quiet(&ring));
	io_uring_queue_exit(&ring);
	close(event);
}

int main(int argc, char **argv)
{
	child_self = argv[0];
	if (argc > 1)
		return child_main(argv[1], argv[2]);
	ring_make(&shared, 1); /* or skip */
	io_uring_queue_exit(&shared);
	check_setup();
	check_single(SINGLE);
	check_single(DEFER);
	CHECK_EQ(child_run("exec"), EXITED(0));
	check_waits(SINGLE);
	check_waits(DEFER);
	check_waits(DEFER | IORING_SETUP_TASKRUN_FLAG);
	check_small();
	return check_done();
}
