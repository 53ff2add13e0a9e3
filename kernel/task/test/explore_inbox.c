/* explore_inbox.c - every interleaving of senders with an owner that goes to sleep.
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

int main(int argc, char **argv)
{
	return explore_main(inbox_scenarios, argc, argv);
}
