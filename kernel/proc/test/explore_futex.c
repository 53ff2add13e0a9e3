/* explore_futex.c - every interleaving of sleepers, wakers, movers, timeouts and cancels of futexes.
 *
 * links: @explorer kernel/proc/futex.c kernel/proc/futex_pair.c kernel/proc/test/explore/scenario_futex.c
 * links: kernel/proc/test/explore/user_words.c kernel/task/wait.c kernel/task/task.c kernel/task/timer.c
 * links: kernel/task/waker.c lib/co.c lib/rbtree.c lib/fmt.c lib/string.c kernel/task/test/explore/stand_in.c
 * flags: @explorer_locks -iquote kernel/proc/test/explore/include
 * sanitize: no
 * variants: plain
 */
#include "kernel/proc/test/explore/scenario_futex.h"

int main(int argc, char **argv)
{
	return explore_main(futex_scenarios, argc, argv);
}
