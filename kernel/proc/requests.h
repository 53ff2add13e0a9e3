/* requests.h - what is under way on behalf of a process besides its threads: pending operations of its rings.
 *
 * A request uses the process' memory and files, so the process waits for its requests before it gives those up (exit,
 * exec). Requests are linked here by the ring; this page only knows how to cancel them and when they are gone.
 */
#pragma once

#include "kernel/proc/process.h"
#include "kernel/task/task.h"

/* The head of a ring's request: an unlisted task, whose link is in process->requests, guarded by process->lock. */
struct request {
	struct task task;
};

/* The head of a task that starts requests of the process without its threads: a ring's poller, in process->submitters
 * (process->lock). It ends when it is cancelled, and starts nothing afterwards. */
struct submitter {
	struct task task;
	struct list link;
};

void submitter_enter(struct process *process, struct submitter *submitter);
void submitter_leave(struct process *process, struct submitter *submitter);

/* Enter a request of PROCESS. */
void request_enter(struct process *process, struct request *request);
void request_leave(struct process *process, struct request *request);

/* Start-up: /proc/tasks shows them, too. */
void requests_init(void);

/* Cancel all submitters and requests and wait until they have ended: 0. Suspends, uninterruptibly; a disk wait is
 * waited for. */
long requests_cancel_all(struct co *caller, struct process *process);
