/* explore_limbo_sites.c - weakened one at a time, every ordering in limbo.c is missed, or has its reason.
 *
 * links: @explorer kernel/mm/limbo.c kernel/mm/test/explore/scenario_limbo.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 * fuse: 200
 */
#include "kernel/mm/test/explore/scenario_limbo.h"

static const struct scenario *const *const groups[] = { limbo_scenarios, NULL };

static const char *const files[] = { "kernel/mm/limbo.c", NULL };

static const struct spare spares[] = {
	{ "limbo_put", "&page->flags", ORDER_ACQUIRE | ORDER_RELEASE, "the drop of the reference that follows orders" },
	{ "limbo_put", "&page->refs", ORDER_ACQUIRE, "every hart passes before the page is reused" },
};

int main(int argc, char **argv)
{
	return explore_sites(groups, files, spares, ARRAY_SIZE(spares), argc, argv);
}
