/* explore_futex.c - every interleaving of sleepers, wakers, movers, timeouts and cancels of futexes.
 *
 * links: kernel/proc/futex.c kernel/proc/futex_pair.c
 * links: kernel/proc/test/explore/scenario_futex.c kernel/proc/test/explore/user_words.c
 * links: kernel/task/wait.c kernel/task/task.c kernel/task/timer.c kernel/task/waker.c
 * links: lib/co.c lib/rbtree.c lib/fmt.c lib/string.c kernel/task/test/explore/stand_in.c
 * links: kernel/task/test/explore/explore.c kernel/task/test/explore/harts.c kernel/task/test/explore/memory.c
 * links: kernel/task/test/explore/race.c kernel/task/test/explore/report.c kernel/task/test/explore/main.c
 * links: kernel/task/test/explore/sites.c
 * flags: -iquote kernel/task/test/explore/include -iquote kernel/task/test/explore/lock -Wp,-fsanitize=thread
 * flags: -iquote kernel/proc/test/explore/include
 * flags: --param=tsan-instrument-func-entry-exit=0
 * sanitize: no
 * variants: plain
 */
#include "kernel/proc/test/explore/scenario_futex.h"

int main(int argc, char **argv)
{
	return explore_main(futex_scenarios, argc, argv);
}
