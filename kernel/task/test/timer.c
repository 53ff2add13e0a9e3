/* timer.c - timers against a model with a clock of the test's own, and what the comparator is told.
 *
 * links: kernel/task/timer.c kernel/hart/lock.c lib/rbtree.c kernel/test/host/host.c
 */
#include "kernel/task/timer.h"

#include "kernel/hart/hart.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { TIMERS = 200, HARTS = 2 };

static u64 now, programmed[HARTS];
void (*clock_program)(u64 deadline);

u64 clock_now(void)
{
	return now;
}

static void program(u64 deadline)
{
	programmed[hart()->index] = deadline;
}

static struct timer timers[TIMERS];
static u32 fired[TIMERS], fired_in_all;
static u64 last_deadline;
static bool out_of_order;

static void expired(struct timer *timer)
{
	if (timer >= timers && timer < timers + TIMERS)
		fired[timer - timers]++;
	fired_in_all++;
	out_of_order |= timer->deadline < last_deadline;
	last_deadline = timer->deadline;
}

static void begin(void)
{
	host_init(HARTS);
	clock_program = program;
	for (u32 i = 0; i < TIMERS; i++)
		timer_init(&timers[i], expired);
	for (u32 i = 0; i < HARTS; i++) {
		host_be(i);
		timer_run(); /* sets the comparator */
	}
	host_be(0);
}

/* Time goes on to T, and the event loop looks. */
static void go_to(u64 t)
{
	now = t;
	last_deadline = 0;
	timer_run();
}

TEST(fires_once_when_it_is_due)
{
	begin();
	timer_arm(&timers[0], 1000);
	CHECK_EQ(timer_next(), 1000);
	CHECK_EQ(programmed[0], 1000);
	go_to(999);
	CHECK_EQ(fired[0], 0);
	go_to(1000);
	CHECK_EQ(fired[0], 1);
	go_to(5000);
	CHECK_EQ(fired[0], 1);
	CHECK_EQ(timer_next(), TIME_NEVER);
}

TEST(a_disarmed_timer_does_not_fire)
{
	begin();
	timer_arm(&timers[0], 1000);
	timer_disarm(&timers[0]);
	timer_disarm(&timers[0]);
	go_to(2000);
	CHECK_EQ(fired[0], 0);
	timer_arm(&timers[0], 3000);
	go_to(3000);
	CHECK_EQ(fired[0], 1);
	timer_disarm(&timers[0]);
}

TEST(the_comparator_holds_the_earliest)
{
	begin();
	timer_arm(&timers[0], 3000);
	timer_arm(&timers[1], 1000);
	CHECK_EQ(programmed[0], 1000);
	timer_arm(&timers[2], 2000);
	CHECK_EQ(programmed[0], 1000);
	go_to(1000);
	CHECK_EQ(programmed[0], 2000);
	go_to(2500);
	CHECK_EQ(programmed[0], 3000);
}

TEST(those_due_fire_in_order)
{
	begin();
	for (u32 i = 0; i < 50; i++)
		timer_arm(&timers[i], 10000 - i * 100);
	go_to(20000);
	CHECK_EQ(fired_in_all, 50);
	CHECK(!out_of_order);
}

/* Many at once: the loop does not get stuck in them, and the comparator brings it back. */
TEST(a_crowd_fires_in_batches)
{
	begin();
	for (u32 i = 0; i < TIMERS; i++)
		timer_arm(&timers[i], 1000);
	go_to(1000);
	CHECK(fired_in_all < TIMERS);
	CHECK(programmed[0] <= now);
	for (u32 i = 0; i < TIMERS && fired_in_all < TIMERS; i++)
		timer_run();
	CHECK_EQ(fired_in_all, TIMERS);
}

TEST(the_slice_ends_like_a_timer)
{
	begin();
	timer_set_slice(1000);
	CHECK_EQ(timer_next(), 1000);
	CHECK_EQ(programmed[0], 1000);
	timer_arm(&timers[0], 2000);
	go_to(1000);
	CHECK_EQ(programmed[0], 2000);
	timer_set_slice(1500);
	CHECK_EQ(programmed[0], 1500);
	timer_set_slice(TIME_NEVER);
	go_to(1500);
	CHECK_EQ(programmed[0], 2000);
}

/* --- timers that are far away: put into drawers at first, and nobody can tell --- */

#define SECOND 1000000000ul

/* The event loop on this hart until time T, woken by the comparator alone. */
static void sleep_until(u64 t)
{
	while (programmed[hart()->index] <= t) {
		now = max(now, programmed[hart()->index]);
		timer_run();
	}
	now = t;
	timer_run();
}

TEST(far_ones_fire_at_their_time_in_order)
{
	begin();
	for (u32 i = 0; i < TIMERS; i++)
		timer_arm(&timers[i], SECOND + test_random_below(SECOND << test_random_below(18)));
	last_deadline = 0;
	while (fired_in_all < TIMERS) {
		now = max(now, programmed[0]);
		timer_run();
		for (u32 i = 0; i < TIMERS; i++) {
			CHECK(!fired[i] || timers[i].deadline <= now);
			/* the comparator came in time: nothing is late */
			CHECK(fired[i] || timers[i].deadline >= now);
		}
	}
	CHECK(!out_of_order);
}

TEST(far_ones_can_be_disarmed)
{
	begin();
	for (u32 i = 0; i < 64; i++)
		timer_arm(&timers[i], SECOND * (i + 1) * (i + 1) * (i + 1));
	for (u32 i = 0; i < 64; i += 2)
		CHECK(timer_disarm(&timers[i]));
	for (u32 i = 0; i < 64; i += 2)
		CHECK(!timer_disarm(&timers[i]));
	sleep_until(SECOND * 70 * 70 * 70);
	for (u32 i = 0; i < 64; i++)
		CHECK_EQ(fired[i], i % 2);
	CHECK(!out_of_order);
}

/* A drawer with very many takes its time to pour; each look does a bounded part, and still they fire in order. */
TEST(a_full_drawer_is_poured_in_pieces)
{
	static struct timer many[20000];
	u64 looks = 0;

	begin();
	for (u32 i = 0; i < ARRAY_SIZE(many); i++) {
		timer_init(&many[i], expired);
		timer_arm(&many[i], 100 * SECOND + test_random_below(SECOND / 10));
	}
	fired_in_all = 0;
	last_deadline = 0;
	for (; now < 101 * SECOND; looks++) {
		now = max(now + 1, programmed[0]);
		timer_run();
		CHECK(fired_in_all < ARRAY_SIZE(many) || now >= 100 * SECOND);
	}
	CHECK_EQ(fired_in_all, ARRAY_SIZE(many));
	CHECK(!out_of_order);
	CHECK(looks > ARRAY_SIZE(many) / 64);
}

/* The machine stood still: all that is due fires, in order, also what lay in one drawer. */
TEST(a_clock_that_jumps)
{
	begin();
	for (u32 i = 0; i < TIMERS; i++)
		timer_arm(&timers[i], SECOND * (1 + test_random_below(TIMERS / 4)) + test_random_below(SECOND));
	now = 2000 * SECOND;
	last_deadline = 0;
	for (u32 i = 0; i < 3000 && fired_in_all < TIMERS; i++)
		timer_run();
	CHECK_EQ(fired_in_all, TIMERS);
	CHECK(!out_of_order);
	CHECK_EQ(timer_next(), TIME_NEVER);
}

TEST(another_hart_may_disarm)
{
	begin();
	timer_arm(&timers[0], 1000);
	host_be(1);
	timer_run();
	CHECK_EQ(timer_next(), TIME_NEVER);
	timer_disarm(&timers[0]);
	host_be(0);
	CHECK_EQ(timer_next(), TIME_NEVER);
	go_to(2000);
	CHECK_EQ(fired[0], 0);
}

TEST(an_idle_hart_looks_around_all_the_same)
{
	begin();
	go_to(programmed[0]);
	CHECK(programmed[0] > now);
	CHECK(programmed[0] != TIME_NEVER);
}

/* --- against a model: an array of deadlines --- */

static u64 model[TIMERS]; /* 0: not armed */
static u32 model_fired[TIMERS], model_hart[TIMERS];

static void model_go_to(u32 index)
{
	for (u32 i = 0; i < TIMERS; i++)
		if (model[i] && model[i] <= now && model_hart[i] == index) {
			model[i] = 0;
			model_fired[i]++;
		}
}

static u64 model_next(u32 index)
{
	u64 next = TIME_NEVER;

	for (u32 i = 0; i < TIMERS; i++)
		if (model[i] && model_hart[i] == index)
			next = min(next, model[i]);
	return next;
}

/* The event loop until nothing is due. */
static void run_all(u32 index)
{
	do
		timer_run();
	while (timer_next() <= now);
	model_go_to(index);
}

TEST(random_arming_and_disarming)
{
	begin();
	for (u32 round = 0; round < 20000; round++) {
		u32 i = (u32)test_random_below(TIMERS), index = (u32)test_random_below(HARTS);

		host_be(index);
		if (test_random_below(8) == 0) {
			now += test_random_below(test_random_below(32) ? 300 : 3 * SECOND);
			for (u32 other = 0; other < HARTS; other++) {
				host_be(other);
				run_all(other);
			}
			host_be(index);
		} else if (model[i]) {
			timer_disarm(&timers[i]);
			model[i] = 0;
		} else {
			model[i] = now + 1 + test_random_below(test_random_below(8) ? 1000 : 200 * SECOND);
			model_hart[i] = index;
			timer_arm(&timers[i], model[i]);
			CHECK(programmed[index] <= model[i]);
		}
		/* far ones are looked for earlier */
		CHECK(timer_next() <= model_next(index));
		CHECK(timer_next() > now);
		CHECK_EQ(fired[i], model_fired[i]);
		CHECK_EQ(timers[i].place != TIMER_IDLE, model[i] != 0);
	}
	for (u32 i = 0; i < TIMERS; i++)
		CHECK_EQ(fired[i], model_fired[i]);
}

static const struct test tests[] = {
	TEST_ROW(fires_once_when_it_is_due),
	TEST_ROW(a_disarmed_timer_does_not_fire),
	TEST_ROW(the_comparator_holds_the_earliest),
	TEST_ROW(those_due_fire_in_order),
	TEST_ROW(a_crowd_fires_in_batches),
	TEST_ROW(the_slice_ends_like_a_timer),
	TEST_ROW(another_hart_may_disarm),
	TEST_ROW(an_idle_hart_looks_around_all_the_same),
	TEST_ROW(random_arming_and_disarming),
	TEST_ROW(far_ones_fire_at_their_time_in_order),
	TEST_ROW(far_ones_can_be_disarmed),
	TEST_ROW(a_full_drawer_is_poured_in_pieces),
	TEST_ROW(a_clock_that_jumps),
};

TEST_MAIN(tests)
