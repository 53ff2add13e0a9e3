/* ring-depth.c - 64 reads in flight on one file at once, at random places and of random sizes, in many rounds; every
 * byte is checked, every completion comes once.
 *
 * Seed: environment CHIME_SEED, printed.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/data.h"
#include "user/test/random.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <unistd.h>

enum { DEPTH = 64, READS = 600, MOST_BYTES = 2048 };

static struct read {
	u64 offset;
	u32 bytes;
	bool pending;
	u8 buffer[MOST_BYTES];
} reads[DEPTH];

static struct io_uring ring;
static int fd;

static void start(unsigned slot)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);
	struct read *read = &reads[slot];

	read->bytes = 1 + (u32)random_below(MOST_BYTES);
	read->offset = random_below(DATA_BYTES - read->bytes);
	read->pending = true;
	io_uring_prep_read(sqe, fd, read->buffer, read->bytes, read->offset);
	io_uring_sqe_set_data64(sqe, slot);
}

static void finish(const struct io_uring_cqe *cqe)
{
	struct read *read = &reads[cqe->user_data % DEPTH];

	CHECK(cqe->user_data < DEPTH && read->pending);
	CHECK_EQ(cqe->res, read->bytes);
	if (!CHECK_EQ(data_differs(SEED_DATA, read->buffer, read->bytes, read->offset), -1))
		check_note("%u bytes at %llu", read->bytes, (unsigned long long)read->offset);
	read->pending = false;
}

int main(void)
{
	unsigned started = 0, finished = 0;

	random_init();
	ring_make(&ring, DEPTH);
	fd = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	for (unsigned slot = 0; slot < DEPTH; slot++, started++)
		start(slot);
	REQUIRE_EQ(io_uring_submit(&ring), DEPTH);
	while (finished < READS) {
		unsigned head, seen = 0;
		struct io_uring_cqe *cqe;

		REQUIRE_OK(io_uring_wait_cqe(&ring, &cqe));
		io_uring_for_each_cqe(&ring, head, cqe)
		{
			finish(cqe);
			seen++;
			if (started < READS && io_uring_sq_space_left(&ring)) {
				start((unsigned)cqe->user_data % DEPTH);
				started++;
			}
		}
		io_uring_cq_advance(&ring, seen);
		finished += seen;
		CHECK_OK(io_uring_submit(&ring));
	}
	CHECK_EQ(finished, READS);
	CHECK(ring_quiet(&ring));
	io_uring_queue_exit(&ring);
	close(fd);
	return check_done();
}
