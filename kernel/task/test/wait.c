/* wait.c - wait queues: who is woken, what ends a wait, and that each wait has one result.
 *
 * links: @tasks @slabs kernel/mm/kalloc.c kernel/test/host/executor.c
 */
#include "kernel/task/wait.h"

#include "kernel/abi/errno.h"
#include "kernel/task/test/probe.h"

enum { WAITERS = 5 };

static struct spinlock lock = SPINLOCK_INIT(RANK_FILE);
static struct wait_queue queue;
static bool flag;
static u32 tokens, order[16], ended;

static struct probe probes[WAITERS];

/* --- a task that waits for the flag, or for a token --- */

struct waiter {
	struct co co;
	enum wait_kind kind;
	u64 deadline;
	bool token;
	u32 me;
};

CO_STEP(waiter)
{
	CO_FRAME(waiter);
	long err;

	CO_BEGIN;
	if (f->token) {
		AWAIT_UNTIL_FULL(err, &lock, &queue, f->kind, f->deadline, tokens > 0);
		tokens -= err == 0;
	} else {
		AWAIT_UNTIL_FULL(err, &lock, &queue, f->kind, f->deadline, flag);
	}
	CHECK_EQ(hart()->locks_held, 1); /* whatever the result */
	spin_unlock(&lock);
	order[ended++] = f->me;
	CO_RETURN(err);
	CO_END;
}

static void begin(void)
{
	probe_machine(1);
	wait_queue_init(&queue);
}

static void start(u32 i, enum wait_kind kind, u64 deadline, bool token)
{
	PROBE_START(&probes[i], waiter, .kind = kind, .deadline = deadline, .token = token, .me = i);
}

/* Run what is ready; time stands still. */
static void settle(void)
{
	for (u32 i = 0; i < 100; i++)
		if (executor_has_ready(PRIORITY_IDLE))
			executor_run_once();
}

static u32 wake(u32 count)
{
	u32 woken;

	spin_lock(&lock);
	woken = wait_wake(&queue, count);
	spin_unlock(&lock);
	return woken;
}

TEST(a_condition_that_holds_does_not_wait)
{
	begin();
	flag = true;
	start(0, WAIT_INTERRUPTIBLE, TIME_NEVER, false);
	settle();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, 0);
	CHECK(list_is_empty(&queue.waits));
}

TEST(one_token_wakes_the_longest_waiter)
{
	begin();
	for (u32 i = 0; i < WAITERS; i++) {
		start(i, WAIT_DISK, TIME_NEVER, true);
		settle();
	}
	for (u32 i = 0; i < WAITERS; i++) {
		tokens++;
		CHECK_EQ(wake(1), 1);
		settle();
		CHECK_EQ(ended, i + 1);
		CHECK_EQ(order[i], i);
	}
	CHECK_EQ(wake(1), 0);
}

TEST(wake_all)
{
	begin();
	for (u32 i = 0; i < WAITERS; i++)
		start(i, WAIT_DISK, TIME_NEVER, false);
	settle();
	CHECK_EQ(ended, 0);
	flag = true;
	CHECK_EQ(wake(UINT32_MAX), WAITERS);
	settle();
	CHECK_EQ(ended, WAITERS);
	for (u32 i = 0; i < WAITERS; i++)
		CHECK_EQ(probes[i].result, 0);
}

TEST(a_wake_without_its_condition_waits_on)
{
	begin();
	start(0, WAIT_INTERRUPTIBLE, TIME_NEVER, false);
	settle();
	for (u32 i = 0; i < 3; i++) {
		CHECK_EQ(wake(1), 1);
		settle();
		CHECK(!probes[0].ended);
	}
	flag = true;
	wake(1);
	settle();
	CHECK_EQ(probes[0].result, 0);
	CHECK(probes[0].ended);
}

/* --- time --- */

TEST(a_deadline_ends_the_wait)
{
	begin();
	start(0, WAIT_DISK, 1000, false);
	settle();
	CHECK(!probes[0].ended);
	host_run();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, -ETIME);
	CHECK(list_is_empty(&queue.waits));
	CHECK(host_now >= 1000);
}

TEST(a_deadline_in_the_past_does_not_wait)
{
	begin();
	host_now = 5000;
	start(0, WAIT_INTERRUPTIBLE, 1000, false);
	settle();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, -ETIME);
	CHECK(list_is_empty(&queue.waits));
}

TEST(a_condition_beats_a_deadline_in_the_past)
{
	begin();
	host_now = 5000;
	flag = true;
	start(0, WAIT_INTERRUPTIBLE, 1000, false);
	settle();
	CHECK_EQ(probes[0].result, 0);
	CHECK(probes[0].ended);
}

TEST(a_wake_disarms_the_timer)
{
	begin();
	start(0, WAIT_INTERRUPTIBLE, 1000, false);
	settle();
	flag = true;
	wake(1);
	settle();
	CHECK_EQ(probes[0].result, 0);
	CHECK_EQ(timer_next(), TIME_NEVER);
}

/* The one that timed out is still in the queue when the wake comes: it does not count, and keeps its result. */
TEST(a_wake_after_the_timeout_goes_to_the_next)
{
	begin();
	start(0, WAIT_INTERRUPTIBLE, 1000, true);
	start(1, WAIT_INTERRUPTIBLE, TIME_NEVER, true);
	settle();
	host_now = 1000;
	timer_run();
	tokens = 1;
	CHECK_EQ(wake(1), 1);
	settle();
	CHECK_EQ(probes[0].result, -ETIME);
	CHECK_EQ(probes[1].result, 0);
	CHECK_EQ(ended, 2);
	CHECK_EQ(tokens, 0);
}

/* And the other way round: after the wake the timer fires no more. */
TEST(a_timeout_after_the_wake_changes_nothing)
{
	begin();
	start(0, WAIT_INTERRUPTIBLE, 1000, false);
	settle();
	flag = true;
	CHECK_EQ(wake(1), 1);
	host_now = 1000;
	timer_run();
	task_cancel(&probes[0].task, CANCEL_INTERRUPT);
	settle();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, 0);
}

/* --- cancel --- */

TEST(a_cancel_ends_what_it_may)
{
	static const struct {
		enum wait_kind kind;
		enum task_cancel how;
		bool ends;
	} rows[] = {
		{ WAIT_DISK, CANCEL_INTERRUPT, false },		{ WAIT_DISK, CANCEL_KILL, false },
		{ WAIT_KILLABLE, CANCEL_INTERRUPT, false },	{ WAIT_KILLABLE, CANCEL_KILL, true },
		{ WAIT_INTERRUPTIBLE, CANCEL_INTERRUPT, true }, { WAIT_INTERRUPTIBLE, CANCEL_KILL, true },
	};

	begin();
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		start(0, rows[i].kind, TIME_NEVER, false);
		settle();
		task_cancel(&probes[0].task, rows[i].how);
		settle();
		CHECK_EQ(probes[0].ended, rows[i].ends);
		if (rows[i].ends)
			CHECK_EQ(probes[0].result, -EINTR);
		flag = true;
		wake(1);
		settle();
		CHECK(probes[0].ended);
		flag = false;
	}
}

TEST(a_cancel_comes_before_the_wait)
{
	begin();
	probe_init(&probes[0], PRIORITY_USER);
	task_cancel(&probes[0].task, CANCEL_INTERRUPT);
	probe_started(&probes[0],
		      TASK_START(&probes[0].task, waiter, .kind = WAIT_INTERRUPTIBLE, .deadline = TIME_NEVER));
	settle();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, -EINTR);
	CHECK(list_is_empty(&queue.waits));
}

/* A task that waits again and again, interruptibly, until it has counted to three; then uninterruptibly. */
struct stubborn {
	struct co co;
	u32 interrupted;
	bool clears;
};

static u32 interruptions;

CO_STEP(stubborn)
{
	CO_FRAME(stubborn);
	long err;

	CO_BEGIN;
	do {
		AWAIT_UNTIL(err, &lock, &queue, flag);
		spin_unlock(&lock);
		f->interrupted += err == -EINTR;
		interruptions = f->interrupted;
		if (f->clears)
			task_cancel_clear(task_of(co));
	} while (err == -EINTR && f->interrupted < 3);
	AWAIT_UNTIL_DISK(err, &lock, &queue, flag);
	spin_unlock(&lock);
	CO_RETURN(err);
	CO_END;
}

TEST(a_cancel_is_sticky)
{
	begin();
	PROBE_START(&probes[0], stubborn, .clears = false);
	settle();
	task_cancel(&probes[0].task, CANCEL_INTERRUPT);
	settle();
	CHECK_EQ(interruptions, 3);
	CHECK(!probes[0].ended); /* it cleans up, uninterruptibly */
	flag = true;
	wake(1);
	settle();
	CHECK_EQ(probes[0].result, 0);
	CHECK(probes[0].ended);
}

TEST(a_cleared_interrupt_is_forgotten)
{
	begin();
	PROBE_START(&probes[0], stubborn, .clears = true);
	settle();
	task_cancel(&probes[0].task, CANCEL_INTERRUPT);
	settle();
	CHECK_EQ(interruptions, 1);
	CHECK_EQ(probes[0].task.cancel, CANCEL_NONE);
}

TEST(a_kill_is_never_forgotten)
{
	begin();
	PROBE_START(&probes[0], stubborn, .clears = true);
	settle();
	task_cancel(&probes[0].task, CANCEL_KILL);
	task_cancel(&probes[0].task, CANCEL_INTERRUPT);
	settle();
	CHECK_EQ(interruptions, 3);
	CHECK_EQ(probes[0].task.cancel, CANCEL_KILL);
}

/* --- sleeping --- */

struct sleeper {
	struct co co;
	u64 deadline;
};

static u64 woke_at;

CO_STEP(sleeper)
{
	CO_FRAME(sleeper);
	long err;

	CO_BEGIN;
	AWAIT(err, task_sleep_until(co, f->deadline));
	woke_at = clock_now();
	CO_RETURN(err);
	CO_END;
}

TEST(sleep_until)
{
	begin();
	PROBE_START(&probes[0], sleeper, .deadline = 123456);
	host_run();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, 0);
	CHECK(woke_at >= 123456);
	PROBE_START(&probes[1], sleeper, .deadline = 7);
	settle();
	CHECK(probes[1].ended);
	CHECK_EQ(probes[1].result, 0);
	PROBE_START(&probes[2], sleeper, .deadline = TIME_NEVER);
	settle();
	task_cancel(&probes[2].task, CANCEL_INTERRUPT);
	settle();
	CHECK_EQ(probes[2].result, -EINTR);
}

/* --- everything at once, against what must hold --- */

TEST(random_wakes_timeouts_and_cancels)
{
	u32 given = 0, got = 0, started = 0;

	begin();
	for (u32 i = 0; i < WAITERS; i++) {
		probes[i].ended = true;
		probes[i].result = 1;
	}
	for (u32 round = 0; round < 20000; round++) {
		u32 i = (u32)test_random_below(WAITERS);

		ended = 0;
		switch (test_random_below(5)) {
		case 0:
			given++;
			tokens++;
			wake(1);
			break;
		case 1:
			host_now += test_random_below(50);
			timer_run();
			break;
		case 2:
			if (!probes[i].ended)
				task_cancel(&probes[i].task, CANCEL_INTERRUPT);
			break;
		case 3:
			settle();
			break;
		default:
			if (!probes[i].ended)
				break;
			start(i, 1 + test_random_below(3),
			      test_random_below(3) ? host_now + test_random_below(100) : TIME_NEVER, true);
			started++;
		}
		for (i = 0; i < WAITERS; i++)
			if (probes[i].ended && probes[i].result != 1) {
				CHECK(probes[i].result == 0 || probes[i].result == -ETIME ||
				      probes[i].result == -EINTR);
				got += probes[i].result == 0;
				probes[i].result = 1; /* seen */
			}
	}
	/* What was given is with those who got it, or still there; nobody waits while there is something. */
	settle();
	for (u32 i = 0; i < WAITERS; i++)
		got += probes[i].ended && probes[i].result == 0;
	CHECK_EQ(given, got + tokens);
	CHECK(started > 100);
}

static const struct test tests[] = {
	TEST_ROW(a_condition_that_holds_does_not_wait),
	TEST_ROW(one_token_wakes_the_longest_waiter),
	TEST_ROW(wake_all),
	TEST_ROW(a_wake_without_its_condition_waits_on),
	TEST_ROW(a_deadline_ends_the_wait),
	TEST_ROW(a_deadline_in_the_past_does_not_wait),
	TEST_ROW(a_condition_beats_a_deadline_in_the_past),
	TEST_ROW(a_wake_disarms_the_timer),
	TEST_ROW(a_wake_after_the_timeout_goes_to_the_next),
	TEST_ROW(a_timeout_after_the_wake_changes_nothing),
	TEST_ROW(a_cancel_ends_what_it_may),
	TEST_ROW(a_cancel_comes_before_the_wait),
	TEST_ROW(a_cancel_is_sticky),
	TEST_ROW(a_cleared_interrupt_is_forgotten),
	TEST_ROW(a_kill_is_never_forgotten),
	TEST_ROW(sleep_until),
	TEST_ROW(random_wakes_timeouts_and_cancels),
};

TEST_MAIN(tests)
