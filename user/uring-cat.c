/* uring-cat.c - cat, with reads in a ring and a user interrupt that tells of completions.
 *
 *     uring-cat FILE...
 *
 * DEPTH reads are in flight; buffers come out in the order of the file. The program never waits in a read: it submits,
 * masks its interrupt, looks at the CQ, and waits for a chime. At the end it says how many reads, completions, chimes
 * and kernel entries that took.
 */
#include "lib/order.h"
#include "user/lib/uintr.h"
#include "user/lib/uring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 8, PIECE = 4096, VECTOR = 1 };

/* One read on its way: piece number `piece` of the file, in slot piece % DEPTH. */
struct slot {
	char data[PIECE];
	int result;
	bool done;
};

static struct io_uring ring;
static struct slot slots[DEPTH];
static u64 reads, completions, chimes; /* chimes: written by the handler */

static void chime(u64 vectors)
{
	(void)vectors;
	atomic_add_relaxed(&chimes, 1);
}

static void die(const char *what, int err)
{
	fprintf(stderr, "uring-cat: %s: %s\n", what, strerror(err));
	exit(1);
}

/* Kernel entries of this process so far; -1: the kernel does not tell. */
static long kernel_entries(void)
{
	char text[512] = "", *at;
	int fd = open("/proc/self/chime", O_RDONLY);

	if (fd < 0)
		return -1;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	at = strstr(text, "kernel_entries:");
	return at ? strtol(at + strlen("kernel_entries:"), NULL, 10) : -1;
}

static void start_read(int fd, u64 piece)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
	struct slot *slot = &slots[piece % DEPTH];

	slot->done = false;
	io_uring_prep_read(sqe, fd, slot->data, PIECE, piece * PIECE);
	io_uring_sqe_set_data64(sqe, piece);
	reads++;
}

static void take_completions(void)
{
	struct io_uring_cqe *cqe;

	while (!io_uring_peek_cqe(&ring, &cqe)) {
		struct slot *slot = &slots[io_uring_cqe_get_data64(cqe) % DEPTH];

		slot->result = cqe->res;
		slot->done = true;
		completions++;
		io_uring_cqe_seen(&ring, cqe);
	}
}

/* Until the piece is there. Masked between the look and the wait, so that no chime falls between them. */
static void wait_for(const struct slot *slot)
{
	take_completions();
	while (!slot->done) {
		uintr_clui();
		if (!io_uring_cq_ready(&ring))
			uintr_wait();
		uintr_stui();
		take_completions();
	}
}

static void write_all(const char *data, int bytes)
{
	for (ssize_t n; bytes; data += n, bytes -= (int)n) {
		n = write(STDOUT_FILENO, data, (size_t)bytes);
		if (n < 0)
			die("write", errno);
	}
}

static void cat(const char *path)
{
	int fd = open(path, O_RDONLY), result = 0;
	u64 next = 0, at = 0;

	if (fd < 0)
		die(path, errno);
	do {
		for (; next < at + DEPTH; next++)
			start_read(fd, next);
		io_uring_submit(&ring);
		wait_for(&slots[at % DEPTH]);
		result = slots[at % DEPTH].result;
		if (result < 0)
			die(path, -result);
		write_all(slots[at % DEPTH].data, result);
		at++;
	} while (result == PIECE);
	/* reads behind the end are still on their way into our buffers */
	for (; at < next; at++)
		wait_for(&slots[at % DEPTH]);
	close(fd);
}

int main(int argc, char **argv)
{
	long before;
	int err, fd;

	if (argc < 2) {
		fprintf(stderr, "usage: uring-cat FILE...\n");
		return 2;
	}
	err = io_uring_queue_init(DEPTH, &ring, 0);
	if (err)
		die("io_uring_queue_init", -err);
	err = uintr_register_handler(chime, 0);
	if (err)
		die("uintr_register_handler", -err);
	fd = uintr_create_fd(VECTOR);
	if (fd < 0)
		die("uintr_create_fd", -fd);
	err = io_uring_register_eventfd(&ring, fd);
	if (err)
		die("io_uring_register_eventfd", -err);
	before = kernel_entries();
	for (int i = 1; i < argc; i++)
		cat(argv[i]);
	fprintf(stderr, "uring-cat: %lu reads, %lu completions, %lu chimes, %ld kernel entries\n", reads, completions,
		load_relaxed(&chimes), kernel_entries() - before);
	return 0;
}
