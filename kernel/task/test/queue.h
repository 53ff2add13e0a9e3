/* queue.h - a run queue, tasks for it, and a clock that the tests move. */
#pragma once

#include "kernel/task/run_queue.h"

#include "kernel/hart/clock.h"
#include "kernel/task/task_share.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { TASKS = 64 };

static struct run_queue queue;
static struct task tasks[TASKS];
static struct task_share shares[TASKS];
static u64 now;
static u32 elsewhere __attribute__((unused));

u64 clock_now(void)
{
	return now;
}

static inline void begin(void)
{
	host_init(2);
	run_queue_init(&queue);
	for (u32 i = 0; i < TASKS; i++) {
		tasks[i].allowed = ALL_HARTS;
		tasks[i].share = &shares[i];
	}
}

static inline void push_back(struct task *task)
{
	run_queue_push(&queue, task, task->priority);
}

static inline struct task *add(u32 i, enum priority priority)
{
	tasks[i].priority = (u8)priority;
	push_back(&tasks[i]);
	return &tasks[i];
}

/* TASK has had a turn of NS. */
static inline void run_for(struct task *task, u64 ns)
{
	now += ns;
	if (queue.weighed)
		run_queue_weigh(&queue, task);
}

/* A turn of MS milliseconds for whoever is next; then it is ready again. */
static inline struct task *turn(u32 ms)
{
	struct task *task = run_queue_pop(&queue);

	run_for(task, ms * 1000000ul);
	push_back(task);
	return task;
}
