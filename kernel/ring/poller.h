/* poller.h - a task of the kernel that takes the SQEs of one or several rings of a process (IORING_SETUP_SQPOLL).
 *
 *     ring ---.                               poller->rings: [ A ] -> [ B ] -> [ C ]
 *     ring ----> poller (counted)                              ^ its turn; then it goes to the end
 *     task ---'
 *
 * Life: the first ring starts it, others attach (IORING_SETUP_ATTACH_WQ). It ends when the last ring has been closed,
 * or its process ends or executes another program, and starts nothing afterwards. A ring is in the list from attach to
 * detach and is referenced meanwhile; it leaves by the poller's own hand alone, so between two looks of the poller the
 * list can only grow. What a poller does: poller.c; how it begins and ends, and io_uring_enter's part: sqpoll.c.
 */
#pragma once

#include "kernel/ring/ring.h"

enum { POLLER_ARENA = 512, POLLER_NAME_BYTES = 24 };
/* Looking around: at first for a short time, longer if that finds something. */
enum { LOOK_LEAST_NS = 10000, LOOK_MOST_NS = 500000 };

struct poller {
	struct submitter submitter; /* its task */
	u32 refs;		    /* atomic: the task's, and one of each ring that has it */
	struct process *process;    /* referenced */
	u32 bells;		    /* how many of its rings' doorbells have begun; the poller's own */
	struct spinlock lock;	    /* guards all below */
	struct list rings;	    /* ring->poller_link */
	u32 count;
	u32 hart;		/* where it is to stay, once that is fixed; until then DOORBELL_ANY_HART */
	u64 look_most_ns;	/* it never looks around for longer: the most that one of its rings allows */
	struct wait_queue idle; /* itself, asleep */
	bool rung;		/* somebody has something for it, since it last began to go to sleep */
	bool gone;		/* it takes nothing any more, and no ring attaches */
	char name[POLLER_NAME_BYTES];
	struct wait_timer timer;
	char arena[POLLER_ARENA] __attribute__((aligned(16)));
};

/* Its first coroutine. Suspends. */
long poller_run(struct co *caller, void *poller);
/* From any hart: it looks at all of its rings once more before it sleeps. The second one with its lock held. */
void poller_wake(struct poller *poller);
void poller_wake_locked(struct poller *poller);

/* sqpoll.c: the end of a ring's time with POLLER, by itself; RING may be gone afterwards. */
void poller_detach(struct poller *poller, struct ring *ring);
/* Is it over: told to end, or no ring is left? From true on no ring attaches. */
bool poller_is_over(struct poller *poller);
