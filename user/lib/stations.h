/* stations.h - one operation, told of by the kernel's trace and by a program's own stamps, as a table of stations.
 *
 *     station_mark(STATION_ASK) .. trace .. station_mark(STATION_HANDLER) .. station_mark(STATION_GO_ON)
 *     stations_collect(records)      what lies between the first and the last of them, in order
 *     stations_print()               counted in instructions if they are exact (`-icount`, one hart): without those of
 *                                    the trace itself and without the hart's sleep; else in nanoseconds
 *
 * One operation at a time: the stations are this file's.
 */
#pragma once

#include "kernel/abi/trace.h"
#include "user/lib/measure.h"

/* Stations of the program itself, beside those of enum trace_kind. */
enum { STATION_ASK = TRACE_KINDS, STATION_HANDLER, STATION_GO_ON, STATION_KINDS };

struct station_stamp {
	u64 counter, ticks; /* 0: it was not passed */
};
extern struct station_stamp station_stamps[STATION_KINDS - TRACE_KINDS];

static inline void station_mark(u32 kind)
{
	struct station_stamp *at = &station_stamps[kind - TRACE_KINDS];

	at->counter = read_instructions();
	at->ticks = read_ticks();
}

void station_marks_clear(void);

/* Of RECORDS, which stay as long as the stations are used. The program's thread is called THREAD. */
void stations_collect(const struct trace_record *records, long count, const char *thread);
/* A table: how often the thread has entered the kernel. */
unsigned stations_print(void);
/* Is the counter the clock, as -icount makes it, and all on one hart? Then instructions are exact. */
bool stations_are_exact(void);

struct expected {
	u32 kind;
	const char *who; /* NULL: anybody */
};
/* Do the stations come in this order, among others? If not, it is said which is missing. */
bool stations_in_order(const struct expected *expected, size_t count);
