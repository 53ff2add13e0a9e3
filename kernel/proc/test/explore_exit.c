/* explore_exit.c - every interleaving of the ends of threads and processes: exit, exec, kill.
 *
 * links: @explorer @threads kernel/proc/test/explore/scenario_exit.c kernel/proc/test/explore/user_words.c
 * links: kernel/proc/futex.c kernel/task/wait.c kernel/task/task.c kernel/task/timer.c kernel/task/waker.c lib/co.c
 * links: lib/rbtree.c lib/fmt.c lib/string.c
 * flags: @explorer_locks -iquote kernel/proc/test/explore/include
 * sanitize: no
 * fuse: 120
 * variants: plain
 */
#include "kernel/proc/test/explore/scenario_signal.h"

int main(int argc, char **argv)
{
	return explore_main(exit_scenarios, argc, argv);
}
