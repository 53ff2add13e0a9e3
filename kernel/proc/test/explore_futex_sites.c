/* explore_futex_sites.c - every ordering in the futex code is needed, or has its reason: weakened one at a time.
 *
 * links: @explorer kernel/proc/futex.c kernel/proc/futex_pair.c kernel/proc/test/explore/scenario_futex.c
 * links: kernel/proc/test/explore/user_words.c kernel/task/wait.c kernel/task/task.c kernel/task/timer.c
 * links: kernel/task/waker.c lib/co.c lib/rbtree.c lib/fmt.c lib/string.c kernel/task/test/explore/stand_in.c
 * flags: @explorer_locks -iquote kernel/proc/test/explore/include
 * sanitize: no
 * variants: plain
 */
#include "kernel/proc/test/explore/scenario_futex.h"

static const struct scenario *const *const groups[] = { futex_scenarios, NULL };

static const char *const files[] = { "kernel/proc/futex.c", "kernel/proc/futex_pair.c", "./kernel/proc/futex_bucket.h",
				     NULL };

static const char program[] = "the program looks at its word again, with an order of its own";
static const char bucket[] = "a bucket was always there, and its lock orders what is in it";

static const struct spare spares[] = {
	{ "word_check", "word", ORDER_ACQUIRE, program },
	{ "check_locked", "word", ORDER_ACQUIRE, program },
	{ "change_locked", "word", ORDER_ACQUIRE | ORDER_RELEASE, program },
	{ "wait_over", "&f->bucket", ORDER_ACQUIRE, bucket },
	{ "move_locked", "&waiter->bucket", ORDER_RELEASE, bucket },
	{ "wait_over", "unlock &bucket->lock", ORDER_RELEASE, "of the wrong bucket: nothing was changed in it" },
};

int main(int argc, char **argv)
{
	return explore_sites(groups, files, spares, ARRAY_SIZE(spares), argc, argv);
}
