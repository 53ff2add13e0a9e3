/* task.c - starting, ending, yielding and spawning tasks; deep chains of frames; what the await chain says.
 *
 * links: @tasks @slabs kernel/mm/kalloc.c kernel/task/mutex.c kernel/test/host/executor.c
 */
#include "kernel/task/task.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/task/test/probe.h"
#include "kernel/task/wait.h"
#include "lib/fmt.h"

static struct probe probes[3];
static struct spinlock lock = SPINLOCK_INIT(RANK_FILE);
static struct wait_queue queue;
static bool flag;
static u32 order[16], steps;

static void begin(void)
{
	probe_machine(1);
	wait_queue_init(&queue);
}

/* --- starting and ending --- */

struct at_once {
	struct co co;
	long value;
};

CO_STEP(at_once)
{
	CO_FRAME(at_once);
	CO_BEGIN;
	CO_RETURN(f->value);
	CO_END;
}

TEST(a_task_may_end_at_once)
{
	begin();
	probe_init(&probes[0], PRIORITY_USER);
	CHECK_EQ(TASK_START(&probes[0].task, at_once, .value = 42), 42);
	CHECK(!probes[0].ended); /* done is not called */
	CHECK_EQ(probes[0].task.waker.state, WAKER_DONE);
	CHECK(!list_is_linked(&probes[0].task.link));
	CHECK(!hart()->task);
}

struct yields {
	struct co co;
	u32 me, times;
};

CO_STEP(yields)
{
	CO_FRAME(yields);
	long err;

	CO_BEGIN;
	while (f->times--) {
		order[steps++] = f->me;
		AWAIT(err, task_yield(co));
		CHECK_EQ(err, 0);
		CHECK(hart()->task == task_of(co));
	}
	CO_RETURN(f->me);
	CO_END;
}

TEST(yield_lets_the_others_run)
{
	begin();
	PROBE_START(&probes[0], yields, .me = 0, .times = 3);
	PROBE_START(&probes[1], yields, .me = 1, .times = 3);
	host_run();
	CHECK_EQ(steps, 6);
	for (u32 i = 0; i < 6; i++)
		CHECK_EQ(order[i], i % 2);
	CHECK(probes[0].ended && probes[1].ended);
	CHECK_EQ(probes[1].result, 1);
	CHECK(!list_is_linked(&probes[0].task.link));
}

TEST(long_steps_are_told_to_yield)
{
	begin();
	hart()->step_start = host_now = 1000;
	CHECK(!task_should_yield());
	host_now += 1000000;
	CHECK(task_should_yield());
}

/* --- spawn --- */

static u64 live_tasks(void)
{
	for (struct slab_cache *cache = slab_caches(); cache; cache = cache->next)
		if (!strcmp(cache->name, "task"))
			return slab_live(cache);
	return 0;
}

static long count_to_three(struct co *caller, void *argument)
{
	*(u32 *)argument += 1;
	return CO_CALL(yields, caller, .me = 7, .times = 3);
}

static long count_at_once(struct co *caller, void *argument)
{
	(void)caller;
	*(u32 *)argument += 1;
	return 0;
}

TEST(spawn)
{
	u32 calls = 0;

	begin();
	CHECK_EQ(task_spawn("counter", PRIORITY_SERVICE, count_to_three, &calls), 0);
	CHECK_EQ(task_spawn("counter", PRIORITY_SERVICE, count_at_once, &calls), 0);
	host_run();
	CHECK_EQ(calls, 2);
	CHECK_EQ(steps, 3);
	CHECK_EQ(live_tasks(), 0);
}

TEST(spawn_without_memory)
{
	u32 calls = 0;

	host_init(1);
	host_ram_init(0, 2);
	host_executor_init();
	while (kalloc(2048))
		;
	while (kalloc(32))
		;
	CHECK_EQ(task_spawn("counter", PRIORITY_SERVICE, count_to_three, &calls), -ENOMEM);
	CHECK_EQ(calls, 0);
}

/* --- a chain that is deeper than the arena: each frame is as large as the arena's rest --- */

struct deep {
	struct co co;
	u32 depth;
	u64 local[8];
};

static long deep_call(struct co *caller, u32 depth);

CO_STEP(deep)
{
	CO_FRAME(deep);
	long below;

	CO_BEGIN;
	for (u32 i = 0; i < ARRAY_SIZE(f->local); i++)
		f->local[i] = f->depth * 100 + i;
	if (f->depth == 0) {
		AWAIT_UNTIL(below, &lock, &queue, flag);
		spin_unlock(&lock);
	} else {
		AWAIT(below, deep_call(co, f->depth - 1));
	}
	for (u32 i = 0; i < ARRAY_SIZE(f->local); i++)
		CHECK_EQ(f->local[i], f->depth * 100 + i);
	CO_RETURN(below < 0 ? below : below + 1);
	CO_END;
}

static long deep_call(struct co *caller, u32 depth)
{
	return CO_CALL(deep, caller, .depth = depth);
}

static void set_flag(void)
{
	spin_lock(&lock);
	flag = true;
	wait_wake_all(&queue);
	spin_unlock(&lock);
}

TEST(a_deep_chain_overflows_into_chunks)
{
	u64 before;

	begin();
	kfree(kalloc(512), 512); /* the cache is known from here on */
	before = slab_live_bytes();
	for (u32 depth = 0; depth < 40; depth++) {
		flag = false;
		PROBE_START(&probes[0], deep, .depth = depth);
		host_run();
		CHECK(!probes[0].ended);
		CHECK(depth < 5 || slab_live_bytes() > before);
		set_flag();
		host_run();
		CHECK(probes[0].ended);
		CHECK_EQ(probes[0].result, depth + 1);
		CHECK_EQ(slab_live_bytes(), before);
		CHECK(probes[0].task.stack.top == probes[0].arena);
		CHECK(probes[0].task.stack.end == probes[0].arena + sizeof(probes[0].arena));
	}
}

TEST(a_chain_without_memory_fails_cleanly)
{
	begin();
	while (kalloc(2048))
		;
	while (kalloc(512))
		;
	while (kalloc(32))
		;
	PROBE_START(&probes[0], deep, .depth = 40);
	host_run();
	CHECK(probes[0].ended);
	CHECK_EQ(probes[0].result, -ENOMEM);
	CHECK(probes[0].task.stack.top == probes[0].arena);
}

/* --- waking by hand, as drivers do --- */

struct parked {
	struct co co;
};

static struct co *parked_at;

static long park(struct co *co)
{
	co_park(co);
	parked_at = co;
	return CO_PENDING;
}

CO_STEP(parked)
{
	CO_FRAME(parked);
	long value;

	CO_BEGIN;
	AWAIT(value, park(co));
	CO_RETURN(value);
	CO_END;
}

TEST(wake_with_a_value)
{
	begin();
	PROBE_START(&probes[0], parked);
	host_run();
	CHECK(!probes[0].ended);
	co_wake(parked_at, 77);
	host_run();
	CHECK_EQ(probes[0].result, 77);
}

/* --- the await chain, as text --- */

static u32 line_of_wait;

struct inner {
	struct co co;
};

CO_STEP(inner)
{
	CO_FRAME(inner);
	long err;

	CO_BEGIN;
	line_of_wait = __LINE__ + 1;
	AWAIT_UNTIL(err, &lock, &queue, flag);
	spin_unlock(&lock);
	CO_RETURN(err);
	CO_END;
}

struct outer {
	struct co co;
};

static u32 line_of_call;

CO_STEP(outer)
{
	CO_FRAME(outer);
	long err;

	CO_BEGIN;
	line_of_call = __LINE__ + 1;
	AWAIT(err, CO_CALL(inner, co));
	CO_RETURN(err);
	CO_END;
}

TEST(the_await_chain)
{
	char said[500], expected[500];
	struct fmt_text text = { said, sizeof(said), 0 };

	begin();
	PROBE_START(&probes[0], outer);
	host_run();
	task_print_chain(&probes[0].task, &text);
	fmt(expected, sizeof(expected),
	    "    outer  kernel/task/test/task.c:%u\n"
	    "    inner  kernel/task/test/task.c:%u\n"
	    "      waits for: flag\n",
	    line_of_call, line_of_wait);
	CHECK_STR_EQ(said, expected);
}

TEST(the_report_names_every_task_that_waits)
{
	char said[2000];
	struct fmt_text text = { said, sizeof(said), 0 };

	begin();
	PROBE_START(&probes[0], outer);
	PROBE_START(&probes[1], parked);
	probes[0].task.name = "cat";
	probes[1].task.name = "disk";
	host_run();
	task_report(&text);
	CHECK(strstr(said, "cat  waiting hart 0 prio 24\n    outer  kernel/"));
	CHECK(strstr(said, "waits for: flag\n"));
	CHECK(strstr(said, "disk  waiting hart 0 prio 24\n    parked  kernel/"));
	CHECK(strstr(said, "waits for: a completion\n"));
	/* The report has looked at them, and left them as they were. */
	set_flag();
	co_wake(parked_at, 5);
	text = (struct fmt_text){ said, sizeof(said), 0 };
	task_report(&text);
	CHECK(strstr(said, "cat  queued hart 0 prio 24\n"));
	host_run();
	CHECK(probes[0].ended && probes[1].ended);
	text = (struct fmt_text){ said, sizeof(said), 0 };
	said[0] = 0;
	task_report(&text);
	CHECK_STR_EQ(said, "");
}

TEST(a_report_that_is_too_long_is_cut)
{
	char said[300];
	struct fmt_text text = { said, sizeof(said), 0 };

	begin();
	for (u32 i = 0; i < 3; i++)
		PROBE_START(&probes[i], outer);
	host_run();
	task_report(&text);
	CHECK(strlen(said) < sizeof(said));
	set_flag();
	host_run();
	CHECK(probes[0].ended && probes[1].ended && probes[2].ended);
}

static const struct test tests[] = {
	TEST_ROW(a_task_may_end_at_once),
	TEST_ROW(yield_lets_the_others_run),
	TEST_ROW(long_steps_are_told_to_yield),
	TEST_ROW(spawn),
	TEST_ROW(spawn_without_memory),
	TEST_ROW(a_deep_chain_overflows_into_chunks),
	TEST_ROW(a_chain_without_memory_fails_cleanly),
	TEST_ROW(wake_with_a_value),
	TEST_ROW(the_await_chain),
	TEST_ROW(the_report_names_every_task_that_waits),
	TEST_ROW(a_report_that_is_too_long_is_cut),
};

TEST_MAIN(tests)
