/* async.c - the executor and the reactor.
 *
 * Invariant: a task is in `ready` exactly while its state is ASYNC_READY; it has at most one request in the ring, whose
 * user data is its address. It counts as waiting between two steps in ASYNC_RING or ASYNC_THREAD.
 */
#include "user/lib/async-task.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

/* --- what lib/co.h needs --- */

void *co_chunk_alloc(size_t bytes)
{
	return malloc(bytes);
}

void co_chunk_free(void *chunk, size_t bytes)
{
	(void)bytes;
	free(chunk);
}

void co_resume_later(struct co *leaf, long value)
{
	async_park(leaf, ASYNC_PARKED);
	async_wake(async_task_of(leaf), value);
}

/* --- tasks --- */

/* Is what TASK waits for somebody else's than a task of this thread? */
static bool waits_outside(const struct async_task *task)
{
	return task->state == ASYNC_RING || task->state == ASYNC_THREAD;
}

void async_wake(struct async_task *task, long value)
{
	struct async *async = task->async;

	async->waiting[task->level] -= waits_outside(task);
	task->value = value;
	task->state = ASYNC_READY;
	task->shielded = false;
	list_push_back(&async->ready[task->level], &task->ready);
	async->ready_levels |= 1u << task->level;
}

struct async_main {
	struct co co;
};

/* The outermost coroutine of every task. */
CO_STEP(async_main)
{
	CO_FRAME(async_main);
	struct async_task *task = async_task_of(co);
	long result;

	CO_BEGIN;
	AWAIT(result, task->entry(co, task->argument));
	CO_RETURN(result);
	CO_END;
}

static u32 level_of(u32 level)
{
	return level < ASYNC_LEVELS ? level : SHARE_WORST;
}

void async_set_level(struct co *caller, u32 level)
{
	struct async_task *task = async_task_of(caller);

	task->level = task->async->level = level_of(level);
}

struct async_task *async_spawn_at(struct async *async, u32 level, async_entry *entry, void *argument)
{
	struct async_task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->async = async;
	task->level = level_of(level);
	task->entry = entry;
	task->argument = argument;
	co_stack_init(&task->stack, task->arena, ASYNC_ARENA);
	list_push_back(&async->all, &task->all);
	async_wake(task, 0);
	return task;
}

struct async_task *async_spawn(struct async *async, async_entry *entry, void *argument)
{
	return async_spawn_at(async, async->level, entry, argument);
}

static void task_free(struct async_task *task)
{
	list_remove(&task->all);
	free(task);
}

static void task_ended(struct async_task *task, long result)
{
	task->state = ASYNC_DONE;
	task->value = result;
	if (task->joiner)
		async_wake(task->joiner, 0);
	else if (task->detached)
		task_free(task);
}

void async_detach(struct async_task *task)
{
	task->detached = true;
	if (task->state == ASYNC_DONE)
		task_free(task);
}

void async_cancel(struct async_task *task)
{
	struct io_uring_sqe *sqe;

	if (task->cancelled || task->state == ASYNC_DONE)
		return;
	task->cancelled = true;
	if (task->state != ASYNC_RING || task->shielded)
		return;
	sqe = async_sqe_get(task->async);
	if (!sqe)
		return; /* it ends when its request does */
	io_uring_prep_cancel64(sqe, (u64)task, 0);
	io_uring_sqe_set_data64(sqe, ASYNC_NOBODY);
}

struct async_join {
	struct co co;
	struct async_task *task;
};

CO_STEP(async_join)
{
	CO_FRAME(async_join);
	long result;

	CO_BEGIN;
	while (f->task->state != ASYNC_DONE) {
		f->task->joiner = async_task_of(co);
		AWAIT(result, async_park(co, ASYNC_PARKED));
	}
	result = f->task->value;
	task_free(f->task);
	CO_RETURN(result);
	CO_END;
}

long async_join(struct co *caller, struct async_task *task)
{
	return CO_CALL(async_join, caller, .task = task);
}

long async_yield(struct co *caller)
{
	co_resume_later(caller, 0);
	return CO_PENDING;
}

/* --- the loop --- */

/* The best level of a set of them, which is not empty: its lowest bit. A table, since RV64GC has no instruction for
 * that, and it is asked twice for each step. */
static u32 best_of(u32 levels)
{
	static const u8 lowest[1 << ASYNC_LEVELS] = { 0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0,
						      4, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0 };

	_Static_assert(ASYNC_LEVELS == 5, "the table");
	return lowest[levels];
}

static struct async_task *pop_ready(struct async *async)
{
	u32 level = best_of(async->ready_levels);
	struct async_task *task = list_entry(list_pop_front(&async->ready[level]), struct async_task, ready);

	if (list_is_empty(&async->ready[level]))
		async->ready_levels &= ~(1u << level);
	return task;
}

/* One step of one task. */
static void step(struct async *async)
{
	struct async_task *task = pop_ready(async);
	long result;

	async->steps++;
	async->level = task->level;
	task->state = ASYNC_PARKED; /* unless the step says otherwise */
	if (task->stack.leaf)
		result = co_resume(&task->stack, task->value);
	else
		result = CO_START(async_main, &task->stack, NULL);
	async->level = SHARE_DEFAULT;
	if (result != CO_PENDING)
		task_ended(task, result);
	else
		async->waiting[task->level] += waits_outside(task);
}

/* --- levels, as the kernel is told of them --- */

/* Tell LEVEL. True: it is worse than what was told before. */
static bool tell(struct async *async, u32 level)
{
	bool worse = level > async->told;

	if (async->tells && level != async->told)
		share_level(level);
	async->told = level;
	return async->tells && worse;
}

/* Before the next step. True: somebody else's coroutine may have been more urgent and has had its turn. */
static bool let_better_ones_run(struct async *async)
{
	return tell(async, best_of(async->ready_levels)) && !sched_yield();
}

/* Nothing is ready. Whoever's wait ends next, it may be that of the best. */
static void tell_waiting(struct async *async)
{
	u32 level = 0;

	while (level < SHARE_WORST && !async->waiting[level])
		level++;
	tell(async, async->waiting[level] ? level : SHARE_DEFAULT);
}

int async_use_levels(struct async *async)
{
	int err = share_start();

	async->tells = !err;
	async->told = SHARE_DEFAULT;
	return err;
}

/* Wake whom the completions name. */
static void reap(struct async *async)
{
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;
	u64 user_data;

	io_uring_for_each_cqe(&async->ring, head, cqe)
	{
		user_data = io_uring_cqe_get_data64(cqe);
		if (user_data == ASYNC_POOL)
			async_pool_completed(async);
		else if (user_data != ASYNC_NOBODY)
			async_wake((struct async_task *)user_data, cqe->res);
		count++;
	}
	if (!count)
		return;
	async->completions += count;
	io_uring_cq_advance(&async->ring, count);
}

static long wait_in_ring(struct async *async)
{
	int taken = io_uring_submit_and_wait(&async->ring, 1);

	return taken < 0 && taken != -EINTR ? taken : 0;
}

/* Until TASK has ended: 0 or a negative errno. */
static long run_until(struct async *async, const struct async_task *task)
{
	long err = 0;

	while (!err && task->state != ASYNC_DONE) {
		if (!async->ready_levels) {
			tell_waiting(async);
			if (!io_uring_cq_ready(&async->ring) || io_uring_sq_ready(&async->ring))
				err = async->wait(async);
		} else if (!let_better_ones_run(async)) {
			step(async);
		}
		reap(async);
	}
	tell(async, SHARE_DEFAULT);
	return err;
}

long async_block_on(struct async *async, async_entry *entry, void *argument)
{
	struct async_task *task = async_spawn(async, entry, argument);
	long result;

	if (!task)
		return -ENOMEM;
	result = run_until(async, task);
	if (!result)
		result = task->value;
	async_detach(task);
	return result;
}

int async_init(struct async *async, unsigned entries)
{
	*async = (struct async){ .wait = wait_in_ring, .level = SHARE_DEFAULT, .told = SHARE_DEFAULT };
	for (u32 i = 0; i < ASYNC_LEVELS; i++)
		list_init(&async->ready[i]);
	list_init(&async->all);
	return io_uring_queue_init(entries, &async->ring, 0);
}

void async_exit(struct async *async)
{
	if (async->pool)
		async_pool_free(async->pool);
	if (async->end_wait)
		async->end_wait(async);
	io_uring_queue_exit(&async->ring);
}

/* --- for people --- */

static void report_chain(const struct co *co, FILE *to)
{
	if (!co)
		return;
	report_chain(co->caller, to);
	fprintf(to, "    %s  %s:%u\n", co->type->name, co->type->file, co->line & ~CO_LINE_TORTURE);
}

void async_report(struct async *async, FILE *to)
{
	static const char *const states[] = {
		[ASYNC_READY] = "ready",
		[ASYNC_RING] = "waits for its request",
		[ASYNC_THREAD] = "waits for a thread",
		[ASYNC_PARKED] = "waits for another task",
		[ASYNC_DONE] = "has ended, is not joined",
	};
	struct async_task *task;

	list_for_each (task, &async->all, all) {
		fprintf(to, "task %p  level %u  %s%s\n", (void *)task, task->level, states[task->state],
			task->cancelled ? ", cancelled" : "");
		if (task->state != ASYNC_DONE)
			report_chain(task->stack.leaf, to);
	}
}
