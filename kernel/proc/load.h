/* load.h - how many threads want a hart, now and on average: what loadavg tells. The kernel's own tasks do not count.
 */
#pragma once

#include "kernel/fs/procfs.h"

enum { LOAD_ONE = 2048 }; /* an average of one thread */

/* Start-up: a task that looks each 5 seconds. It has memory of its own and keeps no hart awake in between. */
void load_init(void);
/* Threads there are, that run or are ready, and that wait for what cannot be interrupted: 0 or -ENOMEM. They are
 * counted some at a time, so each is counted as it was at its own moment. Suspends. */
long load_count(struct co *caller, struct thread_counts *counts);
/* The averages over 1, 5 and 15 minutes, in units of 1 / LOAD_ONE. */
void load_averages(u64 averages[3]);
