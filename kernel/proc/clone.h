/* clone.h - new threads and processes. */
#pragma once

#include "lib/co.h"

struct clone_arguments {
	u64 flags; /* CLONE_*, the signal for the parent in the low byte */
	u64 stack; /* 0: the caller's */
	u64 parent_tid, child_tid, tls;
	u64 pidfd; /* where the descriptor of CLONE_PIDFD goes */
};

/* clone(2) for the calling thread. The new thread's id; -EINVAL for combinations that make no sense or are not
 * supported; -EAGAIN, -ENOMEM. Suspends (vfork, writing of ids). */
long clone_call(struct co *caller, const struct clone_arguments *arguments);
