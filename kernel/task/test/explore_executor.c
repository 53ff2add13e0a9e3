/* explore_executor.c - every interleaving of two event loops that wake, steal and sleep.
 *
 * links: @explorer kernel/task/executor.c kernel/task/run_queue.c kernel/task/inbox.c kernel/task/waker.c
 * links: kernel/task/task.c kernel/task/timer.c lib/co.c lib/rbtree.c lib/fmt.c lib/string.c
 * links: kernel/task/test/explore/scenario_executor.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

int main(int argc, char **argv)
{
	return explore_main(executor_scenarios, argc, argv);
}
