/* explore_wait_sites.c - every ordering in wait.c, mutex.c, timer.c and task.c is needed, or has its reason: weakened
 * one at a time.
 *
 * links: @explorer kernel/task/wait.c kernel/task/mutex.c kernel/task/timer.c kernel/task/task.c kernel/task/waker.c
 * links: lib/co.c lib/rbtree.c lib/fmt.c lib/string.c kernel/task/test/explore/stand_in.c
 * links: kernel/task/test/explore/scenario_wait.c kernel/task/test/explore/scenario_mutex.c
 * links: kernel/task/test/explore/scenario_task.c kernel/task/test/explore/scenario_waker.c
 * flags: @explorer_locks
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/scenarios.h"

/* The wakers' first: with a broken waker the others say nothing. */
static const struct scenario *const *const groups[] = { waker_scenarios, wait_scenarios, mutex_scenarios,
							task_scenarios, NULL };

static const char *const files[] = { "kernel/task/wait.c", "kernel/task/mutex.c", "kernel/task/timer.c",
				     "kernel/task/task.c", NULL };

static const struct spare spares[] = {
	{ "wait_fire", "&task->wait.state", ORDER_RELEASE, "the notify that follows releases it all" },
	{ "wait_arm", "&wait->state", ORDER_ACQUIRE | ORDER_RELEASE, "a task that takes its own wait back" },
	{ "task_cancel", "&task->cancel", ORDER_ACQUIRE,
	  "who cancels reads nothing that the task wrote, except the wait's state" },
	{ "task_cancel_clear", "&task->cancel", ORDER_RELEASE, "who cancels next needs nothing of what was before" },
	{ "mutex_wait_step", "unlock &f->mutex->lock", ORDER_RELEASE,
	  "of the way to suspend: wait_begin ends with a full fence" },
};

int main(int argc, char **argv)
{
	return explore_sites(groups, files, spares, ARRAY_SIZE(spares), argc, argv);
}
