/* explore_mutex.c - every interleaving of tasks that share a mutex.
 *
 * links: @explorer kernel/task/mutex.c kernel/task/wait.c kernel/task/task.c kernel/task/timer.c kernel/task/waker.c
 * links: lib/co.c lib/rbtree.c lib/fmt.c lib/string.c kernel/task/test/explore/scenario_mutex.c
 * links: kernel/task/test/explore/stand_in.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

int main(int argc, char **argv)
{
	return explore_main(mutex_scenarios, argc, argv);
}
