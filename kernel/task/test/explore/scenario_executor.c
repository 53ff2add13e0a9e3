/* scenario_executor.c - the executors themselves: run queues, inboxes, stealing, and the way to sleep.
 *
 * Each hart runs the real event loop. wfi is a wait for the hart's interrupt, which orders nothing; a schedule ends
 * when all harts are in it.
 */
#include "kernel/task/test/explore/scenarios.h"

#include "kernel/hart/cpu.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/slab.h"
#include "kernel/task/executor.h"
#include "kernel/task/task.h"
#include "lib/order.h"

enum { TASKS = 3 };

static struct one {
	struct task task;
	char arena[256] __attribute__((aligned(16)));
	struct co *leaf;
	u32 data;    /* plain: the wake orders it */
	u32 has_run; /* atomic */
} tasks[TASKS];

static u32 interrupts[MAX_HARTS];
static u32 false_alarms; /* wfi may return for no reason: how often hart 0's does */

void (*clock_program)(u64 deadline);
u64 limbo_pages;

/* --- the machine --- */

u64 clock_now(void)
{
	return 0;
}

static void program_nothing(u64 deadline)
{
	(void)deadline;
}

void irq_handle(void)
{
	MODEL_RMW(&interrupts[hart()->index], RMW_EXCHANGE, 0, ORDER_ATOMIC);
}

void irq_send_ipi(u32 hart_index)
{
	fence_to_device();
	store_relaxed(&interrupts[hart_index], 1);
}

void cpu_wait_for_interrupt(void)
{
	if (hart()->index == 0 && false_alarms) {
		false_alarms--;
		return;
	}
	MODEL_AWAIT_KEEP(&interrupts[hart()->index]);
}

void limbo_pass_slow(void)
{
}

void limbo_away(bool away)
{
	(void)away;
}

void *kalloc(size_t bytes)
{
	(void)bytes;
	return NULL;
}

void kfree(void *object, size_t bytes)
{
	(void)object, (void)bytes;
}

void *slab_alloc(struct slab_cache *cache)
{
	(void)cache;
	return NULL;
}

void slab_free(struct slab_cache *cache, void *object)
{
	(void)cache, (void)object;
}

/* --- tasks that wait once, then run one step --- */

struct body {
	struct co co;
	u32 me;
	u32 needs; /* its step goes on until this one has run: a long step; its own number: a short one */
	u32 wakes; /* a task that its step wakes; its own number: none */
};

CO_STEP(body)
{
	CO_FRAME(body);
	struct one *one = &tasks[f->me];
	long err;

	CO_BEGIN;
	one->leaf = co;
	AWAIT(err, (co_park(co), CO_PENDING));
	one = &tasks[f->me];
	if (one->data != 1)
		model_fail("the step does not see what was before the wake");
	if (f->wakes != f->me) {
		tasks[f->wakes].data = 1;
		co_wake(tasks[f->wakes].leaf, 0);
	}
	store_relaxed(&one->has_run, 1);
	if (f->needs != f->me)
		MODEL_AWAIT_KEEP(&tasks[f->needs].has_run);
	CO_RETURN(err);
	CO_END;
}

static void ended(struct task *task, long result)
{
	(void)result;
	task->name = NULL;
}

static void prepare(u32 i, u32 home, u32 needs, u32 wakes)
{
	host_hart = &harts[home];
	task_init(&tasks[i].task, "task", PRIORITY_USER, tasks[i].arena, sizeof(tasks[i].arena), ended);
	TASK_START(&tasks[i].task, body, .me = i, .needs = needs, .wakes = wakes);
}

static void setup_harts(u32 count)
{
	hart_count = count;
	clock_program = program_nothing;
	task_registry_init();
	for (u32 i = 0; i < count; i++) {
		harts[i].index = i;
		host_hart = &harts[i];
		executor_init(i);
		timer_run(); /* sets the comparator */
	}
}

static void wake(u32 i)
{
	tasks[i].data = 1;
	co_wake(tasks[i].leaf, 0);
}

static void run(void)
{
	executor_run();
}

static void all_ran(void)
{
	for (u32 i = 0; i < TASKS; i++)
		if (tasks[i].task.stack.end)
			MODEL_CHECK(tasks[i].has_run, "a task waits in a queue while the harts sleep");
}

/* --- a wake from another hart --- */

static void setup_remote(void)
{
	setup_harts(2);
	prepare(0, 0, 0, 0);
}

static void wake_0(void)
{
	wake(0);
}

static const struct scenario remote = { "remote-wake", setup_remote, { run, wake_0 }, all_ran, NULL };

/* --- two are ready here, and the first one runs for long: the other hart takes the second --- */

static void setup_long(void)
{
	setup_harts(2);
	prepare(0, 0, 1, 0);
	prepare(1, 0, 0, 1);
}

static void wake_both(void)
{
	wake(0);
	wake(1);
	executor_run();
}

static const struct scenario steal = { "steal", setup_long, { wake_both, run }, all_ran, NULL };

/* --- the same, while one hart wakes up and the other one falls asleep --- */

static void setup_sleep(void)
{
	setup_long();
	false_alarms = 1;
}

static void sleep_then_wake_both(void)
{
	executor_run_once();
	wake_both();
}

static const struct scenario asleep = { "asleep", setup_sleep, { sleep_then_wake_both, run }, all_ran, NULL };

/* --- a long step makes another task ready --- */

static void setup_chain(void)
{
	setup_harts(2);
	prepare(0, 0, 1, 1);
	prepare(1, 0, 1, 1);
}

static void wake_first(void)
{
	wake(0);
	executor_run();
}

static const struct scenario chain = { "wake-in-step", setup_chain, { wake_first, run }, all_ran, NULL };

/* --- two lie in the inbox of a hart, and the first one runs for long --- */

static void setup_inbox(void)
{
	setup_harts(2);
	prepare(0, 0, 1, 0);
	prepare(1, 0, 0, 1);
	host_hart = &harts[1];
	wake(0);
	wake(1);
}

static const struct scenario arrive = { "two-arrive", setup_inbox, { run, run }, all_ran, NULL };

const struct scenario *const executor_scenarios[] = { &remote, &arrive, &steal, &asleep, &chain, NULL };
