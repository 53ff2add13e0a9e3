/* poll_call.h - what ppoll and pselect6 share: an array of descriptors, and the wait until one of them is ready.
 *
 *     poll_call_deadline -> poll_call_memory, fill fds in -> poll_call_run -> poll_call_done
 *
 *     poll_call_run: scan, entering the watches -> [ wait -> scan ]* -> leave them
 */
#pragma once

#include "kernel/sys/poll.h"
#include "kernel/task/timespec.h"

struct poll_call {
	u64 timeout;		  /* where the caller has it; 0: none */
	struct abi_timespec time; /* a copy of it */
	u64 deadline;		  /* 0: only look */
	u32 count;
	u32 entered; /* watches that have been filled in */
	struct poll_set set;
	struct abi_pollfd *fds;	    /* count of them */
	struct poll_watch *watches; /* likewise; file NULL: not entered */
};

/* Of call->time: 0 or -EINVAL. */
long poll_call_deadline(struct poll_call *call, const struct co *co);
/* The arrays, for call->count: 0 or -ENOMEM. poll_call_done gives them back in any case. */
long poll_call_memory(struct poll_call *call);
void poll_call_done(struct poll_call *call);
/* How many have results, which are in fds; 0: the time is over; -EINTR, -ENOMEM. Suspends. */
long poll_call_run(struct co *caller, struct poll_call *call);
/* What is left of the timeout into call->time, as Linux tells it. True: the caller shall be told. */
bool poll_call_rest(struct poll_call *call);
