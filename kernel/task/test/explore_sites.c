/* explore_sites.c - every ordering in the protocols is needed: weakened one at a time, each is noticed, or has its reason.
 *
 * links: kernel/task/waker.c kernel/task/inbox.c kernel/task/wait.c kernel/task/mutex.c kernel/task/timer.c
 * links: kernel/task/task.c lib/co.c lib/rbtree.c lib/fmt.c lib/string.c kernel/task/test/explore/stand_in.c
 * links: kernel/task/test/explore/scenario_waker.c kernel/task/test/explore/scenario_inbox.c
 * links: kernel/task/test/explore/scenario_wait.c kernel/task/test/explore/scenario_mutex.c
 * links: kernel/task/test/explore/explore.c kernel/task/test/explore/harts.c kernel/task/test/explore/memory.c
 * links: kernel/task/test/explore/race.c kernel/task/test/explore/report.c kernel/task/test/explore/main.c
 * links: kernel/task/test/explore/sites.c
 * flags: -iquote kernel/task/test/explore/include -iquote kernel/task/test/explore/lock -Wp,-fsanitize=thread
 * flags: --param=tsan-instrument-func-entry-exit=0
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

static const struct scenario *const *const groups[] = { waker_scenarios, inbox_scenarios, wait_scenarios, mutex_scenarios, NULL };

static const char *const files[] = {
	"kernel/task/waker.c", "kernel/task/inbox.c", "kernel/task/wait.c", "kernel/task/mutex.c",
	"kernel/task/timer.c", "kernel/task/task.c", NULL,
};

static const struct spare spares[] = {
	{ "x", "y", 1, "" },
};

int main(int argc, char **argv)
{
	return explore_sites(groups, files, spares, ARRAY_SIZE(spares), argc, argv);
}
