/* scenario_task.c - timers that another hart disarms, and a report of all tasks while these come and go. */
#include "kernel/task/test/explore/scenarios.h"

#include "kernel/task/test/explore/stand_in.h"
#include "kernel/task/wait.h"
#include "lib/fmt.h"

/* --- timers: after timer_disarm the timer does not fire and is not firing, and its memory is the caller's --- */

static struct timer early, late, far;
static u32 early_fired, late_fired; /* plain: written by the hart that armed them */
static bool early_disarmed;	    /* plain: the lock of the tree orders it */

static void early_expired(struct timer *timer)
{
	if (early_disarmed)
		model_fail("a disarmed timer fires");
	early_fired += timer->deadline == 1000;
}

static void late_expired(struct timer *timer)
{
	(void)timer;
	late_fired++;
}

static void setup_timers(void)
{
	stand_in_setup();
	timer_init(&early, early_expired);
	timer_init(&late, late_expired);
	timer_arm(&early, 1000);
}

static void armer(void)
{
	timer_arm(&late, 2000);
	stand_in_run(0);
}

static void disarmer(void)
{
	timer_disarm(&early);
	early = (struct timer){ 0 };
	early_disarmed = true;
}

static void late_has_fired(void)
{
	MODEL_CHECK(late_fired == 1, "the other timer fires");
	MODEL_CHECK(early_fired <= 1, "once at most");
}

static const struct scenario timers = { "timers", setup_timers, { armer, disarmer }, late_has_fired, NULL };

/* Another hart takes a timer out of the tree while its hart looks for the next deadline. */
static void setup_far(void)
{
	setup_timers();
	timer_init(&far, late_expired);
	timer_arm(&far, 5000000000); /* in a drawer */
	timer_init(&late, late_expired);
	timer_arm(&late, 600000);
}

static void runner(void)
{
	stand_in_run(0);
}

static void disarmer_of_far(void)
{
	timer_disarm(&far);
	far = (struct timer){ 0 };
}

static void early_has_fired(void)
{
	MODEL_CHECK(early_fired == 1 && late_fired >= 1, "the other timers fire");
}

static const struct scenario timers_far = {
	"timers-far", setup_far, { runner, disarmer_of_far }, early_has_fired, NULL
};

/* --- the report looks at the frames of waiting tasks; tasks end meanwhile --- */

static struct spinlock lock = SPINLOCK_INIT(RANK_FILE);
static struct wait_queue queue;
static bool flag;
static char said[1000]; /* the reporter's */

struct waiting {
	struct co co;
};

CO_STEP(waiting)
{
	CO_FRAME(waiting);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL_DISK(err, &lock, &queue, flag);
	spin_unlock(&lock);
	CO_RETURN(err);
	CO_END;
}

static void setup_report(void)
{
	stand_in_setup();
	wait_queue_init(&queue);
	TASK_START(&places[0].task, waiting);
}

static void run_place_0(void)
{
	stand_in_run(0);
}

/* Its task joins the same registry. */
static void start_another(void)
{
	TASK_START(&places[1].task, waiting);
	stand_in_run(0);
}

static void waker(void)
{
	spin_lock(&lock);
	flag = true;
	wait_wake_all(&queue);
	spin_unlock(&lock);
}

static void reporter(void)
{
	struct fmt_text text = { said, sizeof(said), 0 };

	task_report(&text);
}

static void first_ended(void)
{
	MODEL_CHECK(places[0].ended, "the report lost a wake-up");
}

static const struct scenario report = { "report", setup_report, { run_place_0, waker, reporter }, first_ended, NULL };
static const struct scenario report_new = { "report-new", setup_report, { start_another, reporter }, NULL, NULL };

const struct scenario *const task_scenarios[] = { &timers, &timers_far, &report, &report_new, NULL };
