/* explore_limbo_sites.c - every ordering in limbo.c is needed: weakened one at a time, each is noticed, or has its reason.
 *
 * links: kernel/mm/limbo.c kernel/mm/test/explore/scenario_limbo.c
 * links: kernel/task/test/explore/explore.c kernel/task/test/explore/harts.c kernel/task/test/explore/memory.c
 * links: kernel/task/test/explore/race.c kernel/task/test/explore/report.c kernel/task/test/explore/main.c
 * links: kernel/task/test/explore/sites.c
 * flags: -iquote kernel/task/test/explore/include -iquote kernel/task/test/explore/lock -Wp,-fsanitize=thread
 * flags: --param=tsan-instrument-func-entry-exit=0
 * sanitize: no
 * variants: plain
 * fuse: 200
 */
#include "kernel/mm/test/explore/scenario_limbo.h"

static const struct scenario *const *const groups[] = { limbo_scenarios, NULL };

static const char *const files[] = { "kernel/mm/limbo.c", NULL };

static const struct spare spares[] = {
	{ "x", "y", 1, "" },
};

int main(int argc, char **argv)
{
	return explore_sites(groups, files, spares, ARRAY_SIZE(spares), argc, argv);
}
