/* scenario_wait.c - what ends a wait: the condition, a timeout, a cancel. One of them, once, and none is missed.
 *
 *     hart 0                              others
 *       AWAIT_UNTIL(flag)                   lock, flag = 1, wait_wake, unlock
 *       (its timer's interrupt)             task_cancel
 *       a second wait that nothing ends: a wake-up too many would be seen there
 */
#include "kernel/task/test/explore/scenarios.h"

#include "kernel/abi/errno.h"
#include "kernel/task/test/explore/stand_in.h"
#include "kernel/task/wait.h"

static struct spinlock lock = SPINLOCK_INIT(RANK_FILE);
static struct wait_queue queue, nobody;
static bool flag, never; /* guarded by lock */
static long first_result;
static u32 results;

struct waiting {
	struct co co;
	enum wait_kind kind;
	u64 deadline;
	bool again, yields;
};

CO_STEP(waiting)
{
	CO_FRAME(waiting);
	long err;

	CO_BEGIN;
	if (f->yields)
		AWAIT(err, task_yield(co));
	AWAIT_UNTIL_FULL(err, &lock, &queue, f->kind, f->deadline, flag);
	first_result = err;
	results++;
	spin_unlock(&lock);
	if (f->again) {
		AWAIT_UNTIL_DISK(err, &lock, &nobody, never);
		results++;
		spin_unlock(&lock);
	}
	CO_RETURN(err);
	CO_END;
}

static void setup(void)
{
	stand_in_setup();
	wait_queue_init(&queue);
	wait_queue_init(&nobody);
}

static void start(u32 place, enum wait_kind kind, u64 deadline, bool again)
{
	TASK_START(&places[place].task, waiting, .kind = kind, .deadline = deadline, .again = again);
	stand_in_run(place);
}

static void wait_disk(void)
{
	start(0, WAIT_DISK, TIME_NEVER, false);
}

static void wait_disk_too(void)
{
	start(1, WAIT_DISK, TIME_NEVER, false);
}

static void wait_killable(void)
{
	start(0, WAIT_KILLABLE, TIME_NEVER, false);
}

static void wait_interruptible(void)
{
	start(0, WAIT_INTERRUPTIBLE, TIME_NEVER, false);
}

static void wait_with_deadline(void)
{
	start(0, WAIT_INTERRUPTIBLE, 1000, true);
}

/* Hart 1 runs the steps after the first one; the timer stays on hart 0. */
static void wait_and_move(void)
{
	places[0].home = 1;
	start(0, WAIT_INTERRUPTIBLE, 1000, true);
}

static void run_place_0(void)
{
	stand_in_run(0);
}

static void wake_one(void)
{
	spin_lock(&lock);
	flag = true;
	wait_wake_one(&queue);
	spin_unlock(&lock);
}

static void wake_all(void)
{
	spin_lock(&lock);
	flag = true;
	wait_wake_all(&queue);
	spin_unlock(&lock);
}

static void wake_one_by_one(void)
{
	wake_one();
	wake_one();
}

static void interrupt(void)
{
	task_cancel(&places[0].task, CANCEL_INTERRUPT);
}

static void kill(void)
{
	task_cancel(&places[0].task, CANCEL_KILL);
}

/* --- a wake is not lost --- */

static void one_ended(void)
{
	MODEL_CHECK(results == 1, "lost wake-up");
	MODEL_CHECK(first_result == 0, "the condition was true");
}

static void two_ended(void)
{
	MODEL_CHECK(results == 2, "lost wake-up");
}

static const struct scenario wake = { "wait-wake", setup, { wait_disk, wake_one }, one_ended, NULL };
static const struct scenario wake_two = {
	"wait-wake-all", setup, { wait_disk, wait_disk_too, wake_all }, two_ended, NULL
};
static const struct scenario wake_singly = {
	"wait-wake-one", setup, { wait_disk, wait_disk_too, wake_one_by_one }, two_ended, NULL
};

/* --- a cancel is not lost, and ends what it may --- */

static void was_told_to_stop(void)
{
	MODEL_CHECK(results == 1, "lost cancel");
	MODEL_CHECK(first_result == -EINTR, "it was cancelled");
}

static void still_waits(void)
{
	MODEL_CHECK(results == 0, "this wait does not end by a cancel");
}

/* It comes to its wait in a step that was resumed: that step's value is read before the next one is written. */
static void setup_yielding(void)
{
	setup();
	TASK_START(&places[0].task, waiting, .kind = WAIT_INTERRUPTIBLE, .deadline = TIME_NEVER, .yields = true);
}

static const struct scenario cancel_later = {
	"wait-cancel-later", setup_yielding, { run_place_0, interrupt }, was_told_to_stop, NULL
};
static const struct scenario cancel = {
	"wait-cancel", setup, { wait_interruptible, interrupt }, was_told_to_stop, NULL
};
static const struct scenario killed = {
	"wait-kill", setup, { wait_killable, interrupt, kill }, was_told_to_stop, NULL
};
static const struct scenario not_killed = { "wait-no-kill", setup, { wait_killable, interrupt }, still_waits, NULL };
static const struct scenario disk = { "wait-disk", setup, { wait_disk, kill }, still_waits, NULL };

/* --- an interrupt that tells of work: it is seen after the clear, or ends the wait --- */

static u32 work, work_seen;

struct working {
	struct co co;
	bool until_seen;
};

CO_STEP(working)
{
	CO_FRAME(working);
	long err;

	CO_BEGIN;
	do {
		task_cancel_clear(task_of(co));
		work_seen |= load_relaxed(&work);
		AWAIT_UNTIL(err, &lock, &queue, never);
		spin_unlock(&lock);
	} while (err == -EINTR && !(f->until_seen && work_seen));
	CO_RETURN(err);
	CO_END;
}

static void run_working(void)
{
	TASK_START(&places[0].task, working);
	stand_in_run(0);
}

/* An earlier interrupt is not cleared yet. */
static void setup_told(void)
{
	setup();
	task_cancel(&places[0].task, CANCEL_INTERRUPT);
}

static void tell(void)
{
	store_relaxed(&work, 1);
	task_cancel(&places[0].task, CANCEL_INTERRUPT);
}

/* A kill cannot be cleared: it looks until it has seen why. */
static void run_until_seen(void)
{
	TASK_START(&places[0].task, working, .until_seen = true);
	stand_in_run(0);
}

static void tell_for_good(void)
{
	store_relaxed(&work, 1);
	task_cancel(&places[0].task, CANCEL_KILL);
}

static void reason_was_seen(void)
{
	MODEL_CHECK(work_seen, "it ended and has not seen why");
}

static void all_work_was_seen(void)
{
	MODEL_CHECK(work_seen, "it waits and has not seen its work");
	MODEL_CHECK(places[0].task.wait.state == WAIT_INTERRUPTIBLE, "it waits");
}

static const struct scenario told = { "wait-told", setup_told, { run_working, tell }, all_work_was_seen, NULL };
static const struct scenario told_for_good = {
	"wait-told-for-good", setup, { run_until_seen, tell_for_good }, reason_was_seen, NULL
};

/* --- a wait that somebody else ends --- */

static bool somebody_ended_it;

static void end_it(void)
{
	somebody_ended_it = task_end_wait(&places[0].task, -ECANCELED);
}

static void ended_by_one(void)
{
	MODEL_CHECK(results == 1, "lost wake-up");
	MODEL_CHECK((first_result == -ECANCELED) == somebody_ended_it, "who ended it knows that");
}

static const struct scenario ended_early = {
	"wait-ended", setup, { wait_interruptible, wake_one, end_it }, ended_by_one, NULL
};

/* --- wake, timeout, cancel: exactly one result --- */

static void ended_once(void)
{
	MODEL_CHECK(results == 1, "one result");
	MODEL_CHECK(places[0].steps <= 1, "it was woken more than once");
	MODEL_CHECK(places[0].task.wait.state == WAIT_DISK, "the second wait goes on");
	MODEL_CHECK(!places[0].task.wait.timer->timer.place, "a timer of a wait that is over");
}

static const struct scenario wake_timeout = {
	"wait-wake-timeout", setup, { wait_with_deadline, wake_one }, ended_once, NULL
};
static const struct scenario cancel_timeout = {
	"wait-cancel-timeout", setup, { wait_with_deadline, interrupt }, ended_once, NULL
};
static const struct scenario all_three = {
	"wait-three", setup, { wait_with_deadline, wake_one, interrupt }, ended_once, NULL
};
static const struct scenario moved = {
	"wait-moved", setup, { wait_and_move, run_place_0, wake_one }, ended_once, NULL
};

/* --- planted mistakes --- */

struct careless {
	struct co co;
};

/* Looks at the condition without the lock. */
CO_STEP(careless)
{
	CO_FRAME(careless);
	long err;

	CO_BEGIN;
	if (!load_relaxed(&flag)) {
		f->co.line = __LINE__;
		spin_lock(&lock);
		wait_begin(co, &queue, WAIT_DISK, TIME_NEVER, "flag");
		spin_unlock(&lock);
		return CO_PENDING;
	case CO_LINE(__LINE__ - 4):
		spin_lock(&lock);
		err = wait_end(co, co_in);
		spin_unlock(&lock);
		results++;
		CO_RETURN(err);
	}
	results++;
	CO_RETURN(0);
	CO_END;
}

static void wait_carelessly(void)
{
	TASK_START(&places[0].task, careless);
	stand_in_run(0);
}

static void wake_careless(void)
{
	spin_lock(&lock);
	store_relaxed(&flag, true);
	wait_wake_one(&queue);
	spin_unlock(&lock);
}

static const struct scenario unlocked = { "wait-unlocked",
					  setup,
					  { wait_carelessly, wake_careless },
					  one_ended,
					  "the condition is looked at without the lock" };

/* Tells the waiters before the condition is true. */
static void wake_early(void)
{
	spin_lock(&lock);
	wait_wake_one(&queue);
	spin_unlock(&lock);
	spin_lock(&lock);
	flag = true;
	spin_unlock(&lock);
}

static const struct scenario early = {
	"wait-early", setup, { wait_disk, wake_early }, one_ended, "the wake comes before the condition is true"
};

const struct scenario *const wait_scenarios[] = {
	&wake,		 &wake_two,  &wake_singly, &cancel,	   &cancel_later, &killed,
	&not_killed,	 &disk,	     &told,	   &told_for_good, &ended_early,  &wake_timeout,
	&cancel_timeout, &all_three, &moved,	   &unlocked,	   &early,	  NULL,
};
