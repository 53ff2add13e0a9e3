/* executor.c - the event loop: who runs next, where a woken task goes, who is interrupted, who steals; harts as
 * threads.
 *
 * links: @tasks @slabs kernel/mm/kalloc.c
 */
#include "kernel/task/executor.h"

#include "kernel/task/test/harts.h"
#include "kernel/task/wait.h"

#include <pthread.h>
#include <sched.h>

TEST(the_most_urgent_first)
{
	static const enum priority priorities[] = { PRIORITY_USER, PRIORITY_IDLE, PRIORITY_DRIVER, PRIORITY_SERVICE };
	static const u32 expected[] = { 2, 3, 0, 1 };

	begin(1);
	for (u32 i = 0; i < ARRAY_SIZE(priorities); i++)
		start(i, priorities[i], 1);
	for (u32 i = 0; i < ARRAY_SIZE(priorities); i++)
		wake(i);
	CHECK(executor_has_ready(PRIORITY_DRIVER));
	CHECK(executor_is_urgent(PRIORITY_SERVICE));
	CHECK(!executor_is_urgent(PRIORITY_DRIVER));
	run();
	for (u32 i = 0; i < ARRAY_SIZE(priorities); i++)
		CHECK_EQ(order[i], expected[i]);
	CHECK(!executor_has_ready(PRIORITY_IDLE));
}

/* --- a task that is woken in its own step: it is queued when the step is over, and only then --- */

struct self_waker {
	struct co co;
	u32 times;
};

CO_STEP(self_waker)
{
	CO_FRAME(self_waker);
	long err;

	CO_BEGIN;
	while (f->times--) {
		co_park(co);
		co_wake(co, 0);
		co_wake(co, 0);
		CHECK(!executor_has_ready(PRIORITY_IDLE));
		AWAIT(err, CO_PENDING);
		CHECK_EQ(err, 0);
		order[steps++] = 0;
	}
	CO_RETURN(0);
	CO_END;
}

TEST(woken_in_its_own_step)
{
	begin(1);
	PROBE_START(&probes[0], self_waker, .times = 3);
	CHECK(executor_has_ready(PRIORITY_IDLE));
	run();
	CHECK_EQ(steps, 3);
	CHECK(probes[0].ended);
}

/* --- other harts --- */

TEST(a_remote_wake_goes_to_the_hart_of_the_task)
{
	begin(2);
	start(0, PRIORITY_USER, 1);
	host_be(1);
	wake(0);
	CHECK(!executor_has_ready(PRIORITY_IDLE));
	CHECK_EQ(ipis[0], 0); /* it does not sleep: it will look into its inbox by itself */
	host_be(0);
	run();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, 0);
}

static void wake_from_hart_1(void)
{
	in_wfi = note_sleep;
	host_be(1);
	wake(0);
	host_be(0);
}

TEST(a_remote_wake_interrupts_a_sleeping_hart)
{
	begin(2);
	start(0, PRIORITY_USER, 1);
	in_wfi = wake_from_hart_1;
	executor_run_once(); /* sleeps */
	CHECK_EQ(ipis[0], 1);
	executor_run_once();
	CHECK(probes[0].ended);
}

TEST(an_idle_hart_steals)
{
	struct executor_counters counters;

	begin(2);
	start(0, PRIORITY_USER, 2);
	wake(0);
	host_be(1);
	executor_run_once();
	executor_counters(1, &counters);
	CHECK_EQ(steps, 1);
	CHECK_EQ(counters.steals, 1);
	CHECK_EQ(probes[0].task.hart, 1);
	wake(0); /* it lives here now */
	executor_run_once();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, 1);
}

TEST(a_pinned_task_is_not_stolen)
{
	begin(2);
	start(0, PRIORITY_USER, 1);
	probes[0].task.allowed = 1;
	wake(0);
	host_be(1);
	run();
	CHECK(!probes[0].ended);
	host_be(0);
	run();
	CHECK(probes[0].ended);
}

/* While hart 1 sleeps, hart 0 gets ready what it cannot run at once. */
static void two_on_hart_0(void)
{
	in_wfi = note_sleep;
	host_be(0);
	wake(0);
	CHECK_EQ(ipis[1], 0); /* hart 0 runs the one by itself */
	wake(1);
	CHECK_EQ(ipis[1], 1);
	host_be(1);
}

TEST(too_much_to_do_wakes_a_sleeping_hart)
{
	begin(2);
	start(0, PRIORITY_USER, 1);
	start(1, PRIORITY_USER, 1);
	host_be(1);
	in_wfi = two_on_hart_0;
	executor_run_once();
	executor_run_once();
	CHECK_EQ(steps, 1);
}

/* Both arrive through the inbox. */
static void two_for_hart_0(void)
{
	in_wfi = note_sleep;
	host_be(2);
	wake(0);
	wake(1);
	host_be(0);
	executor_poll();
	CHECK_EQ(ipis[1], 1);
	host_be(1);
}

TEST(what_arrives_wakes_a_sleeping_hart_too)
{
	begin(3);
	start(0, PRIORITY_USER, 1);
	start(1, PRIORITY_USER, 1);
	host_be(1);
	in_wfi = two_for_hart_0;
	executor_run_once();
	executor_run_once();
	CHECK_EQ(steps, 1);
}

/* --- what a step must and must not do --- */

TEST(a_user_thread_is_saved_when_its_step_ends)
{
	begin(1);
	executor_user_suspend = note_suspend;
	start(0, PRIORITY_USER, 3);
	start(1, PRIORITY_USER, 3);
	probes[0].task.user = 1;
	for (u32 i = 0; i < 2; i++) {
		wake(0);
		wake(1);
		run();
	}
	CHECK_EQ(suspends, 2);
}

static struct spinlock lock = SPINLOCK_INIT(RANK_FILE);

struct careless {
	struct co co;
};

CO_STEP(careless)
{
	CO_FRAME(careless);
	long err;

	CO_BEGIN;
	AWAIT(err, park(co, 0));
	spin_lock(&lock);
	AWAIT(err, park(co, 0));
	CO_RETURN(err);
	CO_END;
}

static void await_with_a_lock(void)
{
	PROBE_START(&probes[0], careless);
	wake(0);
	run();
}

TEST(a_lock_held_across_an_await_panics)
{
	begin(1);
	CHECK(host_panics(await_with_a_lock, "locks_held == 0"));
}

struct slow {
	struct co co;
};

CO_STEP(slow)
{
	CO_FRAME(slow);
	long err;

	CO_BEGIN;
	AWAIT(err, park(co, 0));
	now += 5000;
	AWAIT(err, park(co, 0));
	CO_RETURN(err);
	CO_END;
}

TEST(the_longest_step_is_known)
{
	struct executor_counters counters;

	begin(1);
	PROBE_START(&probes[0], slow);
	wake(0);
	run();
	executor_counters(0, &counters);
	CHECK_EQ(counters.longest_step_ns, 5000);
	CHECK_STR_EQ(counters.longest_type->name, "slow");
	CHECK(counters.longest_line > 0);
	CHECK_EQ(counters.steps, 1);
	CHECK_EQ(counters.idles, 1);
}

/* --- threads as harts: tokens go round among tasks that live everywhere; no wake-up is lost --- */

enum { ROUNDS = 3000, TOKENS = 3 };

static struct seat {
	struct spinlock lock;
	struct wait_queue queue;
	u32 tokens;
} seats[TASKS];

static u32 over, lost, ended;

struct passer {
	struct co co;
	u32 me, left;
};

static void pass_on(u32 to)
{
	spin_lock(&seats[to].lock);
	seats[to].tokens++;
	wait_wake_one(&seats[to].queue);
	spin_unlock(&seats[to].lock);
}

CO_STEP(passer)
{
	CO_FRAME(passer);
	long err;

	CO_BEGIN;
	while (f->left--) {
		AWAIT_UNTIL_DISK(err, &seats[f->me].lock, &seats[f->me].queue, seats[f->me].tokens);
		seats[f->me].tokens--;
		spin_unlock(&seats[f->me].lock);
		if (f->left % 64 == 0)
			AWAIT(err, task_yield(co));
		pass_on((f->me + 1) % TASKS);
	}
	if (atomic_add(&ended, 1u) + 1 == TASKS)
		store_release(&over, 1u);
	CO_RETURN(0);
	CO_END;
}

/* Sleep until the interrupt; a hart that nobody wakes for long is left out only when all is over. */
static void sleep_for_real(void)
{
	u32 patience = 0;

	while (!load_acquire(&interrupts[hart()->index]) && !load_acquire(&over)) {
		sched_yield();
		if (++patience == 4000000) {
			store_relaxed(&lost, 1u);
			store_release(&over, 1u);
		}
	}
}

static void *be_a_hart(void *index)
{
	host_be((u32)(u64)index);
	while (!load_acquire(&over))
		executor_run_once();
	return NULL;
}

TEST(nothing_is_lost_between_harts)
{
	pthread_t threads[HARTS];

	begin(HARTS);
	in_wfi = sleep_for_real;
	for (u32 i = 0; i < TASKS; i++) {
		spin_init(&seats[i].lock, RANK_FILE);
		wait_queue_init(&seats[i].queue);
		seats[i].tokens = i < TOKENS;
	}
	for (u32 i = 0; i < TASKS; i++) {
		host_be(i % HARTS);
		PROBE_START(&probes[i], passer, .me = i, .left = ROUNDS);
	}
	for (u64 i = 0; i < HARTS; i++)
		pthread_create(&threads[i], NULL, be_a_hart, (void *)i);
	for (u32 i = 0; i < HARTS; i++)
		pthread_join(threads[i], NULL);
	CHECK(!lost);
	CHECK_EQ(ended, TASKS);
}

static const struct test tests[] = {
	TEST_ROW(the_most_urgent_first),
	TEST_ROW(woken_in_its_own_step),
	TEST_ROW(a_remote_wake_goes_to_the_hart_of_the_task),
	TEST_ROW(a_remote_wake_interrupts_a_sleeping_hart),
	TEST_ROW(an_idle_hart_steals),
	TEST_ROW(a_pinned_task_is_not_stolen),
	TEST_ROW(too_much_to_do_wakes_a_sleeping_hart),
	TEST_ROW(what_arrives_wakes_a_sleeping_hart_too),
	TEST_ROW(a_user_thread_is_saved_when_its_step_ends),
	TEST_ROW(a_lock_held_across_an_await_panics),
	TEST_ROW(the_longest_step_is_known),
	TEST_ROW(nothing_is_lost_between_harts),
};

TEST_MAIN(tests)
