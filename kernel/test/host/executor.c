/* executor.c - the clock, wfi and interrupts that kernel/task expects; see host.h. */
#include "kernel/task/executor.h"

#include "kernel/hart/clock.h"
#include "kernel/hart/cpu.h"
#include "kernel/irq/irq.h"
#include "kernel/test/host/host.h"
#include "lib/order.h"

u64 host_now;
void (*clock_program)(u64 deadline);
static bool host_idle; /* wfi found nothing to wait for */

u64 clock_now(void)
{
	return load_relaxed(&host_now);
}

static void program_nothing(u64 deadline)
{
	(void)deadline;
}

void irq_handle(void)
{
}

void irq_send_ipi(u32 hart_index)
{
	(void)hart_index;
}

/* The comparator alone could bring the hart back. */
void cpu_wait_for_interrupt(void)
{
	u64 next = timer_next();

	if (next == TIME_NEVER)
		host_idle = true;
	else
		host_now = max(host_now, next);
}

void host_executor_init(void)
{
	clock_program = program_nothing;
	task_registry_init();
	for (u32 i = 0; i < hart_count; i++)
		executor_init(i);
}

void host_run(void)
{
	host_idle = false;
	while (!host_idle)
		executor_run_once();
}
