/* trace.h - the trace as user space sees it: records of what the kernel did, in the order of time.
 *
 *     echo on >/proc/trace       record, from nothing (or boot with trace=1)
 *     echo off >/proc/trace      stop
 *     cat /proc/trace            the newest records, as text
 *     /dev/trace                 all of them, as struct trace_record; while nothing is recorded (else -EBUSY)
 *
 * /dev/trace has the records of one hart after those of another, each hart's in order. A hart that has filled its
 * buffer writes over its oldest ones.
 */
#pragma once

#include "lib/types.h"

/* `task`, `name`: whom it is about. For most kinds that is the task that runs; 0 and "": the event loop itself. */
enum trace_kind {
	TRACE_NOTHING,
	TRACE_INTERRUPT,   /* a hart takes one; argument: the source, 0: from another hart; text: whose */
	TRACE_TIMER,	   /* a timer is due; argument: when, in nanoseconds */
	TRACE_WAKE,	   /* the task is ready from now on; what, file, line: where it will go on */
	TRACE_RUN,	   /* a step of the task begins there */
	TRACE_SUSPEND,	   /* it ends, to be continued there; text: what it waits for */
	TRACE_END,	   /* it ends for good; argument: its result */
	TRACE_USER,	   /* the thread goes to user mode; argument: its program counter */
	TRACE_TRAP,	   /* it has come back; argument: scause */
	TRACE_CALL,	   /* ... and makes a system call; argument: its number; text: its name */
	TRACE_SQE,	   /* the ring takes an entry; argument: its user_data; text: the operation */
	TRACE_CQE,	   /* the ring posts a completion; argument: its user_data */
	TRACE_UINTR,	   /* a user interrupt is on its way to the task, by a store or an upcall; argument: vectors */
	TRACE_BLOCK,	   /* a request is handed to a disk; argument: its sector; text: the disk's name */
	TRACE_BLOCK_ENDED, /* the disk has served it */
	TRACE_SLEEP,	   /* nothing is ready: the hart sleeps */
	TRACE_AWAKE,	   /* and has been woken up */
	TRACE_KINDS
};

struct trace_record {
	u64 time;	  /* nanoseconds since the machine was started */
	u64 instructions; /* the hart's counter; under -icount the whole machine's */
	u64 own;	  /* how many of those the trace itself has used on this hart, modulo 2^32 */
	u64 argument;
	u32 task; /* which one; another may get its number when it has ended */
	u32 line;
	u16 kind, hart;
	u32 reserved;
	char name[16], what[32], text[48], file[32]; /* ended by NUL */
};
_Static_assert(sizeof(struct trace_record) == 176, "trace record");
