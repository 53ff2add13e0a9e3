/* scenario_waker.c - wake against suspend: a notify is never lost, and the task never runs or waits twice at once.
 *
 *     executor                          notifier
 *       wait for the queue                data = 1
 *       waker_run                         waker_notify -> true: into the queue
 *       the step: reads the data
 *       waker_suspend -> false: into the queue again
 *
 * The queue orders nothing, and the data are relaxed: that a step after a notify sees the notifier's data is the
 * waker's work alone.
 */
#include "kernel/task/test/explore/scenarios.h"

#include "kernel/task/waker.h"
#include "lib/order.h"

static struct waker waker;
static u32 queued, data_1, data_2;
static u32 seen, frame; /* the task's own, plain */

static void enqueue(void)
{
	if (atomic_add_relaxed(&queued, 1))
		model_fail("the task is in the queue twice");
}

static void setup(void)
{
	waker_init(&waker);
	queued = 1;
}

static void step(void)
{
	frame++;
	seen |= load_relaxed(&data_1) | load_relaxed(&data_2) << 1;
}

static void executor(void)
{
	for (;;) {
		MODEL_AWAIT(&queued);
		waker_run(&waker);
		step();
		if (!waker_suspend(&waker))
			enqueue();
	}
}

static void notifier_1(void)
{
	store_relaxed(&data_1, 1);
	if (waker_notify(&waker))
		enqueue();
}

static void notifier_2(void)
{
	store_relaxed(&data_2, 1);
	if (waker_notify(&waker))
		enqueue();
}

static void notifier_twice(void)
{
	notifier_1();
	notifier_2();
}

/* The last step has seen all that was there before a notify. */
static void all_was_seen(void)
{
	MODEL_CHECK(waker.state == WAKER_IDLE && !queued, "the task neither waits nor runs");
	MODEL_CHECK(seen == 3, "lost wake-up");
}

static const struct scenario notify = { "notify", setup, { executor, notifier_1, notifier_2 }, all_was_seen, NULL };
/* The task moves from hart to hart: each step sees the frame that the last one left. */
static const struct scenario move = { "move", setup, { executor, executor, notifier_twice }, all_was_seen, NULL };

/* --- a queue that orders: who queues a task reads where its last step ran --- */

static u32 home;

static void enqueue_at_home(void)
{
	if (!home)
		model_fail("it never ran");
	if (atomic_add(&queued, 1))
		model_fail("the task is in the queue twice");
}

static void executor_at_home(void)
{
	for (;;) {
		MODEL_AWAIT_ACQUIRE(&queued);
		waker_run(&waker);
		home = 1;
		step();
		if (!waker_suspend(&waker))
			enqueue_at_home();
	}
}

static void notifier_at_home(void)
{
	store_relaxed(&data_1, 1);
	store_relaxed(&data_2, 1);
	if (waker_notify(&waker))
		enqueue_at_home();
}

static const struct scenario at_home = { "home", setup, { executor_at_home, notifier_at_home }, all_was_seen, NULL };

/* --- somebody looks at the frames of an idle task --- */

static u32 looked;

static void inspector(void)
{
	if (!waker_inspect(&waker))
		return;
	looked += frame;
	if (!waker_suspend(&waker))
		enqueue();
}

static const struct scenario inspect = {
	"inspect", setup, { executor, notifier_twice, inspector }, all_was_seen, NULL
};

/* --- the task ends --- */

static void finisher(void)
{
	MODEL_AWAIT(&queued);
	waker_run(&waker);
	step();
	waker_finish(&waker);
}

static void is_over(void)
{
	MODEL_CHECK(waker.state == WAKER_DONE, "the task has ended");
	MODEL_CHECK(!queued, "an ended task was queued");
}

static const struct scenario finish = { "finish", setup, { finisher, notifier_1, notifier_2 }, is_over, NULL };

/* --- planted mistakes --- */

/* Looks at the mark and goes to idle in two steps. */
static bool suspend_in_two_steps(struct waker *w)
{
	if (load_acquire(&w->state) == WAKER_RUNNING) {
		store_release(&w->state, WAKER_IDLE);
		return true;
	}
	store_release(&w->state, WAKER_QUEUED);
	return false;
}

static void executor_two_steps(void)
{
	for (;;) {
		MODEL_AWAIT(&queued);
		waker_run(&waker);
		step();
		if (!suspend_in_two_steps(&waker))
			enqueue();
	}
}

/* Only looks when there is nothing to change. */
static void notifier_that_looks(void)
{
	u32 state;

	store_relaxed(&data_2, 1);
	state = load_relaxed(&waker.state);
	if (state != WAKER_QUEUED && state != WAKER_NOTIFIED && waker_notify(&waker))
		enqueue();
}

/* Goes to idle and queues again, whatever it finds: a notify at the wrong moment is overwritten. */
static void executor_plain_store(void)
{
	for (;;) {
		MODEL_AWAIT(&queued);
		waker_run(&waker);
		step();
		store_release(&waker.state, WAKER_IDLE);
	}
}

static const struct scenario lost_notify = {
	"lost-notify", setup, { executor_plain_store, notifier_1, notifier_2 }, all_was_seen, "suspend is a store"
};
static const struct scenario two_steps = { "two-steps",
					   setup,
					   { executor_two_steps, notifier_1, notifier_2 },
					   all_was_seen,
					   "suspend is a load and a store" };
static const struct scenario looks = { "only-looks",
				       setup,
				       { executor, notifier_1, notifier_that_looks },
				       all_was_seen,
				       "a notify of a queued task releases nothing" };

const struct scenario *const waker_scenarios[] = {
	&notify, &move, &at_home, &inspect, &finish, &lost_notify, &two_steps, &looks, NULL,
};
