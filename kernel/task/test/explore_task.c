/* explore_task.c - every interleaving of timers with who disarms them, and of a report with the tasks it shows.
 *
 * links: @explorer kernel/task/wait.c kernel/task/task.c kernel/task/timer.c kernel/task/waker.c lib/co.c lib/rbtree.c
 * links: lib/fmt.c lib/string.c kernel/task/test/explore/scenario_task.c kernel/task/test/explore/stand_in.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

int main(int argc, char **argv)
{
	return explore_main(task_scenarios, argc, argv);
}
