/* mutex.c - the mutex: one holder across awaits, handed over first come first served.
 *
 * links: @tasks @slabs kernel/task/mutex.c kernel/mm/kalloc.c kernel/test/host/executor.c
 */
#include "kernel/task/mutex.h"

#include "kernel/task/test/probe.h"
#include "kernel/task/wait.h"

enum { USERS = 6 };

static struct co_mutex mutex;
static struct probe probes[USERS];
static u32 holders, order[USERS], ended;

struct user {
	struct co co;
	u32 me, yields;
};

CO_STEP(user)
{
	CO_FRAME(user);
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &mutex));
	CHECK_EQ(err, 0);
	CHECK_EQ(++holders, 1);
	while (f->yields--)
		AWAIT(err, task_yield(co));
	CHECK(mutex.holder == task_of(co));
	CHECK_EQ(--holders, 0);
	mutex_unlock(co, &mutex);
	order[ended++] = f->me;
	CO_RETURN(0);
	CO_END;
}

static void begin(void)
{
	probe_machine(1);
	mutex_init(&mutex);
}

TEST(a_free_mutex_is_taken_at_once)
{
	begin();
	PROBE_START(&probes[0], user, .me = 0, .yields = 0);
	host_run();
	CHECK(probes[0].ended);
	CHECK(!mutex.holder);
}

TEST(first_come_first_served)
{
	begin();
	for (u32 i = 0; i < USERS; i++)
		PROBE_START(&probes[i], user, .me = i, .yields = USERS - i);
	host_run();
	CHECK_EQ(ended, USERS);
	for (u32 i = 0; i < USERS; i++)
		CHECK_EQ(order[i], i);
	CHECK(!mutex.holder);
	CHECK(list_is_empty(&mutex.queue.waits));
}

/* Between the unlock and the next one's step nobody slips in. */
struct greedy {
	struct co co;
	u32 me, times;
};

CO_STEP(greedy)
{
	CO_FRAME(greedy);
	long err;

	CO_BEGIN;
	while (f->times--) {
		AWAIT(err, mutex_lock(co, &mutex));
		AWAIT(err, task_yield(co));
		CHECK_EQ(err, 0);
		mutex_unlock(co, &mutex);
	}
	order[ended++] = f->me;
	CO_RETURN(0);
	CO_END;
}

TEST(a_busy_holder_starves_nobody)
{
	begin();
	PROBE_START(&probes[0], greedy, .me = 0, .times = 10);
	PROBE_START(&probes[1], greedy, .me = 1, .times = 2);
	host_run();
	CHECK_EQ(ended, 2);
	CHECK_EQ(order[0], 1);
}

/* A kill does not end the wait for a mutex. */
TEST(waiting_for_a_mutex_cannot_be_cancelled)
{
	begin();
	PROBE_START(&probes[0], user, .me = 0, .yields = 3);
	PROBE_START(&probes[1], user, .me = 1, .yields = 0);
	task_cancel(&probes[1].task, CANCEL_KILL);
	host_run();
	CHECK_EQ(ended, 2);
	CHECK_EQ(probes[1].result, 0);
}

static void unlock_by_another(void)
{
	mutex.holder = &probes[1].task;
	mutex_unlock((struct co *)probes[0].arena, &mutex);
}

TEST(only_the_holder_unlocks)
{
	begin();
	PROBE_START(&probes[0], user, .me = 0, .yields = 1);
	CHECK(host_panics(unlock_by_another, "assertion failed"));
}

static const struct test tests[] = {
	TEST_ROW(a_free_mutex_is_taken_at_once), TEST_ROW(first_come_first_served),
	TEST_ROW(a_busy_holder_starves_nobody),	 TEST_ROW(waiting_for_a_mutex_cannot_be_cancelled),
	TEST_ROW(only_the_holder_unlocks),
};

TEST_MAIN(tests)
