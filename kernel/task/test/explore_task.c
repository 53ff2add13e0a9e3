/* explore_task.c - every interleaving of timers with who disarms them, and of a report with the tasks it shows.
 *
 * links: kernel/task/wait.c kernel/task/task.c kernel/task/timer.c kernel/task/waker.c
 * links: lib/co.c lib/rbtree.c lib/fmt.c lib/string.c
 * links: kernel/task/test/explore/scenario_task.c kernel/task/test/explore/stand_in.c
 * links: kernel/task/test/explore/explore.c kernel/task/test/explore/harts.c kernel/task/test/explore/memory.c
 * links: kernel/task/test/explore/race.c kernel/task/test/explore/report.c kernel/task/test/explore/main.c
 * links: kernel/task/test/explore/sites.c
 * flags: -iquote kernel/task/test/explore/include -iquote kernel/task/test/explore/lock -Wp,-fsanitize=thread
 * flags: --param=tsan-instrument-func-entry-exit=0
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

int main(int argc, char **argv)
{
	return explore_main(task_scenarios, argc, argv);
}
