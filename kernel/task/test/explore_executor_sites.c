/* explore_executor_sites.c - every ordering in executor.c and run_queue.c is needed, or has its reason.
 *
 * links: kernel/task/executor.c kernel/task/run_queue.c kernel/task/inbox.c kernel/task/waker.c kernel/task/task.c
 * links: kernel/task/timer.c lib/co.c lib/rbtree.c lib/fmt.c lib/string.c
 * links: kernel/task/test/explore/scenario_executor.c
 * links: kernel/task/test/explore/scenario_waker.c
 * links: kernel/task/test/explore/explore.c kernel/task/test/explore/harts.c kernel/task/test/explore/memory.c
 * links: kernel/task/test/explore/race.c kernel/task/test/explore/report.c kernel/task/test/explore/main.c
 * links: kernel/task/test/explore/sites.c
 * flags: -iquote kernel/task/test/explore/include -iquote kernel/task/test/explore/lock -Wp,-fsanitize=thread
 * flags: --param=tsan-instrument-func-entry-exit=0
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
