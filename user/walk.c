/* walk.c - one read, station by station: what ran, where, after how many instructions.
 *
 *     walk [--check]
 *
 *     coroutine of this program: SQE -> io_uring_enter -> coroutine of the kernel -> disk
 *     disk -> interrupt -> driver's task -> coroutine of the kernel -> CQE -> user interrupt -> handler -> coroutine
 *
 * A block of 4 KiB is read through a ring, by a coroutine that user/lib/async runs: from the page cache, from the disk,
 * and from a RAM disk if there is one (BOOT=ramdisk=4M,latency=20-80); each told of by an upcall, and by a direct user
 * interrupt where the machine has them. Between the coroutine's question and its going on, the kernel's trace is on;
 * its records and this program's own stamps are the stations. Under `-icount` they are counted in instructions, without
 * those of the trace itself and without the hart's sleep; else in nanoseconds. --check: fail unless the stations come
 * in the order they must.
 */
#include "lib/order.h"
#include "user/lib/async.h"
#include "user/lib/need.h"
#include "user/lib/stations.h"
#include "user/lib/trace.h"
#include "user/lib/uintr.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, VECTOR = 1 };

static u32 chimed; /* written by the handler */
static char buffer[BLOCK_BYTES] __attribute__((aligned(BLOCK_BYTES)));

/* --- the read --- */

struct source {
	const char *name, *path;
	bool cached;
	u64 offset;
};

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
	station_mark(STATION_ASK);
	AWAIT(result, async_read(co, f->fd, buffer, BLOCK_BYTES, f->offset));
	station_mark(STATION_GO_ON);
	CO_RETURN(result);
	CO_END;
}

static long read_block(struct co *caller, void *argument)
{
	struct source *source = argument;
	int fd = open(source->path, O_RDONLY | O_CLOEXEC);

	/* a program ends with its descriptors: this one is not closed here */
	return fd < 0 ? -errno : CO_CALL(read_block, caller, .fd = fd, .offset = source->offset);
}

static void handler(u64 vectors)
{
	(void)vectors;
	station_mark(STATION_HANDLER);
	store_relaxed(&chimed, 1u);
}

/* What the executor does when no coroutine is ready. Not a look at the CQ: the interrupt is what ends this. */
static long wait_for_chime(struct async *async)
{
	int taken = io_uring_sq_ready(&async->ring) ? io_uring_submit(&async->ring) : 0;

	if (taken < 0)
		return taken;
	while (!load_relaxed(&chimed)) {
		uintr_clui();
		if (!load_relaxed(&chimed))
			uintr_wait();
		uintr_stui();
	}
	store_relaxed(&chimed, 0u);
	return 0;
}

/* --- what must be --- */

static const struct expected cached[] = {
	{ STATION_ASK, NULL },	   { TRACE_CALL, "thread" },  { TRACE_SQE, "thread" }, { TRACE_CQE, NULL },
	{ TRACE_UINTR, "thread" }, { STATION_HANDLER, NULL }, { STATION_GO_ON, NULL },
};

/* What is so on any number of harts: they may be slow, and a driver may be awake already. */
static const struct expected asked[] = {
	{ STATION_ASK, NULL },		{ TRACE_CALL, "thread" },
	{ TRACE_SQE, "thread" },	{ TRACE_SUSPEND, "ring request" },
	{ TRACE_WAKE, "ring request" }, { TRACE_RUN, "ring request" },
	{ TRACE_END, "ring request" },	{ TRACE_CQE, NULL },
	{ TRACE_UINTR, "thread" },	{ STATION_HANDLER, NULL },
	{ STATION_GO_ON, NULL },
};
static const struct expected served[] = {
	{ TRACE_SQE, "thread" },
	{ TRACE_BLOCK_ENDED, NULL },
	{ TRACE_WAKE, "ring request" },
	{ TRACE_CQE, NULL },
};

/* On one hart it is all in one order: of the disk, and of the RAM disk when time is the kernel's own. */
static const struct expected one_hart_disk[] = {
	{ TRACE_SQE, "thread" },
	{ TRACE_BLOCK, "ring request" },
	{ TRACE_SUSPEND, "ring request" },
	{ TRACE_INTERRUPT, NULL },
	{ TRACE_WAKE, "virtio-blk" },
	{ TRACE_RUN, "virtio-blk" },
	{ TRACE_BLOCK_ENDED, "virtio-blk" },
	{ TRACE_WAKE, "ring request" },
	{ TRACE_RUN, "ring request" },
	{ TRACE_END, "ring request" },
	{ TRACE_CQE, NULL },
	{ STATION_HANDLER, NULL },
	{ STATION_GO_ON, NULL },
};
static const struct expected one_hart_ram[] = {
	{ TRACE_SQE, "thread" },
	{ TRACE_BLOCK, "ring request" },
	{ TRACE_SUSPEND, "ring request" },
	{ TRACE_TIMER, NULL },
	{ TRACE_WAKE, "ram0" },
	{ TRACE_RUN, "ram0" },
	{ TRACE_BLOCK_ENDED, "ram0" },
	{ TRACE_WAKE, "ring request" },
	{ TRACE_RUN, "ring request" },
	{ TRACE_END, "ring request" },
	{ TRACE_CQE, NULL },
	{ TRACE_WAKE, "thread" },
	{ TRACE_RUN, "thread" },
	{ STATION_HANDLER, NULL },
	{ STATION_GO_ON, NULL },
};

#define IN_ORDER(expected) stations_in_order((expected), ARRAY_SIZE(expected))

static bool is_right(const struct source *source)
{
	if (source->cached)
		return IN_ORDER(cached);
	if (!(IN_ORDER(asked) & IN_ORDER(served)))
		return false;
	if (!strcmp(source->path, "/dev/vda"))
		return sysconf(_SC_NPROCESSORS_ONLN) > 1 || IN_ORDER(one_hart_disk);
	return !stations_are_exact() || IN_ORDER(one_hart_ram);
}

/* --- one walk --- */

/* False: not in the order it must be. */
static bool walk(struct source *source, struct async *async, const char *way)
{
	struct trace_record *records;
	bool right;
	long count;

	/* all but the last time so that everything else has been there before */
	for (int times = 0; times < 2; times++) {
		if (!source->cached)
			caches_drop();
		station_marks_clear();
		NEED(trace_on());
		NEED(async_block_on(async, read_block, source) == BLOCK_BYTES ? 0 : -EIO);
		NEED(trace_off());
	}
	count = NEED(trace_read(&records));
	stations_collect(records, count, "walk");
	printf("\n%s, %s\n", source->name, way);
	printf("kernel entries: %u\n", stations_print());
	right = is_right(source);
	free(records);
	return right;
}

/* All sources, told of by that kind of user interrupt. */
static bool walk_all(struct source *sources, size_t count, unsigned flags)
{
	struct async async;
	bool right = true;
	int fd;

	NEED(uintr_register_handler(handler, flags));
	if (flags && !uintr_is_direct()) {
		NEED(uintr_unregister_handler());
		printf("\nno direct user interrupts here\n");
		return true;
	}
	fd = (int)NEED(uintr_create_fd(VECTOR));
	NEED(async_init(&async, 4));
	NEED(io_uring_register_eventfd(&async.ring, fd));
	close(fd);
	async.wait = wait_for_chime;
	for (size_t i = 0; i < count; i++)
		right &= walk(&sources[i], &async, flags ? "direct" : "upcall");
	async_exit(&async);
	NEED(uintr_unregister_handler());
	return right;
}

int main(int argc, char **argv)
{
	bool check = argc > 1 && !strcmp(argv[1], "--check"), right;
	struct source sources[] = {
		{ .name = "from the page cache", .path = "/bin/walk", .cached = true },
		{ .name = "from the disk", .path = "/dev/vda", .offset = 1 << 20 },
		{ .name = "from the RAM disk", .path = "/dev/ram0", .offset = 1 << 20 },
	};
	size_t count = ARRAY_SIZE(sources) - !!access("/dev/ram0", R_OK);

	right = walk_all(sources, count, 0);
	right &= walk_all(sources, count, UINTR_DIRECT);
	return check && !right;
}
