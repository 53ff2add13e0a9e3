/* explore_virtqueue_sites.c - weakened one at a time, every ordering in virtqueue.c is missed, or has its reason.
 *
 * links: @explorer kernel/dev/virtqueue.c kernel/dev/test/explore/scenario_virtqueue.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 * fuse: 200
 */
#include "kernel/dev/test/explore/scenario_virtqueue.h"

static const struct scenario *const *const groups[] = { virtqueue_scenarios, NULL };

static const char *const files[] = { "kernel/dev/virtqueue.c", NULL };

int main(int argc, char **argv)
{
	return explore_sites(groups, files, NULL, 0, argc, argv);
}
