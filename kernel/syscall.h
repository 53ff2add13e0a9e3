/* syscall.h - the system-call door. */
#pragma once

#include "kernel/operation.h"
#include "lib/co.h"

struct thread;

/* One row of the table in syscall.c: either an operation that has a ring door as well, with the function that makes a
 * struct op of the registers, or a call of its own. ARGS are the thread's a0..a5; they stay as they are while the call
 * is suspended. */
struct syscall {
	const char *name;
	long (*call)(struct co *caller, const u64 *args);
	long (*prepare)(struct op *op, const u64 *args); /* 0 or a negative errno */
	u8 op;
	u8 interrupted; /* enum call_interrupted of proc/signal.h; all rows say RESTARTS but those that say otherwise */
};

/* What the thread's registers ask for: the value for a0, or KEEP_REGISTERS. May suspend. */
long syscall_run(struct co *caller, struct thread *thread);

/* The call's name; "?": there is none. */
const char *syscall_name(u64 number);

/* How the call that THREAD's registers ask for goes on when a signal has interrupted it: enum call_interrupted. */
u8 syscall_interrupted(const struct thread *thread);
