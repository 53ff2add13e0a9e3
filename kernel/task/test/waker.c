/* waker.c - the waker's table of transitions, what panics, and a stress with threads as harts.
 *
 * links: kernel/task/waker.c kernel/test/host/host.c
 */
#include "kernel/task/waker.h"

#include "kernel/test/host/host.h"
#include "lib/order.h"
#include "lib/test/check.h"

#include <pthread.h>
#include <sched.h>

enum operation { NOTIFY, RUN, SUSPEND, FINISH, INSPECT, OPERATIONS };
enum { PANICS = -1, NO, YES, NOTHING };

/* What each operation answers in each state, and the state after it. */
static const struct row {
	int answer;
	u32 next;
} rows[OPERATIONS][WAKER_DONE + 1] = {
	[NOTIFY] = {
		[WAKER_IDLE] = { YES, WAKER_QUEUED },
		[WAKER_QUEUED] = { NO, WAKER_QUEUED },
		[WAKER_RUNNING] = { NO, WAKER_NOTIFIED },
		[WAKER_NOTIFIED] = { NO, WAKER_NOTIFIED },
		[WAKER_DONE] = { NO, WAKER_DONE },
	},
	[RUN] = {
		[WAKER_IDLE] = { PANICS, 0 },
		[WAKER_QUEUED] = { NOTHING, WAKER_RUNNING },
		[WAKER_RUNNING] = { PANICS, 0 },
		[WAKER_NOTIFIED] = { PANICS, 0 },
		[WAKER_DONE] = { PANICS, 0 },
	},
	[SUSPEND] = {
		[WAKER_IDLE] = { PANICS, 0 },
		[WAKER_QUEUED] = { PANICS, 0 },
		[WAKER_RUNNING] = { YES, WAKER_IDLE },
		[WAKER_NOTIFIED] = { NO, WAKER_QUEUED },
		[WAKER_DONE] = { PANICS, 0 },
	},
	[FINISH] = {
		[WAKER_IDLE] = { PANICS, 0 },
		[WAKER_QUEUED] = { PANICS, 0 },
		[WAKER_RUNNING] = { NOTHING, WAKER_DONE },
		[WAKER_NOTIFIED] = { NOTHING, WAKER_DONE },
		[WAKER_DONE] = { PANICS, 0 },
	},
	[INSPECT] = {
		[WAKER_IDLE] = { YES, WAKER_RUNNING },
		[WAKER_QUEUED] = { NO, WAKER_QUEUED },
		[WAKER_RUNNING] = { NO, WAKER_RUNNING },
		[WAKER_NOTIFIED] = { NO, WAKER_NOTIFIED },
		[WAKER_DONE] = { NO, WAKER_DONE },
	},
};

static struct waker waker;
static enum operation operation;

static int operate(struct waker *w, enum operation op)
{
	switch (op) {
	case NOTIFY:
		return waker_notify(w);
	case RUN:
		waker_run(w);
		return NOTHING;
	case SUSPEND:
		return waker_suspend(w);
	case FINISH:
		waker_finish(w);
		return NOTHING;
	default:
		return waker_inspect(w);
	}
}

static void operate_now(void)
{
	operate(&waker, operation);
}

TEST(a_new_task_is_queued)
{
	waker_init(&waker);
	CHECK_EQ(waker.state, WAKER_QUEUED);
}

TEST(every_legal_transition)
{
	for (u32 op = 0; op < OPERATIONS; op++)
		for (u32 state = 0; state <= WAKER_DONE; state++) {
			const struct row *row = &rows[op][state];

			if (row->answer == PANICS)
				continue;
			waker.state = state;
			CHECK_EQ(operate(&waker, op), row->answer);
			CHECK_EQ(waker.state, row->next);
		}
}

TEST(every_other_transition_panics)
{
	for (operation = 0; operation < OPERATIONS; operation++)
		for (u32 state = 0; state <= WAKER_DONE; state++) {
			if (rows[operation][state].answer != PANICS)
				continue;
			waker.state = state;
			if (!host_panics(operate_now, "assertion failed"))
				check_failed(__FILE__, __LINE__, "operation %u in state %s does not panic", operation,
					     waker_state_name(state));
		}
}

/* Many notifies are one run. */
TEST(notify_is_idempotent)
{
	waker_init(&waker);
	waker_run(&waker);
	CHECK(waker_suspend(&waker));
	CHECK(waker_notify(&waker));
	for (int i = 0; i < 10; i++)
		CHECK(!waker_notify(&waker));
	waker_run(&waker);
	for (int i = 0; i < 10; i++)
		CHECK(!waker_notify(&waker));
	CHECK(!waker_suspend(&waker));
	waker_run(&waker);
	CHECK(waker_suspend(&waker));
}

TEST(states_have_names)
{
	CHECK_STR_EQ(waker_state_name(WAKER_IDLE), "idle");
	CHECK_STR_EQ(waker_state_name(WAKER_NOTIFIED), "notified");
	CHECK_STR_EQ(waker_state_name(WAKER_DONE), "done");
	CHECK_STR_EQ(waker_state_name(WAKER_DONE + 1), "broken");
}

/* --- threads as harts: no notify is lost, no task is queued twice --- */

enum { NOTIFIERS = 2, NOTIFIES = 100000 };

static u32 queued, sent[NOTIFIERS], twice;

static void enqueue(void)
{
	if (atomic_add(&queued, 1u))
		atomic_add(&twice, 1u);
}

static void *notifier(void *argument)
{
	u32 *mine = argument;

	for (u32 i = 1; i <= NOTIFIES; i++) {
		store_relaxed(mine, i);
		if (waker_notify(&waker))
			enqueue();
	}
	return NULL;
}

/* Runs the task until it has seen the last of every notifier; gives up when nothing comes any more. */
static bool run_until_all_is_seen(void)
{
	u32 seen[NOTIFIERS] = { 0 }, patience = 0;

	while (seen[0] < NOTIFIES || seen[1] < NOTIFIES) {
		if (!load_acquire(&queued)) {
			if (++patience > 2000000)
				return false;
			sched_yield();
			continue;
		}
		patience = 0;
		atomic_sub(&queued, 1u);
		waker_run(&waker);
		for (u32 i = 0; i < NOTIFIERS; i++)
			seen[i] = load_relaxed(&sent[i]);
		if (!waker_suspend(&waker))
			enqueue();
	}
	return true;
}

TEST(nothing_is_lost_between_threads)
{
	pthread_t threads[NOTIFIERS];

	waker_init(&waker);
	enqueue();
	for (u32 i = 0; i < NOTIFIERS; i++)
		pthread_create(&threads[i], NULL, notifier, &sent[i]);
	CHECK(run_until_all_is_seen());
	for (u32 i = 0; i < NOTIFIERS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(twice, 0);
}

static const struct test tests[] = {
	TEST_ROW(a_new_task_is_queued), TEST_ROW(every_legal_transition), TEST_ROW(every_other_transition_panics),
	TEST_ROW(notify_is_idempotent), TEST_ROW(states_have_names),	  TEST_ROW(nothing_is_lost_between_threads),
};

TEST_MAIN(tests)
