/* moment.c - one read, stopped at the moment when everything waits: where the ring's indices are, and which coroutines
 * of the program and of the kernel hold on to each other.
 *
 *     make run CMD=/bin/moment BOOT=ramdisk=4M,latency=20000-20000
 *
 *     this thread        read_block asks and awaits; the reactor submits, and waits for a user interrupt
 *     another one        looks meanwhile: async_report tells of the program's coroutines, /proc/tasks of the kernel's
 *
 * A few other reads come first, so that the indices are not at the beginning. The RAM disk must be slower than the
 * look, which begins after LOOK_US. scripts/draw_moment.py draws what this prints.
 */
#include "lib/order.h"
#include "user/lib/async.h"
#include "user/lib/need.h"
#include "user/lib/uintr.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, ENTRIES = 4, BEFORE = 5, LOOK_US = 1000 };

static char buffer[BLOCK_BYTES] __attribute__((aligned(BLOCK_BYTES)));
static struct async async;
static bool stopped; /* this read is the one that is looked at */
static bool found;   /* it was seen to wait */

/* --- the ring: heads and tails, and how many SQEs the program has written, published or not --- */

static void say_ring(const char *when)
{
	const struct io_uring *ring = &async.ring;

	if (stopped)
		printf("ring  sq %u %u %u  cq %u %u  %s\n", load_acquire(ring->sq.khead), load_acquire(ring->sq.ktail),
		       ring->sq.sqe_tail, load_acquire(ring->cq.khead), load_acquire(ring->cq.ktail), when);
}

/* --- the coroutines --- */

/* Of the kernel's tasks those that have to do with the read: LINE, up to the next task's. */
static bool is_ours(const char *line)
{
	static const char *const ours[] = { "moment  waiting", "ring request  waiting", "ram0  waiting" };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (!strncmp(line, ours[i], strlen(ours[i])))
			return true;
	return false;
}

static void say_tasks(const char *text)
{
	bool shown = false;

	found = strstr(text, "ring request  waiting");
	for (size_t length; *text; text += length) {
		length = strcspn(text, "\n") + 1;
		if (*text != ' ')
			shown = is_ours(text);
		if (shown)
			printf("%.*s", (int)length, text);
	}
}

static void *look(void *unused)
{
	static char text[16384];
	size_t length = 0;
	ssize_t got;
	int fd;

	usleep(LOOK_US);
	fd = (int)NEED(open("/proc/tasks", O_RDONLY));
	while ((got = NEED(read(fd, text + length, sizeof(text) - 1 - length))) > 0)
		length += (size_t)got;
	close(fd);
	/* The other thread waits, and its coroutines stay as they are. */
	printf("coroutines of the program\n");
	async_report(&async, stdout);
	printf("tasks of the kernel\n");
	say_tasks(text);
	return unused;
}

/* --- the read --- */

struct read_block {
	struct co co;
	int fd;
	u64 offset;
};

CO_STEP(read_block)
{
	CO_FRAME(read_block);
	long result;

	CO_BEGIN;
	say_ring("read_block asks");
	AWAIT(result, async_read(co, f->fd, buffer, BLOCK_BYTES, f->offset));
	say_ring("read_block goes on");
	CO_RETURN(result);
	CO_END;
}

struct question {
	int fd;
	u64 offset;
};

static long read_block(struct co *caller, void *argument)
{
	const struct question *question = argument;

	return CO_CALL(read_block, caller, .fd = question->fd, .offset = question->offset);
}

static long (*wait_for_chime)(struct async *async);

/* The reactor's wait, with a look before, meanwhile and behind. */
static long wait_looked_at(struct async *of)
{
	pthread_t thread;
	long err;

	say_ring("the SQE is written");
	NEED(io_uring_submit(&of->ring));
	say_ring("the kernel has taken it");
	NEED(-pthread_create(&thread, NULL, look, NULL));
	err = wait_for_chime(of);
	NEED(-pthread_join(thread, NULL));
	say_ring("the CQE is posted, and has chimed");
	return err;
}

int main(void)
{
	struct question question = { .fd = (int)NEED(open("/dev/ram0", O_RDONLY)) };

	NEED(async_init(&async, ENTRIES));
	NEED(async_use_chime(&async, UINTR_DIRECT));
	for (int i = 0; i < BEFORE; i++, question.offset += BLOCK_BYTES)
		NEED(async_block_on(&async, read_block, &question) == BLOCK_BYTES ? 0 : -EIO);
	stopped = true;
	wait_for_chime = async.wait;
	async.wait = wait_looked_at;
	printf("ring of %u and %u, told of by %s\n", async.ring.sq.ring_entries, async.ring.cq.ring_entries,
	       uintr_is_direct() ? "a direct user interrupt" : "an upcall");
	NEED(async_block_on(&async, read_block, &question) == BLOCK_BYTES ? 0 : -EIO);
	async_exit(&async);
	return !found;
}
