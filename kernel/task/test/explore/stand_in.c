/* stand_in.c - places for tasks to run; see stand_in.h.
 *
 * Time passes as fast as it can: as soon as a timer is programmed it is due, and its interrupt is one more thing that
 * may come at any moment.
 */
#include "kernel/task/test/explore/stand_in.h"

#include "kernel/hart/hart.h"
#include "kernel/mm/slab.h"
#include "kernel/task/executor.h"
#include "lib/order.h"

enum { MAIL_RUN = 1, MAIL_TIMER = 2 };

/* The timer wheel of an idle hart comes round once a second; nothing here depends on it. */
#define LOOK_AROUND 1000000000ul

struct place places[PLACES];
static u64 now[MAX_HARTS];

void (*executor_user_suspend)(struct task *task);
void (*clock_program)(u64 deadline);

u64 clock_now(void)
{
	return now[hart()->index];
}

static void timer_is_due(u64 deadline)
{
	if (deadline >= LOOK_AROUND)
		return;
	now[hart()->index] = deadline;
	atomic_or(&places[hart()->index].mailbox, MAIL_TIMER);
}

static void ended(struct task *task, long result)
{
	struct place *place = container_of(task, struct place, task);

	place->result = result;
	place->ended = true;
	task->name = NULL; /* its memory is somebody else's from here on */
}

void stand_in_setup(void)
{
	clock_program = timer_is_due;
	task_registry_init();
	for (u32 i = 0; i < PLACES; i++) {
		harts[i].index = i;
		places[i].home = i;
		host_hart = &harts[i];
		timer_run(); /* sets the comparator */
		task_init(&places[i].task, "task", PRIORITY_USER, places[i].arena, sizeof(places[i].arena), ended);
		task_lend_timer(&places[i].task, &places[i].timer);
	}
	host_hart = &harts[0];
}

void executor_enqueue(struct task *task)
{
	struct place *place = container_of(task, struct place, task);

	if (atomic_or(&places[place->home].mailbox, MAIL_RUN) & MAIL_RUN)
		model_fail("the task is in the queue twice");
}

static void run_step(struct place *place)
{
	struct task *task = &place->task;
	long result;

	waker_run(&task->waker);
	place->steps++;
	result = co_resume(&task->stack, task->value);
	if (result != CO_PENDING)
		task_finish(task, result);
	else if (!waker_suspend(&task->waker))
		executor_enqueue(task);
}

void stand_in_run(u32 index)
{
	u64 mail;

	for (;;) {
		mail = MODEL_AWAIT_ACQUIRE(&places[hart()->index].mailbox);
		if (mail & MAIL_TIMER)
			timer_run();
		if (mail & MAIL_RUN)
			run_step(&places[index]);
	}
}

/* No frame of the scenarios overflows its arena. */
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
