/* explore_stop.c - every interleaving of stops and continues of a process with what its threads do.
 *
 * links: kernel/proc/test/explore/scenario_stop.c
 * links: kernel/proc/test/explore/programs.c kernel/proc/test/explore/thread_machine.c
 * links: kernel/proc/test/explore/nothing.c kernel/proc/test/explore/user_words.c
 * links: kernel/proc/thread.c kernel/proc/thread_life.c kernel/proc/affinity.c kernel/proc/process.c
 * links: kernel/proc/signal.c
 * links: kernel/proc/signal_actions.c kernel/proc/signal_queue.c kernel/proc/signal_stop.c
 * links: kernel/proc/signal_deliver.c kernel/proc/signal_mask.c kernel/proc/futex.c kernel/proc/usage.c
 * links: kernel/task/wait.c kernel/task/task.c kernel/task/timer.c kernel/task/waker.c
 * links: lib/co.c lib/rbtree.c lib/fmt.c lib/string.c
 * links: kernel/task/test/explore/explore.c kernel/task/test/explore/harts.c kernel/task/test/explore/memory.c
 * links: kernel/task/test/explore/race.c kernel/task/test/explore/report.c kernel/task/test/explore/main.c
 * links: kernel/task/test/explore/sites.c
 * flags: -iquote kernel/task/test/explore/include -iquote kernel/task/test/explore/lock -Wp,-fsanitize=thread
 * flags: -iquote kernel/proc/test/explore/include
 * flags: --param=tsan-instrument-func-entry-exit=0
 * sanitize: no
 * fuse: 120
 * variants: plain
 */
#include "kernel/proc/test/explore/scenario_signal.h"

int main(int argc, char **argv)
{
	return explore_main(stop_scenarios, argc, argv);
}
