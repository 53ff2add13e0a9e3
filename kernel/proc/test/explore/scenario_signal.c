/* scenario_signal.c - signals that come while their thread goes to sleep, wakes, or is in user mode: each is taken,
 * once, and a call has one result.
 *
 *     threads of the process                  others
 *       CALL_WAIT, CALL_FUTEX, ...              signal_send
 *       STAY in user mode                       raise_flag, futex_wake
 */
#include "kernel/proc/test/explore/scenario_signal.h"

#include "kernel/abi/errno.h"
#include "kernel/irq/irq.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/test/explore/programs.h"
#include "kernel/proc/test/explore/user_words.h"

enum { HANDLER = 0x1000 };

static const u8 stays[] = { STAY }, waits[] = { CALL_WAIT, STAY }, futex[] = { CALL_FUTEX, STAY };
static const u8 suspends[] = { CALL_SUSPEND, STAY }, unblocks[] = { CALL_UNBLOCK, STAY },
		blocks[] = { CALL_BLOCK, STAY };

static const u8 *const one_stays[THREADS] = { stays };
static const u8 *const one_waits[THREADS] = { waits };
static const u8 *const one_futex[THREADS] = { futex };
static const u8 *const one_suspends[THREADS] = { suspends };
static const u8 *const one_unblocks[THREADS] = { unblocks };
static const u8 *const one_blocks[THREADS] = { blocks, waits };

static void send_usr1(void)
{
	signal_send(process, SIGUSR1);
}

static void send_usr2(void)
{
	signal_send(process, SIGUSR2);
}

static void setup(u32 count, const u8 *const *program, u64 flags)
{
	programs_setup(count, program);
	programs_action(SIGUSR1, HANDLER, flags);
	programs_action(SIGUSR2, HANDLER, flags);
}

static void handled_once(u32 i, u64 set)
{
	check_at_rest(i);
	MODEL_CHECK(seen[i].handled == set, "its handlers ran");
	MODEL_CHECK(seen[i].handlers == (u32)__builtin_popcountl(set), "each of them once");
}

/* --- in user mode --- */

static void setup_stays(void)
{
	setup(1, one_stays, 0);
}

static void one_came_to_user_mode(void)
{
	handled_once(0, signal_bit(SIGUSR1));
	MODEL_CHECK(seen[0].in_user_mode, "it goes on");
}

static const struct scenario in_user_mode = {
	"signal-user-mode", setup_stays, { run_hart, send_usr1 }, one_came_to_user_mode, NULL
};

/* --- in a wait, or on the way to it or from it --- */

static void setup_waits(void)
{
	setup(1, one_waits, 0);
}

static void setup_restarts(void)
{
	setup(1, one_waits, SA_RESTART);
}

/* It may have come before the wait, and then that goes on. */
static void one_was_handled(void)
{
	handled_once(0, signal_bit(SIGUSR1));
	MODEL_CHECK(seen[0].result == (seen[0].in_user_mode ? -EINTR : NOT_YET), "the call ended by the signal");
}

static void both_were_handled(void)
{
	handled_once(0, signal_bit(SIGUSR1) | signal_bit(SIGUSR2));
}

static void one_and_the_flag(void)
{
	handled_once(0, signal_bit(SIGUSR1));
	MODEL_CHECK(seen[0].result == 0 || seen[0].result == -EINTR, "one result");
	MODEL_CHECK(seen[0].in_user_mode, "it goes on");
}

static void ended_by_the_flag(void)
{
	one_and_the_flag();
	MODEL_CHECK(seen[0].result == 0, "the call is made again after the handler");
}

static const struct scenario one = { "signal", setup_waits, { run_hart, send_usr1 }, one_was_handled, NULL };
static const struct scenario two = {
	"signal-two", setup_waits, { run_hart, send_usr1, send_usr2 }, both_were_handled, NULL
};
static const struct scenario and_flag = {
	"signal-wake", setup_waits, { run_hart, send_usr1, raise_flag }, one_and_the_flag, NULL
};
static const struct scenario restarted = {
	"signal-restart", setup_restarts, { run_hart, send_usr1, raise_flag }, ended_by_the_flag, NULL
};

/* Its first step is made here; who wakes it gives it to another hart. */
static void setup_moves(void)
{
	setup_waits();
	programs_move(0, 1);
}

static const struct scenario moved = {
	"signal-moved", setup_moves, { run_hart, run_hart, send_usr1 }, one_was_handled, NULL
};

/* --- against a futex's wake and its timeout --- */

static void setup_futex(void)
{
	setup(1, one_futex, 0);
}

static void change_and_wake(void)
{
	struct futex_word word = { process->space, user_word_address(0), false };
	struct co nobody;

	store_relaxed(&user_words[0], 1);
	futex_wake(&nobody, &word, 1, FUTEX_ANY);
}

static void one_futex_result(void)
{
	long result = seen[0].result;

	handled_once(0, signal_bit(SIGUSR1));
	MODEL_CHECK(seen[0].in_user_mode, "something ended it");
	MODEL_CHECK(result == 0 || result == -EINTR || result == -EAGAIN || result == -ETIMEDOUT, "one result");
	MODEL_CHECK(threads[0]->timer.timer.place == TIMER_IDLE, "a timer of a wait that is over");
}

static const struct scenario and_timeout = {
	"signal-futex", setup_futex, { run_hart, send_usr1 }, one_futex_result, NULL
};
static const struct scenario and_wake = {
	"signal-futex-wake", setup_futex, { run_hart, send_usr1, change_and_wake }, one_futex_result, NULL
};

/* --- masks --- */

static void setup_blocked(const u8 *const *program)
{
	setup(1, program, 0);
	threads[0]->blocked = UINT64_MAX & ~SIGNALS_UNMASKABLE;
}

static void setup_suspends(void)
{
	setup_blocked(one_suspends);
}

static void setup_unblocks(void)
{
	setup_blocked(one_unblocks);
}

static void send_usr1_to_first(void)
{
	signal_send_thread(threads[0], SIGUSR1);
}

static void handled_while_open(void)
{
	handled_once(0, signal_bit(SIGUSR1));
	MODEL_CHECK(seen[0].result == -EINTR, "the call ended by the signal");
	MODEL_CHECK(threads[0]->blocked, "the mask is back");
}

static const struct scenario suspended = {
	"signal-suspend", setup_suspends, { run_hart, send_usr1 }, handled_while_open, NULL
};
static const struct scenario unblocked = {
	"signal-unblock", setup_unblocks, { run_hart, send_usr1 }, one_came_to_user_mode, NULL
};
static const struct scenario own_unblocked = {
	"signal-unblock-own", setup_unblocks, { run_hart, send_usr1_to_first }, one_came_to_user_mode, NULL
};

/* Two threads could take it, and the one that is chosen blocks it. */
static void setup_chosen(void)
{
	setup(2, one_blocks, 0);
}

static void taken_by_one(void)
{
	check_at_rest(0);
	check_at_rest(1);
	MODEL_CHECK(seen[0].handlers + seen[1].handlers == 1, "one of them takes it, once");
}

static const struct scenario chosen = {
	"signal-chosen", setup_chosen, { run_hart, run_hart, send_usr1 }, taken_by_one, NULL
};

/* --- planted mistakes --- */

static void queue_usr1(void)
{
	struct signal_info info = { .signo = SIGUSR1, .code = SI_KERNEL };

	signal_queue_locked(process, &process->pending, &info);
}

static void interrupt_if_running(u32 state)
{
	if (state == WAKER_RUNNING)
		irq_send_ipi(0);
}

static void send_work_late(void)
{
	spin_lock(&process->lock);
	queue_usr1();
	task_cancel(&threads[0]->task, CANCEL_INTERRUPT);
	atomic_or(&threads[0]->work, (u32)WORK_SIGNAL);
	interrupt_if_running(load_acquire(&threads[0]->task.waker.state));
	spin_unlock(&process->lock);
}

static void send_looking_early(void)
{
	u32 state = load_acquire(&threads[0]->task.waker.state);

	spin_lock(&process->lock);
	queue_usr1();
	thread_poke(threads[0], WORK_SIGNAL, CANCEL_NONE);
	interrupt_if_running(state);
	spin_unlock(&process->lock);
}

static long forget_unlocked(struct co *caller, struct thread *thread)
{
	(void)caller;
	atomic_and(&thread->work, ~(u32)WORK_SIGNAL);
	return 0;
}

static void setup_forgetful(void)
{
	setup_stays();
	thread_uintr_deliver = forget_unlocked;
	threads[0]->work |= WORK_UINTR;
}

static void was_handled(void)
{
	handled_once(0, signal_bit(SIGUSR1));
}

static const struct scenario work_late = { "signal-work-late",
					   setup_waits,
					   { run_hart, send_work_late },
					   was_handled,
					   "the wait is ended before the mark says why" };
static const struct scenario no_cancel = { "signal-no-cancel",
					   setup_waits,
					   { run_hart, send_looking_early },
					   was_handled,
					   "a thread that waits is told by a mark alone" };
static const struct scenario forgetful = { "signal-forgotten",
					   setup_forgetful,
					   { run_hart, send_usr1, send_usr2 },
					   both_were_handled,
					   "the mark is taken away without the lock" };

const struct scenario *const signal_scenarios[] = {
	&in_user_mode, &one,	   &two,	   &and_flag, &restarted, &moved,     &and_timeout, &and_wake,
	&suspended,    &unblocked, &own_unblocked, &chosen,   &work_late, &no_cancel, &forgetful,   NULL,
};
