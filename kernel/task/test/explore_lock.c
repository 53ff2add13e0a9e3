/* explore_lock.c - the spinlock excludes and orders; so the other explorers may take a lock in a single step.
 *
 * links: @explorer
 * flags: @explorer
 * sanitize: no
 * variants: plain
 */
#include "kernel/hart/lock.h"
#include "kernel/task/test/explore/explore.h"

static struct spinlock lock = SPINLOCK_INIT(RANK_FILE);
static u32 counter; /* plain: the lock orders it */

static void setup(void)
{
	for (u32 i = 0; i < MODEL_HARTS; i++)
		harts[i].index = i;
}

static void locker(void)
{
	spin_lock(&lock);
	counter++;
	spin_unlock(&lock);
}

static void twice(void)
{
	locker();
	locker();
}

static void trier(void)
{
	if (!spin_try_lock(&lock)) {
		spin_lock(&lock);
		counter += 10;
	}
	counter++;
	spin_unlock(&lock);
}

static void counted(u32 count)
{
	MODEL_CHECK(counter % 10 == count, "an increment was lost");
	MODEL_CHECK(!lock.held, "the lock is free");
	MODEL_CHECK(!harts[0].locks_held && !harts[1].locks_held, "nobody holds a lock");
}

static void three(void)
{
	counted(3);
}

static const struct scenario locks = { "lock", setup, { locker, twice }, three, NULL };
static const struct scenario locks_three = { "lock-three", setup, { locker, locker, locker }, three, NULL };
static const struct scenario tries = { "try-lock", setup, { twice, trier }, three, NULL };

/* --- planted mistakes --- */

static void plain_unlock(void)
{
	spin_lock(&lock);
	counter++;
	hart()->locks_held--;
	store_relaxed(&lock.held, 0);
}

static const struct scenario relaxed = {
	"lock-relaxed", setup, { plain_unlock, locker }, NULL, "the unlock does not release"
};

static const struct scenario *const scenarios[] = { &locks, &locks_three, &tries, &relaxed, NULL };
static const struct scenario *const *const groups[] = { scenarios, NULL };
static const char *const files[] = { "./kernel/hart/lock.h", NULL };

int main(int argc, char **argv)
{
	int failed = explore_main(scenarios, argc, argv);

	return failed || argc > 1 ? failed : explore_sites(groups, files, NULL, 0, argc, argv);
}
