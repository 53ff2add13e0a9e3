/* explore_inbox_sites.c - every ordering in inbox.c is needed: weakened one at a time, each is noticed, or has its
 * reason.
 *
 * links: kernel/task/inbox.c kernel/task/test/explore/scenario_inbox.c
 * links: kernel/task/test/explore/explore.c kernel/task/test/explore/harts.c kernel/task/test/explore/memory.c
 * links: kernel/task/test/explore/race.c kernel/task/test/explore/report.c kernel/task/test/explore/main.c
 * links: kernel/task/test/explore/sites.c
 * flags: -iquote kernel/task/test/explore/include -Wp,-fsanitize=thread
 * flags: --param=tsan-instrument-func-entry-exit=0
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

static const struct scenario *const *const groups[] = { inbox_scenarios, NULL };

static const char *const files[] = { "kernel/task/inbox.c", NULL };

static const struct spare spares[] = {
	{ "inbox_push", "&inbox->head", ORDER_ACQUIRE, "the pusher reads nothing through the node that was there" },
	{ "inbox_drain", "&inbox->head", ORDER_RELEASE, "the drainer puts nothing behind the NULL" },
};

int main(int argc, char **argv)
{
	return explore_sites(groups, files, spares, ARRAY_SIZE(spares), argc, argv);
}
