/* run_queue_nice.c - how the levels of nice values share a hart.
 *
 * links: kernel/task/run_queue.c kernel/hart/lock.c kernel/test/host/host.c
 */
#include "kernel/task/test/queue.h"

enum { MS = 1000000 };

/* Let COUNT threads that never wait, of the given LEVELS, run for SECONDS; what each of them had, in milliseconds. */
static void share_out(const u8 *levels, u32 count, u32 seconds, u64 *ms)
{
	u64 end = now + seconds * 1000ul * MS, before;
	struct task *task;

	begin();
	for (u32 i = 0; i < count; i++) {
		add(i, levels[i]);
		ms[i] = 0;
	}
	while (now < end) {
		before = now;
		task = run_queue_pop(&queue);
		run_for(task, queue.owed ? queue.owed : SLICE_NS);
		ms[task - tasks] += (now - before) / 1000;
		push_back(task);
	}
	for (u32 i = 0; i < count; i++)
		ms[i] /= 1000;
}

/* Is A to B as WANTED to ONE, by 5 %? */
static void check_ratio(u64 a, u64 b, u64 wanted, u64 one)
{
	CHECK(a * one * 100 >= b * wanted * 95);
	CHECK(a * one * 100 <= b * wanted * 105);
}

TEST(nice_values_share_by_weight)
{
	static const struct {
		u8 a, b;
		u32 wanted, one;
	} pairs[] = {
		{ PRIORITY_USER, PRIORITY_USER + 1, 1024, 819 },
		{ PRIORITY_USER, PRIORITY_USER + 5, 1024, 336 },
		{ PRIORITY_USER, PRIORITY_USER + 10, 1024, 110 },
		{ PRIORITY_USER, PRIORITY_NICE_LAST, 1024, 15 },
		{ PRIORITY_USER, PRIORITY_BACKGROUND, 1024, 3 },
		{ PRIORITY_USER - 5, PRIORITY_USER, 3125, 1024 },
		{ PRIORITY_USER + 5, PRIORITY_USER + 10, 1024, 336 },
		{ PRIORITY_NICE_FIRST, PRIORITY_USER, 88818, 1024 },
	};
	u64 ms[2];

	for (u32 i = 0; i < ARRAY_SIZE(pairs); i++) {
		share_out((u8[]){ pairs[i].a, pairs[i].b }, 2, 100, ms);
		check_ratio(ms[0], ms[1], pairs[i].wanted, pairs[i].one);
	}
}

/* What counts is the weight of each thread, not of the level. */
TEST(each_thread_of_a_level_has_its_part)
{
	u64 ms[5];

	share_out((u8[]){ PRIORITY_USER, PRIORITY_USER, PRIORITY_USER, PRIORITY_USER + 5, PRIORITY_USER + 5 }, 5, 100,
		  ms);
	check_ratio(ms[0], ms[2], 1, 1);
	check_ratio(ms[1], ms[3], 1024, 336);
	check_ratio(ms[3], ms[4], 1, 1);
}

/* One that is always ready and always yields leaves its part to all, not to those of its own level. */
TEST(who_does_not_use_its_part_gives_it_to_all)
{
	u64 ns[3] = { 0 }, length;
	struct task *task;

	begin();
	add(0, PRIORITY_USER);
	add(1, PRIORITY_USER);
	add(2, PRIORITY_USER + 5);
	for (u32 i = 0; i < 10000; i++) {
		task = run_queue_pop(&queue);
		length = task == &tasks[1] ? 1000 : queue.owed ? queue.owed : SLICE_NS;
		run_for(task, length);
		ns[task - tasks] += length;
		push_back(task);
	}
	check_ratio(ns[0], ns[2], 1024, 336);
}

/* One of nice 0 works for 1 ms of each 10: it comes first each time, though another one never stops. */
TEST(who_sleeps_is_not_behind_the_nice)
{
	struct task *task;

	begin();
	add(1, PRIORITY_USER + 5);
	for (u32 i = 0; i < 1000; i++) {
		add(0, PRIORITY_USER);
		CHECK(run_queue_pop(&queue) == &tasks[0]);
		run_for(&tasks[0], MS);
		task = run_queue_pop(&queue);
		CHECK(task == &tasks[1]);
		CHECK_EQ(queue.owed, 0); /* so the other one ends the turn */
		run_for(task, 9 * MS);
		push_back(task);
	}
}

/* What has slept for a year has no more than its part from now on; and who worked meanwhile owes nothing. */
TEST(sleeping_saves_nothing_up)
{
	u64 had[2] = { 0 };
	struct task *task;

	begin();
	add(0, PRIORITY_USER + 5);
	add(1, PRIORITY_USER + 6);
	for (u32 i = 0; i < 1000; i++)
		turn(10);
	while ((task = run_queue_pop(&queue)))
		run_for(task, 10 * MS);
	now += 31536000000000000;
	add(2, PRIORITY_USER - 20);
	add(0, PRIORITY_USER + 5);
	add(1, PRIORITY_USER + 6);
	for (u32 i = 0; i < 30000; i++) {
		task = turn(1);
		if (task != &tasks[2])
			had[task - tasks]++;
	}
	CHECK(had[0] > 90 && had[0] < 130); /* 336 of 89 422 are 112 of 30 000 */
	CHECK(had[1] > 70 && had[1] < 110);
}

/* Short sleeps gain nothing: a thread of nice 19 that is gone for a moment after each turn. */
TEST(waking_up_forgives_nothing)
{
	u64 had = 0;

	begin();
	add(0, PRIORITY_USER);
	add(1, PRIORITY_NICE_LAST);
	for (u32 i = 0; i < 10000; i++) {
		struct task *task = run_queue_pop(&queue), *other;

		run_for(task, MS);
		had += task == &tasks[1];
		if (task == &tasks[1]) {
			other = run_queue_pop(&queue);
			CHECK(other == &tasks[0]);
			run_for(other, MS / 100);
			push_back(other);
		}
		push_back(task);
	}
	CHECK(had > 100 && had < 200);
}

/* A turn that passes over a better level is told, and short; the others can be cut short. */
TEST(a_nice_turn_is_short_while_better_ones_wait)
{
	struct task *task;

	begin();
	add(0, PRIORITY_USER);
	add(1, PRIORITY_USER + 5);
	for (u32 i = 0; i < 100; i++) {
		task = run_queue_pop(&queue);
		CHECK_EQ(queue.owed, task == &tasks[0] ? 0 : run_queue_slice(PRIORITY_USER + 5, PRIORITY_USER));
		run_for(task, 10 * MS);
		push_back(task);
	}
	CHECK_EQ(run_queue_slice(PRIORITY_USER + 5, PRIORITY_USER), 10ul * MS * 336 / 1024);
	CHECK_EQ(run_queue_slice(PRIORITY_NICE_LAST, PRIORITY_USER), SLICE_LEAST_NS);
}

/* Levels that programs tell stand above and below all nice values, which are one level there. */
TEST(told_levels_and_nice_values)
{
	u64 ms[4];

	share_out((u8[]){ PRIORITY_USER_FIRST, PRIORITY_USER, PRIORITY_USER + 5, PRIORITY_USER_LAST }, 4, 100, ms);
	check_ratio(ms[0], ms[3], 2 * OWED_SLICES, 1);
	check_ratio(ms[1] + ms[2], ms[3], 1, 1);
	check_ratio(ms[1], ms[2], 1024, 336);
}

static const struct test tests[] = {
	TEST_ROW(nice_values_share_by_weight),
	TEST_ROW(each_thread_of_a_level_has_its_part),
	TEST_ROW(who_does_not_use_its_part_gives_it_to_all),
	TEST_ROW(who_sleeps_is_not_behind_the_nice),
	TEST_ROW(sleeping_saves_nothing_up),
	TEST_ROW(waking_up_forgives_nothing),
	TEST_ROW(a_nice_turn_is_short_while_better_ones_wait),
	TEST_ROW(told_levels_and_nice_values),
};

TEST_MAIN(tests)
