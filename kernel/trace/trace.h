/* trace.h - trace points: what a hart does, written down in a buffer of its own.
 *
 *     off:  a byte of struct hart is loaded and tested: two instructions
 *     on:   [ oldest | .. | newest ]  64 bytes each, written by their own hart: no lock, no allocation, never full
 *
 * What is so fast that even two instructions would show (the fast door of system calls, the delivery of user
 * interrupts) has none: there a pointer leads elsewhere while the trace is on (trace_switched).
 *
 * Contract: trace points stand anywhere, under any lock; they do not change what happens. A task that is given is one
 * that cannot end meanwhile. Texts are never freed.
 */
#pragma once

#include "kernel/abi/trace.h"
#include "kernel/hart/hart.h"
#include "lib/order.h"

struct co_type;
struct fmt_text;
struct task;

#if defined(HOST)
static inline bool trace_is_on(void)
{
	return false;
}
#else
/* load_relaxed(&hart()->tracing), without the copy of tp that hart() makes. */
static inline bool trace_is_on(void)
{
	u64 on;

	__asm__ volatile("lbu %0, %1(tp)" : "=r"(on) : "i"(offsetof(struct hart, tracing)));
	return unlikely(on);
}
#endif

/* A task as a record tells of it. */
struct trace_task {
	const char *name;	    /* NULL: none */
	const struct co_type *type; /* of the frame where it stands, and the line; NULL: not said */
	u32 line;
	u32 number; /* 0: there is no task */
};
/* Write it down. TEXT may be NULL. */
void trace_record(enum trace_kind kind, const struct trace_task *task, u64 argument, const char *text);

/* --- answered by kernel/task, which knows what a task is --- */

/* Something about TASK; for TRACE_WAKE, RUN and SUSPEND, when it does not run, also where it stands. */
void trace_record_task(enum trace_kind kind, const struct task *task, u64 argument);
/* Something that the running task does, if there is one. TEXT may be NULL. */
void trace_record_event(enum trace_kind kind, u64 argument, const char *text);

static inline void trace_task(enum trace_kind kind, const struct task *task, u64 argument)
{
	if (trace_is_on())
		trace_record_task(kind, task, argument);
}

static inline void trace_event(enum trace_kind kind, u64 argument, const char *text)
{
	if (trace_is_on())
		trace_record_event(kind, argument, text);
}

/* Record from now on, from nothing; RECORDS for each hart, if there are no buffers yet (0: a usual number). They are
 * kept for ever. 0, -ENOMEM, -EINVAL (too many), -EBUSY (another one starts it just now). */
int trace_start(u32 records);
void trace_stop(void);
/* Boot option trace=RECORDS (1: a usual number). Before other harts run. */
void trace_boot(void);

/* Start-up: called with what the trace is now, before the first record and after the last. */
extern void (*trace_switched)(bool on);

/* Record number INDEX of all that there are, hart after hart, while nothing is recorded. False: there are not so
 * many. */
bool trace_get(u64 index, struct trace_record *out);
/* Is any hart recording? Then the numbers of records change all the time. */
bool trace_is_running(void);

/* The text of /proc/trace, and the commands that are written to it: 0, -EINVAL, -ENOMEM, -EBUSY. */
void trace_report(struct fmt_text *text);
int trace_command(const char *command);
