/* scenario_stop.c - a process that is stopped, goes on, is killed meanwhile: all its threads come in, its parent is
 * told once, and no continue is lost.
 */
#include "kernel/proc/test/explore/scenario_signal.h"

#include "kernel/proc/test/explore/programs.h"

static const u8 stays[] = { STAY }, waits[] = { CALL_WAIT, STAY }, exits[] = { CALL_EXIT };

static const u8 *const one_stays[THREADS] = { stays };
static const u8 *const one_waits[THREADS] = { waits };
static const u8 *const two[THREADS] = { stays, stays };
static const u8 *const one_exits[THREADS] = { stays, exits };

enum { CONTINUE_BUDGET = 4 };

static void setup_one(void)
{
	programs_setup(1, one_stays);
}

static void setup_waits(void)
{
	programs_setup(1, one_waits);
}

static void setup_two(void)
{
	programs_setup(2, two);
	watch_stops = true;
}

static void setup_exits(void)
{
	programs_setup(2, one_exits);
}

static void stop(void)
{
	signal_send(process, SIGSTOP);
}

static void go_on(void)
{
	signal_send(process, SIGCONT);
}

static void end(void)
{
	signal_send(process, SIGKILL);
}

static void stop_then_go_on(void)
{
	stop();
	go_on();
}

static void stop_twice(void)
{
	stop();
	go_on();
	stop();
}

static void is_stopped(void)
{
	struct thread *thread;

	MODEL_CHECK(process->stopped == process->thread_count, "all threads have come in");
	list_for_each (thread, &process->threads, link)
		MODEL_CHECK(thread->task.wait.state == WAIT_KILLABLE, "it waits, and can be killed");
	MODEL_CHECK(process->stop_told && process->news == STOPPED_STATUS(SIGSTOP), "the parent knows that it stopped");
}

static void goes_on(u32 count)
{
	MODEL_CHECK(!process->stopping && !process->stopped, "nobody is stopped");
	for (u32 i = 0; i < count; i++)
		check_at_rest(i);
	MODEL_CHECK(!process->continued, "the parent is told that it goes on, if it knew that it stopped");
	MODEL_CHECK(process->news != STOPPED_STATUS(SIGSTOP), "the parent does not think that it is stopped");
}

static void one_goes_on(void)
{
	goes_on(1);
}

static void as_the_last_one_said(void)
{
	if (process->stopping)
		is_stopped();
	else
		goes_on(1);
}

static void is_killed(void)
{
	check_ended(SIGNAL_STATUS(SIGKILL), SIGNAL_STATUS(SIGKILL));
}

static const struct scenario stopped = { "stop", setup_waits, { run_hart, stop }, is_stopped, NULL };
static const struct scenario both = { "stop-two", setup_two, { run_hart, run_hart, stop }, is_stopped, NULL };
static const struct scenario continued = {
	"stop-continue", setup_one, { run_hart, stop_then_go_on }, one_goes_on, NULL
};
static const struct scenario again = { "stop-again", setup_one, { run_hart, stop_twice }, is_stopped, NULL };
static const struct scenario opposed = {
	"stop-or-continue", setup_one, { run_hart, stop, go_on }, as_the_last_one_said, NULL
};

static void both_go_on(void)
{
	goes_on(2);
}

/* Of two threads and a sender there are too many schedules for all of them. */
static void setup_two_continue(void)
{
	setup_two();
	explore_within(CONTINUE_BUDGET);
}

static const struct scenario both_continued = {
	"stop-continue-two", setup_two_continue, { run_hart, run_hart, stop_then_go_on }, both_go_on, NULL
};

/* Who leaves is not waited for. */
static const struct scenario leaves = { "stop-leave", setup_exits, { run_hart, run_hart, stop }, is_stopped, NULL };

/* --- killed while it stops, is stopped, or goes on --- */

static const struct scenario killed = { "stop-kill", setup_one, { run_hart, stop, end }, is_killed, NULL };
static const struct scenario killed_or_continued = {
	"stop-kill-continue", setup_one, { run_hart, stop_then_go_on, end }, is_killed, NULL
};

/* --- planted mistakes --- */

static void end_as_a_signal_does(void)
{
	spin_lock(&process->lock);
	process->exiting = true;
	process->exit_status = SIGNAL_STATUS(SIGKILL);
	thread_poke(threads[0], WORK_EXIT, CANCEL_INTERRUPT);
	spin_unlock(&process->lock);
}

static void stop_then_go_on_unlocked(void)
{
	stop();
	if (!load_relaxed(&process->stopping))
		return;
	go_on();
}

static const struct scenario mildly = { "stop-kill-mild",
					setup_one,
					{ run_hart, stop, end_as_a_signal_does },
					is_killed,
					"a kill is told as a signal is: that does not end the wait of who is stopped" };
static const struct scenario unlocked = { "stop-unlocked",
					  setup_one,
					  { run_hart, stop_then_go_on_unlocked },
					  one_goes_on,
					  "SIGCONT looks whether it is needed, without the lock" };

/* Half of them are woken: all the same to a process of one thread. */
static void stop_then_wake_one(void)
{
	stop();
	spin_lock(&process->lock);
	process->stopping = 0;
	wait_wake_one(&process->resumed);
	spin_unlock(&process->lock);
}

static const struct scenario half = { "stop-continue-half",
				      setup_two_continue,
				      { run_hart, run_hart, stop_then_wake_one },
				      both_go_on,
				      "SIGCONT wakes one of the threads" };

const struct scenario *const stop_scenarios[] = {
	&stopped, &both,   &both_continued,	 &half,	  &continued, &again, &opposed,
	&leaves,  &killed, &killed_or_continued, &mildly, &unlocked,  NULL,
};
