/* run.h - running coroutines to their end from a test.
 *
 *     run(entry, argument)   a task is spawned; the executor runs; the disk answers; until the task has ended
 *
 * The disk answers only when nothing else can run.
 */
#pragma once

#include "kernel/fs/test/disk.h"
#include "kernel/fs/test/user_memory.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/slab.h"
#include "kernel/task/executor.h"
#include "kernel/task/wait.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

struct test_run {
	struct co co;
	long (*entry)(struct co *co, void *argument);
	void *argument;
	long result;
	bool done;
};

struct test_runner {
	struct co co;
	struct test_run *run;
};

CO_STEP(test_runner)
{
	CO_FRAME(test_runner);
	long err;

	CO_BEGIN;
	AWAIT(err, f->run->entry(co, f->run->argument));
	f->run->result = err;
	f->run->done = true;
	CO_RETURN(err);
	CO_END;
}

static inline long test_run_entry(struct co *co, void *argument)
{
	return CO_CALL(test_runner, co, .run = argument);
}

static struct test_disk *run_disk;

/* Let everything go on that can; the disk answers while nothing else is left. */
static inline void run_all(void)
{
	do
		host_run();
	while (run_disk && test_disk_serve(run_disk));
}

/* Start without waiting. */
static inline void run_start(struct test_run *state, long (*entry)(struct co *co, void *argument), void *argument)
{
	*state = (struct test_run){ .entry = entry, .argument = argument };
	CHECK_EQ(task_spawn("test", PRIORITY_SERVICE, test_run_entry, state), 0);
}

static inline long run(long (*entry)(struct co *co, void *argument), void *argument)
{
	struct test_run state;

	run_start(&state, entry, argument);
	run_all();
	CHECK(state.done);
	return state.result;
}

/* Pages that are free or can be counted as slab_live_bytes(): for leak checks, where pages that only hold free objects
 * do not matter. */
static inline u64 run_pages(void)
{
	u64 count = page_free_count() + limbo_count();

	for (u64 i = 0; i < page_count; i++)
		count += (pages[i].flags & PAGE_SLAB) != 0;
	return count;
}

/* HARTS is 1: a test is one thread. */
static inline void run_init(u64 page_total)
{
	host_init(1);
	host_ram_init(0, page_total);
	host_executor_init();
}
