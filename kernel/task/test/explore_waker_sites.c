/* explore_waker_sites.c - every ordering in waker.c is needed: weakened one at a time, each is noticed, or has its
 * reason.
 *
 * links: @explorer kernel/task/waker.c kernel/task/test/explore/scenario_waker.c
 * flags: @explorer
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

static const struct scenario *const *const groups[] = { waker_scenarios, NULL };

static const char *const files[] = { "kernel/task/waker.c", NULL };

static const struct spare spares[] = {
	{ "waker_run", "&waker->state", ORDER_RELEASE, "who notifies next needs nothing of what was before the step" },
	{ "waker_suspend", "&waker->state", ORDER_ACQUIRE,
	  "the next waker_run acquires, and the release of a notify goes on to it" },
	{ "waker_inspect", "&waker->state", ORDER_RELEASE, "the looker has written nothing" },
	{ "waker_finish", "&waker->state", ORDER_ACQUIRE | ORDER_RELEASE | ORDER_ATOMIC,
	  "nobody notifies a task that may have ended: what is left is the check of a broken invariant" },
};

int main(int argc, char **argv)
{
	return explore_sites(groups, files, spares, ARRAY_SIZE(spares), argc, argv);
}
