/* queue.h - a run queue, tasks for it, and a clock that the tests move. */
#pragma once

#include "kernel/task/run_queue.h"

#include "kernel/hart/clock.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { TASKS = 64 };

static struct run_queue queue;
static struct task tasks[TASKS];
static u64 now;

u64 clock_now(void)
{
	return now;
}

static inline void begin(void)
{
	host_init(2);
	run_queue_init(&queue);
}

static inline struct task *add(u32 i, enum priority priority)
{
	tasks[i].priority = (u8)priority;
	run_queue_push(&queue, &tasks[i]);
	return &tasks[i];
}

/* A turn of MS milliseconds for whoever is next; then it is ready again. */
static inline struct task *turn(u32 ms)
{
	struct task *task = run_queue_pop(&queue);

	now += ms * 1000000ul;
	run_queue_push(&queue, task);
	return task;
}
