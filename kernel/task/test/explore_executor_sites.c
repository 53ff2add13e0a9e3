/* explore_executor_sites.c - every ordering in executor.c and run_queue.c is needed, or has its reason.
 *
 * links: @explorer kernel/task/executor.c kernel/task/run_queue.c kernel/task/inbox.c kernel/task/waker.c
 * links: kernel/task/task.c kernel/task/timer.c lib/co.c lib/rbtree.c lib/fmt.c lib/string.c
 * links: kernel/task/test/explore/scenario_executor.c kernel/task/test/explore/scenario_waker.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

/* The wakers' first: with a broken waker the others say nothing. */
static const struct scenario *const *const groups[] = { waker_scenarios, executor_scenarios, NULL };

static const char *const files[] = { "kernel/task/executor.c", "kernel/task/run_queue.c", NULL };

static const struct spare spares[] = {
	{ "sleep_or_find", "&idle_harts", ORDER_ACQ_REL,
	  "only the bits matter; the fences after it and in poke_idle order" },
};

int main(int argc, char **argv)
{
	return explore_sites(groups, files, spares, ARRAY_SIZE(spares), argc, argv);
}
