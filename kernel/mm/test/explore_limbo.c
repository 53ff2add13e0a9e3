/* explore_limbo.c - every interleaving of freeing, passing and sleeping harts.
 *
 * links: @explorer kernel/mm/limbo.c kernel/mm/test/explore/scenario_limbo.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 * fuse: 200
 */
#include "kernel/mm/test/explore/scenario_limbo.h"

int main(int argc, char **argv)
{
	return explore_main(limbo_scenarios, argc, argv);
}
