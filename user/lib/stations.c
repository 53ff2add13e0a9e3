/* stations.c - see stations.h. */
#include "user/lib/stations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ECALL = 8, FAR_NS = 1000, STATIONS_MOST = 4096 };

struct station_stamp station_stamps[STATION_KINDS - TRACE_KINDS];

static struct station {
	u64 counter, time, own; /* own: what the trace had used, see trace_record */
	u32 kind;
	const struct trace_record *record; /* NULL: the program's */
} stations[STATIONS_MOST];
static size_t station_count;
static const char *thread_name;

void station_marks_clear(void)
{
	memset(station_stamps, 0, sizeof(station_stamps));
}

/* --- collecting --- */

static int by_counter(const void *a, const void *b)
{
	const struct station *x = a, *y = b;

	return x->counter < y->counter ? -1 : x->counter > y->counter;
}

/* What the trace had used at a mark, the next record knows; after the last one nothing follows but the mark. */
static void marks_know_own(const struct trace_record *records, long count, u64 end)
{
	u64 own = 0;

	for (long i = 0; i < count; i++)
		if (records[i].instructions > end) {
			own = records[i].own;
			break;
		}
	for (size_t i = station_count; i-- > 0; own = stations[i].own)
		if (!stations[i].record)
			stations[i].own = own;
}

void stations_collect(const struct trace_record *records, long count, const char *thread)
{
	u64 begin = station_stamps[0].counter, end = station_stamps[STATION_GO_ON - TRACE_KINDS].counter;

	thread_name = thread;
	station_count = 0;
	for (long i = 0; i < count && station_count < STATIONS_MOST - ARRAY_SIZE(station_stamps); i++)
		if (records[i].instructions >= begin && records[i].instructions <= end)
			stations[station_count++] = (struct station){ records[i].instructions, records[i].time,
								      records[i].own, records[i].kind, &records[i] };
	for (u32 i = 0; i < ARRAY_SIZE(station_stamps); i++)
		if (station_stamps[i].counter >= begin)
			stations[station_count++] = (struct station){ .counter = station_stamps[i].counter,
								      .time = station_stamps[i].ticks * TICK_NS,
								      .kind = TRACE_KINDS + i };
	qsort(stations, station_count, sizeof(*stations), by_counter);
	marks_know_own(records, count, end);
}

bool stations_are_exact(void)
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
	return !r->task ? "event loop" : !strcmp(r->name, thread_name) ? "thread" : r->name;
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

/* What can be said without the record. */
static const char *const plain[STATION_KINDS] = {
	[TRACE_TIMER] = "a timer is due",
	[TRACE_WAKE] = "is woken",
	[TRACE_USER] = "to user mode",
	[TRACE_SLEEP] = "nothing is ready: sleeps",
	[TRACE_AWAKE] = "wakes up",
	[TRACE_CQE] = "the CQE is posted",
	[TRACE_UINTR] = "a user interrupt is sent",
	[STATION_ASK] = "read_block asks: an SQE",
	[STATION_HANDLER] = "the handler runs",
	[STATION_GO_ON] = "read_block goes on with the answer",
};

static void describe(const struct station *station, FILE *to)
{
	const struct trace_record *r = station->record;

	switch (station->kind) {
	case TRACE_INTERRUPT:
		fprintf(to, "interrupt of %s", r->text);
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
	case TRACE_TRAP:
		fprintf(to, "%s", cause(r->argument));
		break;
	case TRACE_CALL:
		fprintf(to, "system call %s", r->text);
		break;
	case TRACE_SQE:
		fprintf(to, "takes the SQE: %s", r->text);
		break;
	case TRACE_BLOCK:
		fprintf(to, "gives %s the request, sector %lu", r->text, r->argument);
		break;
	case TRACE_BLOCK_ENDED:
		fprintf(to, "%s has served it", r->text);
		break;
	default:
		fprintf(to, "%s", plain[station->kind] ?: "");
	}
}

unsigned stations_print(void)
{
	bool exact = stations_are_exact(), in_user = true;
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

bool stations_in_order(const struct expected *expected, size_t count)
{
	size_t next = 0;

	for (size_t i = 0; i < station_count && next < count; i++)
		if (stations[i].kind == expected[next].kind &&
		    (!expected[next].who || !strcmp(expected[next].who, who(&stations[i]))))
			next++;
	if (next < count)
		printf("station %zu of %zu is missing: kind %u of %s\n", next + 1, count, expected[next].kind,
		       expected[next].who ?: "anybody");
	return next == count;
}
