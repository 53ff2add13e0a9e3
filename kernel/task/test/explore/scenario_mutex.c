/* scenario_mutex.c - the mutex that is held across awaits: one holder at a time, first come first served, no waiter
 * lost.
 *
 *     each hart: a task    mutex_lock -> counter++ -> yield, holding it -> counter++ -> mutex_unlock
 */
#include "kernel/task/test/explore/scenarios.h"

#include "kernel/task/mutex.h"
#include "kernel/task/test/explore/stand_in.h"

static struct co_mutex mutex;
static u32 counter, turns; /* plain: the mutex orders them */
static u32 done;	   /* atomic */

struct user {
	struct co co;
	bool yields;
	u32 before;
};

CO_STEP(user)
{
	CO_FRAME(user);
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &mutex));
	f->before = counter++;
	if (f->yields)
		AWAIT(err, task_yield(co));
	if (counter != f->before + 1)
		model_fail("two hold the mutex");
	turns++;
	mutex_unlock(co, &mutex);
	atomic_add_relaxed(&done, 1);
	CO_RETURN(err);
	CO_END;
}

static void setup(void)
{
	stand_in_setup();
	mutex_init(&mutex);
}

/* The first task has the mutex, and will go on. */
static void setup_held(void)
{
	setup();
	TASK_START(&places[0].task, user, .yields = true);
}

static void go_on_0(void)
{
	stand_in_run(0);
}

static void start(u32 place, bool yields)
{
	TASK_START(&places[place].task, user, .yields = yields);
	stand_in_run(place);
}

static void user_0(void)
{
	start(0, true);
}

static void user_1(void)
{
	start(1, true);
}

static void quick_1(void)
{
	start(1, false);
}

static void quick_2(void)
{
	start(2, false);
}

static void all_done(u32 count)
{
	MODEL_CHECK(done == count, "a waiter was lost");
	MODEL_CHECK(turns == count && counter == count, "each had its turn");
	MODEL_CHECK(!mutex.holder && list_is_empty(&mutex.queue.waits), "nobody holds it");
}

static void two_done(void)
{
	all_done(2);
}

static void three_done(void)
{
	all_done(3);
}

static const struct scenario two = { "mutex", setup, { user_0, user_1 }, two_done, NULL };
static const struct scenario three = { "mutex-three", setup_held, { go_on_0, quick_1, quick_2 }, three_done, NULL };

/* --- planted mistakes --- */

/* Sees that nobody waits, and gives the mutex up a moment later. */
static void unlock_in_two_steps(struct co *co)
{
	bool empty;

	spin_lock(&mutex.lock);
	empty = list_is_empty(&mutex.queue.waits);
	spin_unlock(&mutex.lock);
	if (!empty) {
		mutex_unlock(co, &mutex);
		return;
	}
	spin_lock(&mutex.lock);
	mutex.holder = NULL;
	spin_unlock(&mutex.lock);
}

struct careless {
	struct co co;
};

CO_STEP(careless)
{
	CO_FRAME(careless);
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &mutex));
	counter++;
	turns++;
	unlock_in_two_steps(co);
	atomic_add_relaxed(&done, 1);
	CO_RETURN(err);
	CO_END;
}

static void careless_0(void)
{
	TASK_START(&places[0].task, careless);
	stand_in_run(0);
}

static const struct scenario two_steps = { "mutex-two-steps",
					   setup,
					   { careless_0, quick_1 },
					   two_done,
					   "unlock looks at the queue and gives up in two steps" };

const struct scenario *const mutex_scenarios[] = { &two, &three, &two_steps, NULL };
