/* scenario_affinity.c - harts are taken from a thread while it is in user mode, goes to sleep or wakes: its program
 * goes on where it may.
 */
#include "kernel/proc/test/explore/scenario_signal.h"

#include "kernel/irq/irq.h"
#include "kernel/proc/affinity.h"
#include "kernel/proc/test/explore/programs.h"

static const u8 stays[] = { STAY }, waits[] = { CALL_WAIT, STAY };
static const u8 *const one_stays[THREADS] = { stays };
static const u8 *const one_waits[THREADS] = { waits };

static void setup_stays(void)
{
	programs_setup(1, one_stays);
}

static void setup_waits(void)
{
	programs_setup(1, one_waits);
}

static void tell(u32 mask)
{
	spin_lock(&process->lock);
	affinity_set(threads[0], mask);
	spin_unlock(&process->lock);
}

static void to_hart_1(void)
{
	tell(1u << 1);
}

static void to_hart_1_after_the_flag(void)
{
	raise_flag();
	tell(1u << 1);
}

static void is_where_it_may_be(void)
{
	check_at_rest(0);
	MODEL_CHECK(seen[0].in_user_mode, "it goes on");
	MODEL_CHECK(threads[0]->affinity >> threads[0]->task.hart & 1, "on a hart that it may use");
	MODEL_CHECK(threads[0]->task.allowed == threads[0]->affinity, "nobody takes it anywhere else");
}

static const struct scenario in_user_mode = {
	"affinity-user-mode", setup_stays, { run_hart, run_hart, to_hart_1 }, is_where_it_may_be, NULL
};
static const struct scenario waiting = {
	"affinity-wait", setup_waits, { run_hart, run_hart, to_hart_1_after_the_flag }, is_where_it_may_be, NULL
};

/* --- planted mistakes --- */

static void tell_mask_late(void)
{
	spin_lock(&process->lock);
	thread_poke(threads[0], WORK_MOVE, CANCEL_NONE);
	store_relaxed(&threads[0]->affinity, 1u << 1);
	spin_unlock(&process->lock);
}

static void tell_mark_alone(void)
{
	spin_lock(&process->lock);
	store_relaxed(&threads[0]->affinity, 1u << 1);
	atomic_or(&threads[0]->work, (u32)WORK_MOVE);
	spin_unlock(&process->lock);
}

static const struct scenario mask_late = { "affinity-mask-late",
					   setup_stays,
					   { run_hart, run_hart, tell_mask_late },
					   is_where_it_may_be,
					   "the mark is made before the mask" };
static const struct scenario mark_alone = { "affinity-no-call",
					    setup_stays,
					    { run_hart, run_hart, tell_mark_alone },
					    is_where_it_may_be,
					    "nobody calls the thread back from user mode" };

const struct scenario *const affinity_scenarios[] = { &in_user_mode, &waiting, &mask_late, &mark_alone, NULL };
