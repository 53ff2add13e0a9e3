/* mem-hammer.c - threads map, move, unmap, fork, write, read by ring and send each other signals, all at once in one
 * address space; one of them cuts a file that the others touch. What each does in which round comes from the seed; how
 * they meet is the machine's.
 *
 * machines: smp>=2 crowd
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/test/data.h"
#include "user/test/random.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 12, PAGES = 6, FILE_PAGES = 4, PAGE = 4096, BOTH = PROT_READ | PROT_WRITE };

struct worker {
	pthread_t thread;
	u8 what[ROUNDS]; /* to do */
	u8 *own;	 /* PAGES pages that hold MARK at places of their own */
	u8 mark;
	u32 round, wrong_line;
	struct io_uring ring;
	int data, sink;
};

static struct worker workers[THREADS];
static u8 *common; /* FILE_PAGES pages of a file that the first worker cuts */
static int common_fd;
static u64 handled; /* signals */
static pthread_barrier_t all_there;

/* The first thing that went wrong in a thread: only main may say so. */
#define EXPECT(worker, condition)                          \
	do {                                               \
		if (!(condition) && !(worker)->wrong_line) \
			(worker)->wrong_line = __LINE__;   \
	} while (0)

static u8 *map(size_t pages)
{
	return mmap(NULL, pages * PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void fill(u8 *at, size_t pages, u8 mark)
{
	for (size_t i = 0; i < pages; i++)
		at[i * PAGE + i] = (u8)(mark + i);
}

static bool holds(const u8 *at, size_t pages, u8 mark)
{
	for (size_t i = 0; i < pages; i++)
		if (at[i * PAGE + i] != (u8)(mark + i))
			return false;
	return true;
}

static bool is_zero(const u8 *at, size_t pages)
{
	for (size_t i = 0; i < pages * PAGE; i++)
		if (at[i])
			return false;
	return true;
}

/* --- what is done --- */

static void do_write(struct worker *w)
{
	w->mark += 17;
	fill(w->own, PAGES, w->mark);
}

static void do_map(struct worker *w)
{
	u8 *at = map(PAGES);

	EXPECT(w, at != MAP_FAILED && is_zero(at, PAGES));
	fill(at, PAGES, w->mark);
	EXPECT(w, !mprotect(at + 2 * PAGE, PAGE, PROT_NONE));
	EXPECT(w, !mprotect(at + 2 * PAGE, PAGE, BOTH));
	EXPECT(w, holds(at, PAGES, w->mark));
	EXPECT(w, !munmap(at, PAGES / 2 * PAGE));
	EXPECT(w, !madvise(at + PAGES / 2 * PAGE, PAGES / 2 * PAGE, MADV_DONTNEED));
	EXPECT(w, is_zero(at + PAGES / 2 * PAGE, PAGES / 2));
	EXPECT(w, !munmap(at + PAGES / 2 * PAGE, PAGES / 2 * PAGE));
}

/* The child sees what was there at the fork; neither sees the other's stores. */
static void do_fork(struct worker *w)
{
	u8 mark = w->mark; /* at the fork, in a register */
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		bool right = holds(w->own, PAGES, mark);

		fill(w->own, PAGES, 1);
		_exit(right && holds(w->own, PAGES, 1) ? 0 : 1);
	}
	EXPECT(w, pid > 0);
	do_write(w); /* at once, and the child may look later */
	EXPECT(w, pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

/* What is there moves with its addresses, and grows by zeroes. */
static void do_move(struct worker *w)
{
	u8 *at = map(PAGES), *to;

	fill(at, PAGES, w->mark);
	to = mremap(at, PAGES * PAGE, 2 * PAGES * PAGE, MREMAP_MAYMOVE);
	EXPECT(w, to != MAP_FAILED);
	EXPECT(w, holds(to, PAGES, w->mark) && is_zero(to + PAGES * PAGE, PAGES));
	at = mremap(to, 2 * PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE);
	EXPECT(w, at == to && holds(at, PAGES, w->mark));
	EXPECT(w, !munmap(at, PAGES * PAGE));
}

/* Handlers run between any two instructions of the other things, and on their stacks. */
static void do_signal(struct worker *w)
{
	u64 before = load_relaxed(&handled);

	for (u32 i = 0; i < THREADS; i++)
		EXPECT(w, !pthread_kill(workers[i].thread, SIGUSR1));
	EXPECT(w, load_relaxed(&handled) > before); /* our own */
}

/* A signal ends the wait in a ring. */
static int wait_cqe(struct io_uring *ring, struct io_uring_cqe **cqe)
{
	int err;

	do
		err = io_uring_wait_cqe(ring, cqe);
	while (err == -EINTR);
	return err;
}

static void do_read(struct worker *w)
{
	u64 offset = (u64)w->mark * 100;
	u8 *at = map(2);
	struct io_uring_sqe *sqe = io_uring_get_sqe(&w->ring);
	struct io_uring_cqe *cqe;

	io_uring_prep_read(sqe, w->data, at + 100, PAGE, offset);
	EXPECT(w, io_uring_submit(&w->ring) == 1 && !wait_cqe(&w->ring, &cqe) && cqe->res == PAGE);
	io_uring_cqe_seen(&w->ring, cqe);
	EXPECT(w, data_differs(SEED_DATA, at + 100, PAGE, offset) == -1);
	EXPECT(w, !munmap(at, 2 * PAGE));
}

/* By a system call, since the file may be cut: then it fails. */
static bool touch(struct worker *w, size_t page)
{
	return pwrite(w->sink, common + page * PAGE, 1, 0) == 1;
}

static void do_touch(struct worker *w)
{
	for (size_t i = 0; i < FILE_PAGES; i++)
		touch(w, i);
}

/* Of what was cut off no page stays in the mapping, and what grows again is zero. */
static void do_cut(struct worker *w)
{
	if (w != workers) {
		do_touch(w);
		return;
	}
	EXPECT(w, !ftruncate(common_fd, 0));
	for (size_t i = 0; i < FILE_PAGES; i++)
		EXPECT(w, !touch(w, i));
	EXPECT(w, !ftruncate(common_fd, FILE_PAGES * PAGE));
	EXPECT(w, is_zero(common, FILE_PAGES));
	fill(common, FILE_PAGES, w->mark | 1);
	EXPECT(w, holds(common, FILE_PAGES, w->mark | 1));
}

static void (*const things[])(struct worker *) = { do_write, do_map, do_fork, do_read,
						   do_touch, do_cut, do_move, do_signal };

static void *work(void *argument)
{
	struct worker *w = argument;

	pthread_barrier_wait(&all_there);
	for (w->round = 0; w->round < ROUNDS && !w->wrong_line; w->round++) {
		things[w->what[w->round]](w);
		EXPECT(w, holds(w->own, PAGES, w->mark));
	}
	pthread_barrier_wait(&all_there); /* nobody signals one that has ended */
	return NULL;
}

static void handle(int signal)
{
	(void)signal;
	atomic_add(&handled, 1u);
}

static int open_unnamed(const char *path)
{
	int fd = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));

	CHECK_OK(unlink(path));
	return fd;
}

static void worker_init(struct worker *w, u8 mark)
{
	for (u32 i = 0; i < ROUNDS; i++)
		w->what[i] = (u8)random_below(ARRAY_SIZE(things));
	w->mark = mark;
	w->own = map(PAGES);
	REQUIRE(w->own != MAP_FAILED);
	fill(w->own, PAGES, mark);
	ring_make(&w->ring, 4);
	w->data = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	w->sink = open_unnamed("/tmp/mem-hammer-sink");
}

int main(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };

	random_init();
	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	REQUIRE(!pthread_barrier_init(&all_there, NULL, THREADS));
	common_fd = open_unnamed("/tmp/mem-hammer");
	REQUIRE_OK(ftruncate(common_fd, FILE_PAGES * PAGE));
	common = mmap(NULL, FILE_PAGES * PAGE, BOTH, MAP_SHARED, common_fd, 0);
	REQUIRE(common != MAP_FAILED);
	for (u32 i = 0; i < THREADS; i++)
		worker_init(&workers[i], (u8)(50 * i));
	for (u32 i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	for (u32 i = 0; i < THREADS; i++) {
		CHECK(!pthread_join(workers[i].thread, NULL));
		CHECK_EQ(workers[i].wrong_line, 0);
	}
	return check_done();
}
