/* ring-exit.c - a ring ends with requests in flight: it is closed, its process exits, is killed, or executes another
 * program; reads of the disk, waits for eventfds, polls and timeouts at once. Nothing may hang, crash or write later.
 *
 * machines: all crowd
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/child.h"
#include "user/test/clock.h"
#include "user/test/data.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

enum { READS = 24, BYTES = 4096 };

static struct io_uring ring;
static int event, fd;
static u8 *buffers;
static u64 value;

/* Requests that complete soon and requests that never do. */
static void start_all(void)
{
	struct __kernel_timespec time = { .tv_sec = 1000 };

	ring_make(&ring, 32);
	event = (int)REQUIRE_OK(eventfd(0, 0));
	CHECK_EQ(io_uring_register_eventfd(&ring, event), 0);
	close(event); /* the ring has the last hold of it, and is closed while completions take it */
	event = (int)REQUIRE_OK(eventfd(0, 0));
	fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	buffers = mmap(NULL, READS * BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(buffers != MAP_FAILED);
	for (u64 i = 0; i < READS; i++)
		io_uring_prep_read(ring_sqe(&ring), fd, buffers + i * BYTES, BYTES, i * 40000);
	io_uring_prep_read(ring_sqe(&ring), event, &value, 8, -1ull);
	io_uring_prep_poll_add(ring_sqe(&ring), event, POLLIN);
	io_uring_prep_timeout(ring_sqe(&ring), &time, 0, 0);
	REQUIRE_EQ(io_uring_submit(&ring), READS + 3);
}

/* Closed at once, and the memory of the reads goes, too. */
static void check_close(void)
{
	for (int round = 0; round < 4; round++) {
		u8 *after;

		start_all();
		io_uring_queue_exit(&ring);
		CHECK_OK(munmap(buffers, READS * BYTES));
		after = mmap(buffers, READS * BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			     -1, 0);
		REQUIRE(after == buffers);
		close(fd);
		if (round % 2)
			CHECK_OK(eventfd_write(event, 1)); /* nobody waits any more, or just still */
		close(event);
		/* It stays mapped: a read that was copying when its ring was closed ends in there. */
	}
}

/* The descriptors of the requests go first: the requests hold their files. */
static void check_files_closed(void)
{
	start_all();
	close(fd);
	/* they end in any order: all of them first */
	for (u64 i = 0; i < READS; i++)
		CHECK_EQ(ring_reap(&ring).res, BYTES);
	for (u64 i = 0; i < READS; i++) {
		CHECK_EQ(data_differs(SEED_DATA, buffers + i * BYTES, BYTES, i * 40000), -1);
	}
	close(event);
	CHECK(ring_quiet(&ring));
	io_uring_queue_exit(&ring);
	CHECK_OK(munmap(buffers, READS * BYTES));
}

static int child_main(const char *mode)
{
	const char *const argv[] = { child_self, "plain", NULL };

	if (!strcmp(mode, "plain"))
		return 0;
	start_all();
	if (!strcmp(mode, "exec"))
		execve(child_self, (char *const *)argv, environ);
	if (!strcmp(mode, "crash"))
		raise(SIGKILL);
	if (!strcmp(mode, "wait")) { /* until killed */
		io_uring_submit_and_wait(&ring, READS + 1);
		return 1;
	}
	return check_done();
}

int main(int argc, char **argv)
{
	pid_t pid;

	child_self = argv[0];
	if (argc > 1)
		return child_main(argv[1]);
	ring_make(&ring, 1); /* or skip */
	io_uring_queue_exit(&ring);
	check_close();
	check_files_closed();
	CHECK_EQ(child_run("exit"), EXITED(0));
	CHECK_EQ(child_run("exec"), EXITED(0));
	CHECK_EQ(child_run("crash"), KILLED(SIGKILL));
	pid = child_start("wait", NULL);
	sleep_ms(10);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
	return check_done();
}
