/* explore_virtqueue.c - every interleaving of a driver and a device that share a virtqueue.
 *
 * links: @explorer kernel/dev/virtqueue.c kernel/dev/test/explore/scenario_virtqueue.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 * fuse: 200
 */
#include "kernel/dev/test/explore/scenario_virtqueue.h"

int main(int argc, char **argv)
{
	return explore_main(virtqueue_scenarios, argc, argv);
}
