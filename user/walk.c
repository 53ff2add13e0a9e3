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
#include "user/lib/trace.h"
#include "user/lib/uintr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, VECTOR = 1, TICK_NS = 100, ECALL = 8, FAR_NS = 1000, STATIONS_MOST = 4096 };

/* Stations of the program itself, beside those of enum trace_kind. */
enum { ASK = TRACE_KINDS, HANDLER, GO_ON };

struct station {
	u64 counter, time, own; /* own: what the trace had used, see trace_record */
	u32 kind;
	const struct trace_record *record; /* NULL: the program's */
};

static struct station stations[STATIONS_MOST];
static size_t station_count;
static struct station marks[3];
static u32 chimed; /* written by the handler */
static char buffer[BLOCK_BYTES] __attribute__((aligned(BLOCK_BYTES)));

static long need(long result, const char *what)
{
	if (result >= 0)
		return result;
	fprintf(stderr, "walk: %s: %s\n", what, strerror(result == -1 ? errno : (int)-result));
	exit(1);
}

#define NEED(call) need((call), #call)

static inline void mark(u32 kind)
{
	struct station *at = &marks[kind - ASK];
	u64 counter, ticks;

	__asm__ volatile("rdinstret %0\n\trdtime %1" : "=r"(counter), "=r"(ticks));
	*at = (struct station){ .counter = counter, .time = ticks * TICK_NS, .kind = kind };
}

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
	mark(ASK);
	AWAIT(result, async_read(co, f->fd, buffer, BLOCK_BYTES, f->offset));
	mark(GO_ON);
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
	mark(HANDLER);
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

/* --- the stations --- */

static int by_counter(const void *a, const void *b)
{
	const struct station *x = a, *y = b;

	return x->counter < y->counter ? -1 : x->counter > y->counter;
}

/* All there is from the question to its answer, in order. */
static void stations_collect(const struct trace_record *records, long count)
{
	u64 own = 0;

	station_count = 0;
	for (long i = 0; i < count && station_count < STATIONS_MOST - 3; i++)
		if (records[i].instructions >= marks[0].counter &&
		    records[i].instructions <= marks[GO_ON - ASK].counter)
			stations[station_count++] = (struct station){ records[i].instructions, records[i].time,
								      records[i].own, records[i].kind, &records[i] };
	for (u32 i = 0; i < 3; i++)
		if (marks[i].counter >= marks[0].counter)
			stations[station_count++] = marks[i];
	qsort(stations, station_count, sizeof(*stations), by_counter);
	/* what the trace had used at a mark, the next record knows; after the last one nothing follows but the mark */
	for (long i = 0; i < count; i++)
		if (records[i].instructions > marks[GO_ON - ASK].counter) {
			own = records[i].own;
			break;
		}
	for (size_t i = station_count; i-- > 0; own = stations[i].own)
		if (!stations[i].record)
			stations[i].own = own;
}

/* Is the counter the clock, as -icount makes it, and all on one hart? Then instructions are exact. */
static bool counts_instructions(void)
{
	const struct station *first = &stations[0], *last = &stations[station_count - 1];
	u64 apart = (last->counter - first->counter) - (last->time - first->time);

	for (size_t i = 0; i < station_count; i++)
		if (stations[i].record && stations[i].record->hart)
			return false;
	return apart + FAR_NS < 2 * FAR_NS;
}

/* Exact: without what the trace has cost, and without the time that the hart has slept, of which ASLEEP keeps count. */
static u64 when(const struct station *station, bool exact, u64 *asleep)
{
	const struct station *first = &stations[0];

	if (!exact)
		return station->time - first->time;
	if (station->kind == TRACE_AWAKE)
		*asleep += station->counter - station[-1].counter - (u32)(station->own - station[-1].own);
	return station->counter - first->counter - (u32)(station->own - first->own) - *asleep;
}

static const char *who(const struct station *station)
{
	const struct trace_record *r = station->record;

	if (!r)
		return "program";
	return !r->task ? "event loop" : !strcmp(r->name, "walk") ? "thread" : r->name;
}

static bool is_thread(const struct station *station)
{
	return !strcmp(who(station), "thread");
}

static void where(const struct trace_record *r, const char *what, FILE *to)
{
	fprintf(to, "%s %s  %s:%u", what, r->what, r->file, r->line);
	if (r->kind == TRACE_SUSPEND && r->text[0])
		fprintf(to, ", for %s", r->text);
}

static const char *cause(u64 cause)
{
	if (cause >> 63)
		return "an interrupt: into the kernel";
	return cause == ECALL ? "the long way into the kernel" : "a fault: into the kernel";
}

static void describe(const struct station *station, FILE *to)
{
	const struct trace_record *r = station->record;

	switch (station->kind) {
	case ASK:
		fprintf(to, "read_block asks: an SQE");
		break;
	case HANDLER:
		fprintf(to, "the handler runs");
		break;
	case GO_ON:
		fprintf(to, "read_block goes on with the answer");
		break;
	case TRACE_INTERRUPT:
		fprintf(to, "interrupt of %s", r->text);
		break;
	case TRACE_TIMER:
		fprintf(to, "a timer is due");
		break;
	case TRACE_WAKE:
		fprintf(to, "is woken");
		break;
	case TRACE_RUN:
		where(r, "goes on in", to);
		break;
	case TRACE_SUSPEND:
		where(r, "waits in", to);
		break;
	case TRACE_END:
		fprintf(to, "has ended: %ld", (long)r->argument);
		break;
	case TRACE_USER:
		fprintf(to, "to user mode");
		break;
	case TRACE_TRAP:
		fprintf(to, "%s", cause(r->argument));
		break;
	case TRACE_CALL:
		fprintf(to, "system call %s", r->text);
		break;
	case TRACE_SLEEP:
		fprintf(to, "nothing is ready: sleeps");
		break;
	case TRACE_AWAKE:
		fprintf(to, "wakes up");
		break;
	case TRACE_SQE:
		fprintf(to, "takes the SQE: %s", r->text);
		break;
	case TRACE_CQE:
		fprintf(to, "the CQE is posted");
		break;
	case TRACE_UINTR:
		fprintf(to, "a user interrupt is sent");
		break;
	case TRACE_BLOCK:
		fprintf(to, "gives %s the request, sector %lu", r->text, r->argument);
		break;
	case TRACE_BLOCK_ENDED:
		fprintf(to, "%s has served it", r->text);
	}
}

/* A table, and the number of kernel entries. */
static unsigned stations_print(void)
{
	bool exact = counts_instructions(), in_user = true;
	unsigned entries = 0;
	u64 before = 0, asleep = 0, at;

	printf("%12s %9s %7s  %-13s %s\n", exact ? "instructions" : "nanoseconds", "since", "entries", "who", "what");
	for (size_t i = 0; i < station_count; i++) {
		const struct station *station = &stations[i];

		if (is_thread(station) && in_user && station->kind != TRACE_WAKE && station->kind != TRACE_UINTR) {
			in_user = false;
			entries++;
		}
		if (is_thread(station) && station->kind == TRACE_USER)
			in_user = true;
		at = when(station, exact, &asleep);
		printf("%12lu %9lu %7u  %-13s ", at, at - before, entries, who(station));
		describe(station, stdout);
		printf("\n");
		before = at;
	}
	return entries;
}

/* --- what must be --- */

struct expected {
	u32 kind;
	const char *who; /* NULL: anybody */
};

static const struct expected cached[] = {
	{ ASK, NULL },	     { TRACE_CALL, "thread" },	{ TRACE_SQE, "thread" },
	{ TRACE_CQE, NULL }, { TRACE_UINTR, "thread" }, { HANDLER, NULL },
	{ GO_ON, NULL },
};

/* What is so on any number of harts: they may be slow, and a driver may be awake already. */
static const struct expected asked[] = {
	{ ASK, NULL },
	{ TRACE_CALL, "thread" },
	{ TRACE_SQE, "thread" },
	{ TRACE_SUSPEND, "ring request" },
	{ TRACE_WAKE, "ring request" },
	{ TRACE_RUN, "ring request" },
	{ TRACE_END, "ring request" },
	{ TRACE_CQE, NULL },
	{ TRACE_UINTR, "thread" },
	{ HANDLER, NULL },
	{ GO_ON, NULL },
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
	{ HANDLER, NULL },
	{ GO_ON, NULL },
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
	{ HANDLER, NULL },
	{ GO_ON, NULL },
};

/* Do the stations come in this order, among others? */
static bool in_order(const struct expected *expected, size_t count)
{
	size_t next = 0;

	for (size_t i = 0; i < station_count && next < count; i++)
		if (stations[i].kind == expected[next].kind &&
		    (!expected[next].who || !strcmp(expected[next].who, who(&stations[i]))))
			next++;
	if (next < count)
		printf("walk: station %zu of %zu is missing: kind %u of %s\n", next + 1, count, expected[next].kind,
		       expected[next].who ?: "anybody");
	return next == count;
}

#define IN_ORDER(expected) in_order((expected), ARRAY_SIZE(expected))

static bool is_right(const struct source *source)
{
	if (source->cached)
		return IN_ORDER(cached);
	if (!(IN_ORDER(asked) & IN_ORDER(served)))
		return false;
	if (!strcmp(source->path, "/dev/vda"))
		return sysconf(_SC_NPROCESSORS_ONLN) > 1 || IN_ORDER(one_hart_disk);
	return !counts_instructions() || IN_ORDER(one_hart_ram);
}

/* --- one walk --- */

/* What is in memory is forgotten: the next read of a disk is one. */
static void caches_drop(void)
{
	int fd = open("/proc/chime-drop-caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	NEED(write(fd, "3", 1));
	close(fd);
}

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
		memset(marks, 0, sizeof(marks));
		NEED(trace_on());
		NEED(async_block_on(async, read_block, source) == BLOCK_BYTES ? 0 : -EIO);
		NEED(trace_off());
	}
	count = NEED(trace_read(&records));
	stations_collect(records, count);
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
