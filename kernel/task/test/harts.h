/* harts.h - executors without a machine, and tasks that note their steps, for the tests of this folder.
 *
 * Interrupts are flags, the clock is the test's, and wfi calls what the test says.
 */
#pragma once

#include "kernel/hart/cpu.h"
#include "kernel/irq/irq.h"
#include "kernel/task/executor.h"
#include "kernel/task/test/probe.h"
#include "lib/order.h"

enum { HARTS = 4, TASKS = 12 };

static struct probe probes[TASKS];
static u32 order[64], steps, suspends;

/* --- the machine: interrupts are flags, wfi is what the test says --- */

static u32 interrupts[HARTS], ipis[HARTS];
static u64 now;
static void (*in_wfi)(void);
void (*clock_program)(u64 deadline);

u64 clock_now(void)
{
	return load_relaxed(&now);
}

static void program_nothing(u64 deadline)
{
	(void)deadline;
}

void irq_handle(void)
{
	atomic_exchange(&interrupts[hart()->index], 0u);
}

void irq_send_ipi(u32 hart_index)
{
	atomic_add(&ipis[hart_index], 1u);
	atomic_exchange(&interrupts[hart_index], 1u);
}

void cpu_wait_for_interrupt(void)
{
	if (in_wfi)
		in_wfi();
}

static void begin(u32 harts_in_it)
{
	host_init(harts_in_it);
	host_ram_init(0, 2000);
	now = 1000;
	clock_program = program_nothing;
	task_registry_init();
	for (u32 i = 0; i < harts_in_it; i++)
		executor_init(i);
}

/* This hart's loop until it sleeps. */
static bool slept;

static void note_sleep(void)
{
	slept = true;
}

static void run(void)
{
	slept = false;
	in_wfi = note_sleep;
	while (!slept)
		executor_run_once();
}

/* --- a task that notes its steps --- */

struct stepper {
	struct co co;
	u32 me, times;
};

static struct co *leaf_of[TASKS];

static long park(struct co *co, u32 me)
{
	co_park(co);
	leaf_of[me] = co;
	return CO_PENDING;
}

CO_STEP(stepper)
{
	CO_FRAME(stepper);
	long value;

	CO_BEGIN;
	while (f->times--) {
		AWAIT(value, park(co, f->me));
		CHECK_EQ(value, 0);
		order[steps++] = f->me;
	}
	CO_RETURN(hart()->index);
	CO_END;
}

static void start(u32 i, enum priority priority, u32 times)
{
	PROBE_START_AT(&probes[i], priority, stepper, .me = i, .times = times);
}

static void wake(u32 i)
{
	co_wake(leaf_of[i], 0);
}

static inline void note_suspend(struct task *task)
{
	CHECK_EQ(task->waker.state, WAKER_RUNNING); /* nobody else can run it yet */
	suspends++;
}
