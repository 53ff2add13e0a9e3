/* explore_virtqueue_sites.c - weakened one at a time, every ordering in virtqueue.c is missed, or has its reason.
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

static const struct scenario *const *const groups[] = { virtqueue_scenarios, NULL };

static const char *const files[] = { "kernel/dev/virtqueue.c", NULL };

int main(int argc, char **argv)
{
	return explore_sites(groups, files, NULL, 0, argc, argv);
}
