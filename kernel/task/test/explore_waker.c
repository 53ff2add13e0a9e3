/* explore_waker.c - every interleaving of wake, run, suspend, inspect and finish.
 *
 * links: @explorer kernel/task/waker.c kernel/task/test/explore/scenario_waker.c
 * flags: @explorer
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

int main(int argc, char **argv)
{
	return explore_main(waker_scenarios, argc, argv);
}
