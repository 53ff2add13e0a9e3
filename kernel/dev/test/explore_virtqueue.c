/* explore_virtqueue.c - every interleaving of a driver and a device that share a virtqueue.
 *
 * links: kernel/dev/virtqueue.c kernel/dev/test/explore/scenario_virtqueue.c
 * links: kernel/task/test/explore/explore.c kernel/task/test/explore/harts.c kernel/task/test/explore/memory.c
 * links: kernel/task/test/explore/race.c kernel/task/test/explore/report.c kernel/task/test/explore/main.c
 * links: kernel/task/test/explore/sites.c
 * flags: -iquote kernel/task/test/explore/include -iquote kernel/task/test/explore/lock -Wp,-fsanitize=thread
 * flags: --param=tsan-instrument-func-entry-exit=0
 * sanitize: no
 * variants: plain
 * fuse: 200
 */
#include "kernel/dev/test/explore/scenario_virtqueue.h"

int main(int argc, char **argv)
{
	return explore_main(virtqueue_scenarios, argc, argv);
}
