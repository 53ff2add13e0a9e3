/* explore.h - every schedule of a few harts that run the kernel's own code, under a weak memory.
 *
 *     static void sleeper(void) { ... inbox_sleep_begin(&inbox) ... MODEL_AWAIT(&interrupt) ... }
 *     static void sender(void)  { ... inbox_push(&inbox, &node) ... }
 *     static void nothing_is_lost(void) { MODEL_CHECK(got == 1, "lost wake-up"); }
 *
 *     const struct scenario inbox_sleep = { "sleep", setup, { sleeper, sender }, nothing_is_lost };
 *
 * Contract: setup runs once and prepares static data, which each schedule finds as setup left it. The bodies run as
 * harts 0, 1, 2; all they share is static data. check runs when every hart has ended or is idle (MODEL_AWAIT). A
 * schedule fails by MODEL_CHECK, by panic, by a race of plain accesses, by a deadlock, or by not ending.
 *
 * A scenario with a BUG has a planted mistake, and the explorer must find it.
 */
#pragma once

#include "kernel/task/test/explore/model.h"

struct scenario {
	const char *name;
	void (*setup)(void);
	void (*body[MODEL_HARTS + 1])(void); /* the last is NULL */
	void (*check)(void);
	const char *bug; /* the planted mistake, in words; NULL: none */
};

/* For a setup: explore only those schedules that have at most BUDGET preemptions and old values read, together. What
 * needs more to go wrong is not found, so say at the scenario why it cannot be all of them. */
void explore_within(u32 budget);

/* One ordering taken away, at one place: what the machine then may do, the code must not survive. */
struct weakening {
	const struct site *site;
	u32 lost; /* ORDER_*, one or more */
};

/* An ordering that can be taken away with nothing to be seen, and why it stands there all the same. */
struct spare {
	const char *function, *what; /* as in the source: the argument of the access */
	u32 lost;
	const char *reason;
};

/* Explore every one of SCENARIOS, which ends in NULL: 0, or 1 when one fails, or a planted mistake is not found.
 * Arguments:
 *     (none)            all of them
 *     NAME              that scenario; a planted mistake's schedule is shown
 *     NAME 0 0 1:2 ...  that schedule of it, as a failure prints it: each step's hart, and how old a value it reads
 */
int explore_main(const struct scenario *const *scenarios, int argc, char **argv);

/* Weaken every ordering in the files FILES that a scenario of GROUPS passes (lists that end in NULL), one at a time:
 * some scenario must fail, or the ordering must be among SPARES. An argument picks a function and shows its
 * schedules. */
int explore_sites(const struct scenario *const *const *groups, const char *const *files, const struct spare *spares,
		  u32 spare_count, int argc, char **argv);
