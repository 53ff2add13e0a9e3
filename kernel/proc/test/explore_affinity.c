/* explore_affinity.c - every interleaving of what a thread does with orders to leave its hart.
 *
 * links: @explorer @threads kernel/proc/test/explore/scenario_affinity.c kernel/proc/test/explore/user_words.c
 * links: kernel/proc/futex.c kernel/task/wait.c kernel/task/task.c kernel/task/timer.c kernel/task/waker.c lib/co.c
 * links: lib/rbtree.c lib/fmt.c lib/string.c
 * flags: @explorer_locks -iquote kernel/proc/test/explore/include
 * sanitize: no
 * variants: plain
 */
#include "kernel/proc/test/explore/scenario_signal.h"

int main(int argc, char **argv)
{
	return explore_main(affinity_scenarios, argc, argv);
}
