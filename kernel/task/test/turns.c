/* turns.c - when the turn of a user thread is over, and what its program may say about that.
 *
 * links: @tasks @slabs kernel/mm/kalloc.c
 */
#include "kernel/task/run_queue.h"
#include "kernel/task/test/harts.h"

/* A thread in user mode: IN_USER_MODE happens there, and then it asks whether its turn is over. */
static void (*in_user_mode)(void);
static bool over_told;

struct runner {
	struct co co;
};

CO_STEP(runner)
{
	CO_FRAME(runner);
	long err;

	CO_BEGIN;
	(void)f;
	AWAIT(err, park(co, 0));
	in_user_mode();
	over_told = executor_turn_is_over();
	CO_RETURN(err);
	CO_END;
}

/* Is the turn of a user thread of PRIORITY over after WHAT happened in it? */
static bool turn_ends(enum priority priority, const u32 *published, void (*what)(void))
{
	PROBE_START_AT(&probes[0], priority, runner);
	probe_share(&probes[0], published);
	in_user_mode = what;
	wake(0);
	run();
	CHECK(probes[0].ended);
	return over_told;
}

static u32 told[2];

static void wake_1(void)
{
	wake(1);
}

static void wake_1_after_a_slice(void)
{
	now += SLICE_NS;
	wake(1);
}

static void get_worse(void)
{
	wake(1);
	CHECK_EQ(ipis[0], 0);
	told[0] = 3;
}

static void start_told(u32 level)
{
	told[1] = level;
	start(1, PRIORITY_USER, 1);
	probe_share(&probes[1], &told[1]);
}

TEST(a_better_one_ends_a_turn)
{
	begin(1);
	start_told(1);
	CHECK(turn_ends(PRIORITY_USER, NULL, wake_1));
	CHECK_EQ(ipis[0], 1); /* also when the thread makes no further system call */
}

TEST(an_equal_one_waits_for_the_slice)
{
	begin(1);
	start_told(2);
	CHECK(!turn_ends(PRIORITY_USER, NULL, wake_1));
	CHECK_EQ(ipis[0], 0);
	start_told(2);
	CHECK(turn_ends(PRIORITY_USER, NULL, wake_1_after_a_slice));
}

TEST(a_worse_one_waits_for_the_slice_too)
{
	begin(1);
	start_told(4);
	CHECK(!turn_ends(PRIORITY_USER, NULL, wake_1));
	start_told(4);
	CHECK(turn_ends(PRIORITY_USER, NULL, wake_1_after_a_slice));
}

TEST(what_a_running_thread_tells_counts_at_the_next_interrupt)
{
	begin(1);
	start_told(2);
	told[0] = 1;
	CHECK(turn_ends(PRIORITY_USER, &told[0], get_worse));
}

TEST(hostile_levels_are_the_worst_user_level)
{
	static const u32 values[] = { 5, 1000, 0x7fffffff, 0x80000000, UINT32_MAX };

	begin(1);
	for (u32 i = 0; i < ARRAY_SIZE(values); i++) {
		start_told(values[i]);
		wake(1);
		CHECK_EQ(probes[1].task.priority, PRIORITY_USER_LAST);
		run();
	}
	start_told(0);
	wake(1);
	CHECK_EQ(probes[1].task.priority, PRIORITY_USER_FIRST);
	run();
}

/* While a better thread could run whenever it likes. */
static void wake_best(void)
{
	told[1] = 0;
	wake(1);
	CHECK_EQ(ipis[0], 0);
}

TEST(a_turn_that_was_owed_is_not_cut_short)
{
	static u32 worst = 4;

	begin(1);
	executor_user_suspend = note_suspend;
	start_told(0);
	PROBE_START_AT(&probes[0], PRIORITY_USER, runner);
	probe_share(&probes[0], &worst);
	in_user_mode = wake_best;
	start(2, PRIORITY_USER, OWED_SLICES + 2);
	probes[2].task.user = 1;
	wake(0);
	wake(2);
	for (u32 i = 0; i < OWED_SLICES; i++) {
		CHECK(!probes[0].ended);
		executor_run_once();
		now += SLICE_NS;
		wake(2);
	}
	over_told = true;
	executor_run_once();
	CHECK(probes[0].ended);
	CHECK(!over_told);
}

static const struct test tests[] = {
	TEST_ROW(a_better_one_ends_a_turn),
	TEST_ROW(an_equal_one_waits_for_the_slice),
	TEST_ROW(a_worse_one_waits_for_the_slice_too),
	TEST_ROW(what_a_running_thread_tells_counts_at_the_next_interrupt),
	TEST_ROW(hostile_levels_are_the_worst_user_level),
	TEST_ROW(a_turn_that_was_owed_is_not_cut_short),
};

TEST_MAIN(tests)
