/* run_queue.c - priorities, first come first served, the floor share, owed turns, and stealing.
 *
 * links: kernel/task/run_queue.c kernel/hart/lock.c kernel/test/host/host.c
 */
#include "kernel/task/test/queue.h"

#include <pthread.h>
#include <sched.h>

TEST(an_empty_queue_gives_nothing)
{
	begin();
	CHECK(!run_queue_pop(&queue));
	CHECK(!run_queue_steal(&queue, &elsewhere));
	CHECK_EQ(queue.ready, 0);
}

TEST(first_come_first_served_within_a_level)
{
	begin();
	for (u32 i = 0; i < 10; i++)
		add(i, PRIORITY_USER);
	for (u32 i = 0; i < 10; i++)
		CHECK(run_queue_pop(&queue) == &tasks[i]);
	CHECK(!run_queue_pop(&queue));
}

TEST(smaller_priorities_first)
{
	begin();
	add(0, PRIORITY_IDLE);
	add(1, PRIORITY_USER);
	add(2, PRIORITY_SERVICE);
	add(3, PRIORITY_DRIVER);
	add(4, PRIORITY_USER_FIRST);
	CHECK(run_queue_pop(&queue) == &tasks[3]);
	CHECK(run_queue_pop(&queue) == &tasks[2]);
	CHECK(run_queue_pop(&queue) == &tasks[4]);
	CHECK(run_queue_pop(&queue) == &tasks[1]);
	CHECK(run_queue_pop(&queue) == &tasks[0]);
	CHECK_EQ(queue.ready, 0);
	CHECK_EQ(queue.count, 0);
}

/* A storm of completions: as soon as one has run, it is ready again. */
TEST(users_keep_a_floor_share)
{
	u32 user_runs = 0, kernel_runs = 0, streak = 0;
	struct task *task;

	begin();
	add(0, PRIORITY_DRIVER);
	add(1, PRIORITY_SERVICE);
	add(2, PRIORITY_USER);
	for (u32 i = 0; i < 10 * (FLOOR_STREAK + 1); i++) {
		task = run_queue_pop(&queue);
		if (task == &tasks[2]) {
			user_runs++;
			streak = 0;
		} else {
			kernel_runs++;
			CHECK(++streak <= FLOOR_STREAK);
		}
		push_back(task);
	}
	CHECK_EQ(user_runs, 10);
	CHECK_EQ(kernel_runs, 10 * FLOOR_STREAK);
}

TEST(a_storm_alone_leaves_no_debt)
{
	begin();
	add(0, PRIORITY_DRIVER);
	for (u32 i = 0; i < 3 * FLOOR_STREAK; i++)
		push_back(run_queue_pop(&queue));
	/* A user thread that comes now waits for its share like any other. */
	add(1, PRIORITY_USER);
	CHECK(run_queue_pop(&queue) == &tasks[0]);
}

/* Of threads that never wait those with worse levels get one slice of OWED_SLICES + 1, each its part of that. */
TEST(better_levels_do_not_starve_the_others)
{
	u32 turns[4] = { 0 };

	begin();
	add(0, PRIORITY_USER_FIRST);
	add(1, PRIORITY_USER);
	add(2, PRIORITY_USER_LAST);
	add(3, PRIORITY_USER_LAST);
	for (u32 i = 0; i < 8 * (OWED_SLICES + 1); i++)
		turns[turn(SLICE_NS / 1000000) - tasks]++;
	CHECK_EQ(turns[0], 8 * OWED_SLICES);
	CHECK_EQ(turns[1], 4);
	CHECK_EQ(turns[2], 2);
	CHECK_EQ(turns[3], 2);
}

/* Two that wake each other all the time, and never use up a slice. */
TEST(many_short_turns_starve_nobody_either)
{
	u64 short_ns = 0, long_ns = 0, before;
	struct task *task;

	begin();
	add(0, PRIORITY_USER_FIRST);
	add(1, PRIORITY_USER_FIRST);
	add(2, PRIORITY_USER_LAST);
	for (u32 i = 0; i < 1200; i++) {
		before = now;
		task = run_queue_pop(&queue);
		now += queue.owed ? SLICE_NS : 1000000;
		*(task == &tasks[2] ? &long_ns : &short_ns) += now - before;
		push_back(task);
	}
	CHECK(long_ns * (OWED_SLICES + 1) >= short_ns);
	CHECK(long_ns * (OWED_SLICES - 1) <= short_ns);
}

TEST(an_owed_turn_is_told)
{
	begin();
	add(0, PRIORITY_USER_FIRST);
	add(1, PRIORITY_USER_LAST);
	while (turn(10) == &tasks[0])
		CHECK(!queue.owed);
	CHECK(queue.owed);
}

/* A better one that leaves as much to the others as they are owed is never passed over. */
TEST(who_waits_often_enough_comes_first)
{
	begin();
	add(1, PRIORITY_USER_LAST);
	for (u32 i = 0; i < 1000; i++) {
		add(0, PRIORITY_USER_FIRST);
		CHECK(run_queue_pop(&queue) == &tasks[0]);
		now += 8000000;
		CHECK(turn(2) == &tasks[1]);
	}
}

/* Nobody was ready for a year; that is no debt. */
TEST(time_in_which_nobody_waited_does_not_count)
{
	begin();
	add(0, PRIORITY_USER_FIRST);
	add(1, PRIORITY_USER_LAST);
	CHECK(turn(1) == &tasks[0]);
	host_be(1);
	CHECK(run_queue_steal(&queue, &elsewhere) == &tasks[0]);
	CHECK(run_queue_steal(&queue, &elsewhere) == &tasks[1]);
	host_be(0);
	now += 31536000000000000;
	add(0, PRIORITY_USER_FIRST);
	add(1, PRIORITY_USER_LAST);
	CHECK(turn(1) == &tasks[0]);
}

TEST(a_thief_leaves_what_is_pinned)
{
	begin();
	tasks[0].allowed = tasks[2].allowed = 1;
	for (u32 i = 0; i < 4; i++)
		add(i, PRIORITY_USER);
	host_be(1);
	CHECK(run_queue_steal(&queue, &elsewhere) == &tasks[1]);
	CHECK(run_queue_steal(&queue, &elsewhere) == &tasks[3]);
	CHECK(!run_queue_steal(&queue, &elsewhere));
	host_be(0);
	/* The last of the list went: what is added now comes after what is left. */
	add(4, PRIORITY_USER);
	CHECK(run_queue_pop(&queue) == &tasks[0]);
	CHECK(run_queue_pop(&queue) == &tasks[2]);
	CHECK(run_queue_pop(&queue) == &tasks[4]);
}

TEST(a_thief_takes_the_most_urgent)
{
	begin();
	add(0, PRIORITY_USER);
	add(1, PRIORITY_SERVICE);
	CHECK(run_queue_steal(&queue, &elsewhere) == &tasks[1]);
	CHECK(run_queue_steal(&queue, &elsewhere) == &tasks[0]);
	CHECK_EQ(queue.ready, 0);
	CHECK_EQ(queue.count, 0);
}

/* --- against a model --- */

static u32 model[PRIORITY_COUNT][TASKS], model_count[PRIORITY_COUNT];

static u32 model_take(u32 level, u32 at)
{
	u32 index = model[level][at];

	for (model_count[level]--; at < model_count[level]; at++)
		model[level][at] = model[level][at + 1];
	return index;
}

static bool model_remove(const struct task *task)
{
	for (u32 at = 0; at < model_count[task->priority]; at++)
		if (&tasks[model[task->priority][at]] == task) {
			model_take(task->priority, at);
			return true;
		}
	return false;
}

TEST(random_pushes_pops_and_steals)
{
	bool in_queue[TASKS] = { false };
	u32 ready = 0;

	begin();
	for (u32 round = 0; round < 200000; round++) {
		u32 i = (u32)test_random_below(TASKS);
		struct task *task;

		now += test_random_below(2000000);
		if (!in_queue[i] && test_random_below(3)) {
			tasks[i].allowed = test_random_below(4) ? ALL_HARTS : 0;
			add(i, (enum priority)test_random_below(PRIORITY_COUNT));
			model[tasks[i].priority][model_count[tasks[i].priority]++] = i;
			in_queue[i] = true;
			ready++;
		} else {
			task = test_random_below(2) ? run_queue_pop(&queue) : run_queue_steal(&queue, &elsewhere);
			if (!task)
				continue;
			CHECK(in_queue[task - tasks]);
			CHECK(model_remove(task));
			in_queue[task - tasks] = false;
			ready--;
		}
		CHECK_EQ(queue.count, ready);
		for (u32 p = 0; p < PRIORITY_COUNT; p++)
			CHECK_EQ(!!(queue.ready & BIT(p)), model_count[p] > 0);
	}
}

/* --- threads as harts: each task is taken once, and given back once --- */

enum { ROUNDS = 200000 };

static u32 out[TASKS], broken;

static void take(struct task *task)
{
	if (task && atomic_add(&out[task - tasks], 1u))
		store_relaxed(&broken, 1u);
}

static void give_back(struct task *task)
{
	if (!task)
		return;
	atomic_sub(&out[task - tasks], 1u);
	push_back(task);
}

static void *thief(void *unused)
{
	struct task *task;

	host_be(1);
	for (u32 i = 0; i < ROUNDS; i++) {
		task = run_queue_steal(&queue, &elsewhere);
		take(task);
		if (i % 16 == 0)
			sched_yield();
		give_back(task);
	}
	return unused;
}

TEST(owner_and_thief)
{
	struct task *task;
	pthread_t thread;
	u32 left = 0;

	begin();
	for (u32 i = 0; i < 3; i++)
		add(i, PRIORITY_USER);
	pthread_create(&thread, NULL, thief, NULL);
	for (u32 i = 0; i < ROUNDS; i++) {
		task = run_queue_pop(&queue);
		take(task);
		give_back(task);
	}
	pthread_join(thread, NULL);
	CHECK(!broken);
	while (run_queue_pop(&queue))
		left++;
	CHECK_EQ(left, 3);
}

static const struct test tests[] = {
	TEST_ROW(an_empty_queue_gives_nothing),
	TEST_ROW(first_come_first_served_within_a_level),
	TEST_ROW(smaller_priorities_first),
	TEST_ROW(users_keep_a_floor_share),
	TEST_ROW(a_storm_alone_leaves_no_debt),
	TEST_ROW(better_levels_do_not_starve_the_others),
	TEST_ROW(many_short_turns_starve_nobody_either),
	TEST_ROW(an_owed_turn_is_told),
	TEST_ROW(who_waits_often_enough_comes_first),
	TEST_ROW(time_in_which_nobody_waited_does_not_count),
	TEST_ROW(a_thief_leaves_what_is_pinned),
	TEST_ROW(a_thief_takes_the_most_urgent),
	TEST_ROW(random_pushes_pops_and_steals),
	TEST_ROW(owner_and_thief),
};

TEST_MAIN(tests)
