/* requests.h - what is under way on behalf of a process besides its threads: pending operations of its rings.
 *
 * A request uses the process' memory and files, so the process waits for its requests before it gives those up (exit,
 * exec). Requests are linked here by the ring; this page only knows how to cancel them and when they are gone.
 */
#pragma once

#include "kernel/proc/process.h"
#include "kernel/task/task.h"

/* The head of a ring's request. */
struct request {
	struct task task;
	struct list link; /* in process->requests, guarded by process->lock */
};

/* Enter a request of PROCESS. */
void request_enter(struct process *process, struct request *request);
void request_leave(struct process *process, struct request *request);

/* Cancel all requests and wait until they have ended: 0. Suspends, uninterruptibly; a disk wait is waited for. */
long requests_cancel_all(struct co *caller, struct process *process);
