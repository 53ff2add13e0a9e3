/* alloc-fail-pollers.c - memory runs out while rings with pollers are made and work, and doorbells are registered: each
 * allocation fails once.
 *
 * machines: smp=1
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"
#include "user/test/data.h"
#include "user/test/ring.h"

#include <sys/eventfd.h>

enum { ENTRIES = 8, READS = 4 };

static struct io_uring ring;

static bool poller_begin(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 1 };

	return GRANTED_ERROR(io_uring_queue_init_params(ENTRIES, &ring, &params));
}

/* Is there memory again? */
static bool memory_is_back(void)
{
	int fd = eventfd(0, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* All that was submitted comes back as soon as there is memory: a poller has nobody to tell, and tries again. */
static bool take_back(unsigned count)
{
	struct __kernel_timespec while_ = { 0, 2000000 };
	struct io_uring_cqe *cqe;
	bool good = true;
	int ret;

	for (unsigned i = 0; i < count; i++) {
		while ((ret = io_uring_wait_cqe_timeout(&ring, &cqe, &while_))) {
			if (ret != -ETIME)
				good = GRANTED_ERROR(ret) && good;
			if (!memory_is_back())
				return false;
		}
		good = GRANTED_ERROR(cqe->res) && good;
		io_uring_cqe_seen(&ring, cqe);
	}
	return good;
}

/* Submit what was prepared; the poller may have to be told twice. */
static bool submit(void)
{
	int ret = 0;

	for (int tries = 0; tries < 3; tries++) {
		ret = io_uring_submit(&ring);
		if (ret >= 0)
			return true;
		MUST(!GRANTED_ERROR(ret));
	}
	MUST(ret >= 0);
	return false;
}

static bool work(void)
{
	static u8 buffers[READS][4096];
	int fd = open(data_path("data"), O_RDONLY);
	bool good = GRANTED(fd);

	if (!good)
		return false;
	for (u64 i = 0; i < READS; i++)
		io_uring_prep_read(ring_sqe(&ring), fd, buffers[i], sizeof(buffers[i]), i * 50000);
	good = submit();
	good = take_back(READS) && good;
	for (int i = 0; i < 3; i++)
		io_uring_prep_nop(ring_sqe(&ring));
	good = submit() && good;
	good = take_back(3) && good;
	MUST(!close(fd));
	return good;
}

static bool use_poller(void)
{
	bool good;

	if (!poller_begin())
		return false;
	good = work();
	io_uring_queue_exit(&ring);
	return good;
}

/* A second ring of the same poller, which outlives the first. */
static bool use_two(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ };
	struct io_uring first;
	bool good;

	if (!poller_begin())
		return false;
	first = ring;
	params.wq_fd = (u32)first.ring_fd;
	good = GRANTED_ERROR(io_uring_queue_init_params(ENTRIES, &ring, &params));
	io_uring_queue_exit(&first);
	if (!good)
		return false;
	good = work();
	io_uring_queue_exit(&ring);
	return good;
}

/* Where the machine has no doorbells, the poller is woken by the call. */
static bool use_doorbell(void)
{
	bool good;
	int ret;

	if (!poller_begin())
		return false;
	ret = io_uring_register_doorbell(&ring);
	good = ret == -EOPNOTSUPP || GRANTED_ERROR(ret);
	good = work() && good;
	io_uring_queue_exit(&ring);
	return good;
}

static const struct action actions[] = {
	ACTION("poller", use_poller),
	COLD("poller cold", use_poller),
	ACTION("two", use_two),
	ACTION("doorbell", use_doorbell),
};

int main(void)
{
	return sweep_all(actions, ARRAY_SIZE(actions));
}
