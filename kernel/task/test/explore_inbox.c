/* explore_inbox.c - every interleaving of senders with an owner that goes to sleep.
 *
 * links: @explorer kernel/task/inbox.c kernel/task/test/explore/scenario_inbox.c
 * flags: @explorer
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

int main(int argc, char **argv)
{
	return explore_main(inbox_scenarios, argc, argv);
}
