/* scenario_exit.c - the end of a process: once, with one status, when the last thread has left; and no thread is
 * forgotten, whatever it was doing, even if it was only being made.
 */
#include "kernel/proc/test/explore/scenario_signal.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/test/explore/programs.h"

static const u8 stays[] = { STAY }, waits[] = { CALL_WAIT, STAY }, leaves[] = { CALL_EXIT };
static const u8 ends[] = { CALL_EXIT_GROUP }, clones[] = { CALL_CLONE, STAY }, faults[] = { FAULT, STAY };
static const u8 execs[] = { CALL_EXEC, STAY };

static const u8 *const both_end[THREADS] = { ends, ends };
static const u8 *const both_leave[THREADS] = { leaves, leaves };
static const u8 *const one_ends[THREADS] = { ends, waits };
static const u8 *const end_and_clone[THREADS] = { ends, clones, stays };
static const u8 *const end_and_fault[THREADS] = { ends, faults };
static const u8 *const end_and_leave[THREADS] = { ends, leaves };
static const u8 *const exec_and_wait[THREADS] = { execs, waits };
static const u8 *const both_exec[THREADS] = { execs, execs };
static const u8 *const exec_and_end[THREADS] = { execs, ends };
static const u8 *const exec_and_clone[THREADS] = { execs, clones, stays };

#define SETUP(program)                      \
	static void setup_##program(void)   \
	{                                   \
		programs_setup(2, program); \
	}

SETUP(both_end)
SETUP(both_leave)
SETUP(one_ends)
SETUP(end_and_clone)
SETUP(end_and_fault)
SETUP(end_and_leave)
SETUP(exec_and_wait)
SETUP(both_exec)
SETUP(exec_and_end)
SETUP(exec_and_clone)

enum { EXEC_CLONE_BUDGET = 4 };

static void kill_it(void)
{
	signal_send(process, SIGKILL);
}

/* --- exit_group --- */

static void ended_by_0(void)
{
	check_ended(EXIT_STATUS(0), EXIT_STATUS(0));
}

static void ended_by_one(void)
{
	check_ended(EXIT_STATUS(0), EXIT_STATUS(1));
}

static void ended_or_killed(void)
{
	check_ended(EXIT_STATUS(0), SIGNAL_STATUS(SIGKILL));
}

static const struct scenario two_end = { "exit-both", setup_both_end, { run_hart, run_hart }, ended_by_one, NULL };
static const struct scenario two_leave = { "exit-last", setup_both_leave, { run_hart, run_hart }, ended_by_0, NULL };
static const struct scenario end_leave = {
	"exit-leave", setup_end_and_leave, { run_hart, run_hart }, ended_by_0, NULL
};
static const struct scenario end_wait = { "exit-wait", setup_one_ends, { run_hart, run_hart }, ended_by_0, NULL };
static const struct scenario end_clone = {
	"exit-clone", setup_end_and_clone, { run_hart, run_hart, run_hart }, ended_by_0, NULL
};
static const struct scenario end_fault = {
	"exit-fault", setup_end_and_fault, { run_hart, run_hart, page_arrives }, ended_by_0, NULL
};
static const u8 *const only_one[THREADS] = { ends };

static void setup_only_one(void)
{
	programs_setup(1, only_one);
}

static const struct scenario end_kill = { "exit-kill", setup_only_one, { run_hart, kill_it }, ended_or_killed, NULL };

/* --- exec ends the others --- */

static bool has_ended(u32 i)
{
	return threads[i]->task.waker.state == WAKER_DONE;
}

/* Thread I is the only one that is left. */
static void is_alone(u32 i)
{
	MODEL_CHECK(process->thread_count == 1 && process->threads.next == &threads[i]->link, "the others are gone");
	MODEL_CHECK(!process->exiting && !processes_ended, "the process lives");
	MODEL_CHECK(seen[i].result == 0, "exec knows that");
	MODEL_CHECK(!process->staying, "the next exec finds nobody");
	check_at_rest(i);
}

static void first_is_alone(void)
{
	is_alone(0);
}

static void one_is_alone(void)
{
	is_alone(has_ended(0));
}

static void alone_or_ended(void)
{
	if (processes_ended)
		check_ended(EXIT_STATUS(1), EXIT_STATUS(1));
	else
		is_alone(0);
}

static const struct scenario exec_wait = {
	"exec-wait", setup_exec_and_wait, { run_hart, run_hart }, first_is_alone, NULL
};
static const struct scenario exec_both = { "exec-both", setup_both_exec, { run_hart, run_hart }, one_is_alone, NULL };
static const struct scenario exec_end = {
	"exec-exit", setup_exec_and_end, { run_hart, run_hart }, alone_or_ended, NULL
};

static void is_killed(void)
{
	check_ended(SIGNAL_STATUS(SIGKILL), SIGNAL_STATUS(SIGKILL));
}

/* The other thread does not leave before the kill has been sent: exec waits for it. */
static void kill_then_run(void)
{
	kill_it();
	run_hart();
}

static const struct scenario exec_kill = {
	"exec-kill", setup_exec_and_wait, { run_hart, kill_then_run }, is_killed, NULL
};

/* The other one makes a third thread, which nobody has told to leave: exec looks again when the second one has left. Of
 * three threads there are too many schedules for all of them. */
static void setup_exec_clone(void)
{
	setup_exec_and_clone();
	explore_within(EXEC_CLONE_BUDGET);
}

static const struct scenario exec_clone = {
	"exec-clone", setup_exec_clone, { run_hart, run_hart, run_hart }, first_is_alone, NULL
};

/* --- planted mistakes --- */

static void tell_all(void)
{
	struct thread *thread;

	spin_lock(&process->lock);
	list_for_each (thread, &process->threads, link)
		thread_poke(thread, WORK_EXIT, CANCEL_KILL);
	spin_unlock(&process->lock);
}

/* SIGKILL from outside, in two pieces. */
static void mark_after_telling(void)
{
	tell_all();
	spin_lock(&process->lock);
	process->exiting = true;
	process->exit_status = EXIT_STATUS(0);
	spin_unlock(&process->lock);
}

static const u8 *const clone_first[THREADS] = { clones, stays, stays };

static void setup_clone_first(void)
{
	programs_setup(1, clone_first);
}

static const struct scenario late_mark = { "exit-mark-late",
					   setup_clone_first,
					   { run_hart, mark_after_telling, run_hart },
					   ended_by_0,
					   "the threads are told before new ones are refused" };

/* exec as two of them would do it that do not know of each other. */
static long all_others_leave(struct thread *self)
{
	struct thread *other;

	spin_lock(&process->lock);
	list_for_each (other, &process->threads, link)
		if (other != self)
			thread_poke(other, WORK_EXIT, CANCEL_KILL);
	spin_unlock(&process->lock);
	return 0;
}

static long exec_carelessly(struct co *caller, struct thread *thread)
{
	(void)caller;
	return seen[thread == threads[1]].result = all_others_leave(thread);
}

static void setup_careless(void)
{
	setup_both_exec();
	thread_syscall = exec_carelessly;
}

static const struct scenario careless = {
	"exec-careless", setup_careless, { run_hart, run_hart }, one_is_alone, "two that exec end each other"
};

/* exec as one would do it that knows no thread but those of its beginning. */
struct tell_once {
	struct co co;
	struct thread *thread;
};

CO_STEP(tell_once)
{
	CO_FRAME(tell_once);
	long err;

	CO_BEGIN;
	all_others_leave(f->thread);
	AWAIT_UNTIL_FULL(err, &process->lock, &process->thread_gone, WAIT_KILLABLE, TIME_NEVER,
			 process->thread_count == 1);
	spin_unlock(&process->lock);
	CO_RETURN(seen[0].result = err);
	CO_END;
}

static long (*calls)(struct co *caller, struct thread *thread);

static long exec_once(struct co *caller, struct thread *thread)
{
	return thread == threads[0] ? CO_CALL(tell_once, caller, .thread = thread) : calls(caller, thread);
}

static void setup_once(void)
{
	setup_exec_and_clone();
	calls = thread_syscall;
	thread_syscall = exec_once;
}

static const struct scenario once = { "exec-once",
				      setup_once,
				      { run_hart, run_hart, run_hart },
				      first_is_alone,
				      "exec tells those threads alone that were there at first" };

const struct scenario *const exit_scenarios[] = {
	&two_end,   &two_leave, &end_leave, &end_wait,	&end_clone,  &end_fault, &end_kill, &exec_wait,
	&exec_both, &exec_end,	&exec_kill, &late_mark, &exec_clone, &careless,	 &once,	    NULL,
};
