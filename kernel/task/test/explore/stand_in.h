/* stand_in.h - what the scenarios of tasks have instead of the executor, the clock and the slab.
 *
 * A place is a hart that runs tasks: it takes the run bit of its mailbox and makes one step of its task, or the timer
 * bit and fires what is due. The mailbox orders, as run queues and inboxes do (scenario_inbox.c,
 * scenario_executor.c).
 */
#pragma once

#include "kernel/task/task.h"
#include "kernel/task/test/explore/explore.h"

enum { PLACES = 3 };

struct place {
	struct task task;
	struct wait_timer timer;
	char arena[512] __attribute__((aligned(16)));
	u32 mailbox;
	u32 steps; /* after the first */
	u32 home;  /* the hart that runs it after its first step */
	long result;
	bool ended;
};

extern struct place places[PLACES];

/* Called by every setup: harts, registries, one task for each place. */
void stand_in_setup(void);
/* Run the task of PLACE for ever, as this hart. */
void stand_in_run(u32 place);
