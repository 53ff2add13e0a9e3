/* alloc-fail-rings.c - memory runs out while rings are made and work, and while user interrupts are registered and
 * come: each allocation fails once.
 *
 * machines: smp=1
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/uintr.h"
#include "user/test/alloc-fail.h"
#include "user/test/child.h"
#include "user/test/data.h"
#include "user/test/ring.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

enum { ENTRIES = 8, READS = 6, NOPS = 3 * ENTRIES };

static u8 buffers[READS][4096];
static struct io_uring ring;

static bool ring_begin(unsigned entries)
{
	return GRANTED_ERROR(io_uring_queue_init(entries, &ring, 0));
}

/* Submit and wait for COUNT completions. What was not taken is tried again. */
static bool ring_finish(unsigned count)
{
	struct io_uring_cqe *cqe;
	bool good = true;
	int ret;

	for (int tries = 0; tries < 2 && io_uring_sq_ready(&ring); tries++)
		good = GRANTED_ERROR(io_uring_submit(&ring)) && good;
	MUST(!io_uring_sq_ready(&ring));
	ret = io_uring_wait_cqe_nr(&ring, &cqe, count);
	if (ret) {
		good = GRANTED_ERROR(ret);
		MUST(!io_uring_wait_cqe_nr(&ring, &cqe, count));
	}
	return good;
}

/* The next completion, which is there; false: there was no memory for its operation. */
static bool ring_next(u64 *user_data, s32 *result)
{
	struct io_uring_cqe *cqe;

	MUST(!io_uring_peek_cqe(&ring, &cqe));
	*user_data = cqe->user_data;
	*result = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	return *result == -ETIME || GRANTED_ERROR(*result);
}

static bool ring_nops(void)
{
	bool good = ring_begin(ENTRIES);
	u64 which;
	s32 result;

	if (!good)
		return false;
	/* more than the completion queue holds: some wait in the kernel */
	for (int i = 0; i < NOPS; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

		if (!sqe) {
			good = GRANTED_ERROR(io_uring_submit(&ring)) && good;
			if (io_uring_sq_ready(&ring))
				MUST(io_uring_submit(&ring) > 0);
			sqe = io_uring_get_sqe(&ring);
		}
		MUST(sqe);
		io_uring_prep_nop(sqe);
		sqe->user_data = (u64)i;
	}
	good = ring_finish(1) && good;
	for (int i = 0; i < NOPS; i++) {
		io_uring_get_events(&ring);
		MUST(ring_next(&which, &result) && which == (u64)i && !result);
	}
	io_uring_queue_exit(&ring);
	return good;
}

static bool ring_reads(void)
{
	int fd = open(data_path("data"), O_RDONLY);
	bool good = GRANTED(fd) && ring_begin(ENTRIES);
	u64 which;
	s32 result;

	if (good) {
		for (u64 i = 0; i < READS; i++) {
			struct io_uring_sqe *sqe = ring_sqe(&ring);

			io_uring_prep_read(sqe, fd, buffers[i], sizeof(buffers[i]), i * 50000);
			sqe->user_data = i;
		}
		good = ring_finish(READS);
		for (int i = 0; i < READS; i++) {
			if (!ring_next(&which, &result)) {
				good = false;
				continue;
			}
			MUST(which < READS && result > 0);
			MUST(data_differs(SEED_DATA, buffers[which], (size_t)result, which * 50000) == -1);
			good = good && result == sizeof(buffers[which]);
		}
		io_uring_queue_exit(&ring);
	}
	if (fd >= 0)
		MUST(!close(fd));
	return good;
}

/* A time, a poll, and their cancelling. */
static bool ring_waits(void)
{
	struct __kernel_timespec soon = { 0, 100000 }, late = { 1000, 0 };
	int fd = eventfd(0, 0);
	bool good = GRANTED(fd) && ring_begin(ENTRIES);
	u64 value = 1, which;
	s32 result = 0;

	if (good) {
		io_uring_prep_timeout(ring_sqe(&ring), &soon, 0, 0);
		good = ring_finish(1);
		good = ring_next(&which, &result) && good;
		MUST(result == -ETIME || result == -ENOMEM);
		io_uring_prep_timeout(ring_sqe(&ring), &late, 0, 0);
		io_uring_prep_poll_add(ring_sqe(&ring), fd, POLLIN);
		good = ring_finish(0) && good;
		good = GRANTED(write(fd, &value, sizeof(value))) && good;
		io_uring_queue_exit(&ring);
	}
	if (fd >= 0)
		MUST(!close(fd));
	return good;
}

/* open, statx, close by ring; and a vector. */
static bool ring_files(void)
{
	static struct statx stx;
	static struct iovec many[140];
	bool good = ring_begin(ENTRIES);
	u64 which;
	s32 fd, result;

	if (!good)
		return false;
	for (int i = 0; i < 140; i++)
		many[i] = (struct iovec){ buffers[0] + i * 20, 20 };
	io_uring_prep_openat(ring_sqe(&ring), AT_FDCWD, data_path("link-up"), O_RDONLY, 0);
	good = ring_finish(1);
	if (ring_next(&which, &fd)) {
		io_uring_prep_readv(ring_sqe(&ring), fd, many, 140, 0);
		io_uring_prep_statx(ring_sqe(&ring), AT_FDCWD, data_path("data"), 0, STATX_BASIC_STATS, &stx);
		good = ring_finish(2) && good;
		good = ring_next(&which, &result) && good;
		good = ring_next(&which, &result) && good;
		io_uring_prep_close(ring_sqe(&ring), fd);
		good = ring_finish(1) && good;
		if (!ring_next(&which, &result)) {
			good = false;
			MUST(!close(fd));
		}
	} else {
		good = false;
	}
	io_uring_queue_exit(&ring);
	return good;
}

#define FOLDER "/tmp/alloc-fail-rings"

/* Many files in one folder at once. */
static bool ring_makes(void)
{
	static char paths[ENTRIES][64];
	bool good = ring_begin(ENTRIES);
	u64 which;
	s32 fd;

	if (!good)
		return false;
	good = GRANTED(mkdir(FOLDER, 0700) && errno != EEXIST ? -1 : 0);
	for (int i = 0; good && i < ENTRIES; i++) {
		snprintf(paths[i], sizeof(paths[i]), FOLDER "/%d", i);
		io_uring_prep_openat(ring_sqe(&ring), AT_FDCWD, paths[i], O_RDWR | O_CREAT, 0600);
	}
	if (good) {
		good = ring_finish(ENTRIES);
		for (int i = 0; i < ENTRIES; i++) {
			if (ring_next(&which, &fd))
				MUST(!close(fd));
			else
				good = false;
		}
	}
	io_uring_queue_exit(&ring);
	return good;
}

static void sweep_floor(void)
{
	char path[64];

	for (int i = 0; i < ENTRIES; i++) {
		snprintf(path, sizeof(path), FOLDER "/%d", i);
		unlink(path);
	}
	rmdir(FOLDER);
}

/* A ring that ends with work under way. */
static bool ring_left(void)
{
	struct __kernel_timespec late = { 1000, 0 };
	int fd = eventfd(0, 0);
	bool good = GRANTED(fd) && ring_begin(64);

	if (good) {
		for (int i = 0; i < 20; i++)
			io_uring_prep_read(ring_sqe(&ring), fd, buffers[0], 8, 0);
		for (int i = 0; i < 20; i++)
			io_uring_prep_timeout(ring_sqe(&ring), &late, 5, 0);
		good = ring_finish(0);
		io_uring_queue_exit(&ring);
	}
	if (fd >= 0)
		MUST(!close(fd));
	return good;
}

/* A ring that is enabled for this thread alone, and registered. */
static bool ring_owned(void)
{
	u32 flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
	bool good = GRANTED_ERROR(io_uring_queue_init(ENTRIES, &ring, flags));
	u64 which;
	s32 result;

	if (!good)
		return false;
	good = GRANTED_ERROR(io_uring_enable_rings(&ring));
	if (good) {
		good = GRANTED_ERROR(io_uring_register_ring_fd(&ring));
		io_uring_prep_nop(ring_sqe(&ring));
		good = ring_finish(1) && good;
		MUST(ring_next(&which, &result) && !result);
	}
	io_uring_queue_exit(&ring);
	return good;
}

static u64 chimes;

static void on_chime(u64 vectors)
{
	store_relaxed(&chimes, load_relaxed(&chimes) | vectors);
}

static bool take_chime(void)
{
	bool good = GRANTED_ERROR(uintr_register_handler(on_chime, 0));
	int fd = -1;

	if (!good)
		return false;
	fd = uintr_create_fd(3);
	good = GRANTED_ERROR(fd);
	store_relaxed(&chimes, 0ul);
	if (good) {
		good = ring_begin(ENTRIES);
		if (good) {
			good = GRANTED_ERROR(io_uring_register_eventfd(&ring, fd));
			io_uring_prep_nop(ring_sqe(&ring));
			good = ring_finish(1) && good;
			MUST(!good || load_relaxed(&chimes) == 1 << 3);
			io_uring_queue_exit(&ring);
		}
		MUST(!close(fd));
	}
	MUST(!uintr_unregister_handler());
	return good;
}

enum { LOOKED_STATUS = 42, HANDED = 3 };

/* The new program of exec_reading: nobody else reads from pipe IN, OUT. */
static int look(int in, int out)
{
	char text[8];
	ssize_t done = 0;

	for (int tries = 0; tries < 2 && done <= 0; tries++)
		done = write(out, "abc", HANDED);
	if (done != HANDED || fcntl(in, F_SETFL, O_NONBLOCK))
		return WRONG;
	usleep(1000); /* somebody might */
	return read(in, text, sizeof(text)) == HANDED ? LOOKED_STATUS : WRONG;
}

/* exec while the ring reads, and stays open: what is under way ends before the memory is another program's. */
static bool exec_reading(void)
{
	const char *argv[] = { child_self, NULL, NULL, NULL };
	char in[12], out[12];
	int p[2];

	if (!GRANTED(pipe(p)) || !ring_begin(ENTRIES))
		return false;
	MUST(!fcntl(ring.ring_fd, F_SETFD, 0));
	io_uring_prep_read(ring_sqe(&ring), p[0], buffers[0], sizeof(buffers[0]), 0);
	if (!GRANTED_ERROR(io_uring_submit(&ring)))
		return false;
	snprintf(in, sizeof(in), "%d", p[0]);
	snprintf(out, sizeof(out), "%d", p[1]);
	argv[1] = in;
	argv[2] = out;
	GRANTED(execve(child_self, (char *const *)argv, environ));
	return false;
}

static const struct action actions[] = {
	ACTION("nops", ring_nops),
	ACTION("reads", ring_reads),
	COLD("reads cold", ring_reads),
	ACTION("waits", ring_waits),
	ACTION("files", ring_files),
	COLD("files cold", ring_files),
	ACTION("makes", ring_makes),
	ACTION("left", ring_left),
	ACTION("owned", ring_owned),
	ACTION("chime", take_chime),
	{ .name = "exec", .run = exec_reading, .exit_status = LOOKED_STATUS },
};

int main(int argc, char **argv)
{
	if (argc > 2)
		return look(atoi(argv[1]), atoi(argv[2]));
	child_self = argv[0];
	after_attempt = sweep_floor;
	return sweep_all(actions, ARRAY_SIZE(actions));
}
