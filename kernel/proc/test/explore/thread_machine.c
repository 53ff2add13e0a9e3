/* thread_machine.c - see thread_machine.h. */
#include "kernel/proc/test/explore/thread_machine.h"

#include "kernel/hart/context.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"
#include "kernel/task/executor.h"
#include "lib/order.h"

enum { MAIL_RUN = 1, MAIL_TIMER = 2, MAIL_IPI = 4, HARTS = MODEL_HARTS };

static struct {
	u32 mailbox;
	struct task *task;
} runners[HARTS];

static u64 now[MAX_HARTS];

void (*executor_user_suspend)(struct task *task);
void (*clock_program)(u64 deadline);

/* --- time --- */

u64 clock_now(void)
{
	return now[hart()->index];
}

/* The end of a slice, or an idle hart's look around, never comes. */
static void timer_is_due(u64 deadline)
{
	if (deadline >= SLICE_NS)
		return;
	now[hart()->index] = deadline;
	atomic_or(&runners[hart()->index].mailbox, MAIL_TIMER);
}

/* --- the executor --- */

void thread_machine_home(struct task *task, u32 home)
{
	runners[home].task = task;
}

/* It moves when it says another hart than the one that it ran on, which is the caller. */
void executor_enqueue(struct task *task)
{
	u32 home = HARTS - 1, wanted = load_relaxed(&task->hart);

	while (home && runners[home].task != task)
		home--;
	if (hart()->task == task && wanted != home) {
		runners[wanted].task = task;
		runners[home].task = NULL;
		home = wanted;
	}
	if (atomic_or(&runners[home].mailbox, MAIL_RUN) & MAIL_RUN)
		model_fail("the task is in the queue twice");
}

/* As in kernel/task/executor.c; the fence is user_step_begin's. */
static void run_step(struct task *task)
{
	struct hart *h = hart();
	long result;

	store_relaxed(&task->hart, h->index);
	waker_run(&task->waker);
	h->task = task;
	fence_full();
	result = co_resume(&task->stack, task->value);
	if (h->locks_held)
		model_fail("a step ends with a lock held");
	if (result != CO_PENDING) {
		h->task = NULL;
		task_finish(task, result);
		return;
	}
	executor_user_suspend(task);
	if (!waker_suspend(&task->waker))
		executor_enqueue(task);
	h->task = NULL;
}

u32 executor_choose(u32 mask)
{
	return (u32)__builtin_ctz(mask);
}

void run_hart(void)
{
	u64 mail;

	for (;;) {
		mail = MODEL_AWAIT_ACQUIRE(&runners[hart()->index].mailbox);
		if (mail & MAIL_TIMER)
			timer_run();
		if (mail & MAIL_RUN)
			run_step(runners[hart()->index].task);
	}
}

u64 interrupted_user_mode(void)
{
	u64 mail = MODEL_AWAIT_KEEP(&runners[hart()->index].mailbox);

	return mail & MAIL_TIMER ? CAUSE_TIMER : CAUSE_INTERRUPT | 9;
}

/* A claim orders nothing. */
bool executor_turn_is_over(void)
{
	u32 *mailbox = &runners[hart()->index].mailbox;

	if (MODEL_RMW(mailbox, RMW_AND, ~(u32)(MAIL_TIMER | MAIL_IPI), ORDER_ATOMIC) & MAIL_TIMER)
		timer_run();
	return false;
}

void irq_send_ipi(u32 hart_index)
{
	fence_to_device();
	MODEL_RMW(&runners[hart_index].mailbox, RMW_OR, (u32)MAIL_IPI, ORDER_ATOMIC);
}

/* --- memory: one pool for setup, then one of each hart's own; nothing is used twice --- */

enum { SETUP_BYTES = 10240, POOL_BYTES = 1792 };

static char setup_pool[SETUP_BYTES] __attribute__((aligned(16)));
static char pools[HARTS][POOL_BYTES] __attribute__((aligned(16)));
static u32 setup_used, used[HARTS];
static bool is_set_up;

static void *take(char *pool, u32 *used_of, u32 size, u32 bytes)
{
	if (*used_of + bytes > size) {
		model_fail("%u bytes more than there are", bytes);
		return NULL;
	}
	*used_of += bytes;
	return pool + *used_of - bytes;
}

void *slab_zalloc(struct slab_cache *cache)
{
	u32 i = hart()->index;

	if (is_set_up)
		return take(pools[i], &used[i], POOL_BYTES, cache->bytes);
	return take(setup_pool, &setup_used, SETUP_BYTES, cache->bytes);
}

void thread_machine_ready(void)
{
	is_set_up = true;
}

void *slab_alloc(struct slab_cache *cache)
{
	return slab_zalloc(cache);
}

void slab_free(struct slab_cache *cache, void *object)
{
	(void)cache, (void)object;
}

void *kalloc(size_t bytes)
{
	model_fail("%lu bytes of a frame do not fit the arena", (unsigned long)bytes);
	return NULL;
}

void kfree(void *object, size_t bytes)
{
	(void)object, (void)bytes;
}

void thread_machine_setup(void)
{
	clock_program = timer_is_due;
	task_registry_init();
	hart_count = HARTS;
	for (u32 i = 0; i < HARTS; i++) {
		harts[i].index = i;
		host_hart = &harts[i];
		timer_run(); /* sets the comparator */
	}
	host_hart = &harts[0];
}
