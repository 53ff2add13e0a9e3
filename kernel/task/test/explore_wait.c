/* explore_wait.c - every interleaving of waiters, wakers, timeouts and cancels.
 *
 * links: @explorer kernel/task/wait.c kernel/task/task.c kernel/task/timer.c kernel/task/waker.c lib/co.c lib/rbtree.c
 * links: lib/fmt.c lib/string.c kernel/task/test/explore/scenario_wait.c kernel/task/test/explore/stand_in.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

int main(int argc, char **argv)
{
	return explore_main(wait_scenarios, argc, argv);
}
