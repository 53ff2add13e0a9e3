/* explore_inbox_sites.c - every ordering in inbox.c is needed: weakened one at a time, each is noticed, or has its
 * reason.
 *
 * links: @explorer kernel/task/inbox.c kernel/task/test/explore/scenario_inbox.c
 * flags: @explorer
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
