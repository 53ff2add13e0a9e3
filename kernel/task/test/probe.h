/* probe.h - a task with its memory and its result, for the tests of this folder.
 *
 *     PROBE_START(&probe, waiter, .queue = &queue);  run waiter as its first coroutine until it waits
 *     host_run();                                    let the executor do the rest
 *     CHECK(probe.ended);
 */
#pragma once

#include "kernel/task/executor.h"
#include "kernel/task/task.h"
#include "kernel/task/task_share.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

#include <string.h>

struct probe {
	struct task task;
	struct task_share share; /* of those who have asked for it: probe_share */
	struct wait_timer timer;
	char arena[512] __attribute__((aligned(16)));
	long result;
	bool ended;
};

static inline void probe_done(struct task *task, long result)
{
	struct probe *probe = container_of(task, struct probe, task);

	probe->result = result;
	probe->ended = true;
}

static inline void probe_init(struct probe *probe, enum priority priority)
{
	memset(probe, 0x5a, sizeof(*probe));
	probe->ended = false;
	probe->result = 0;
	task_init(&probe->task, "probe", priority, probe->arena, sizeof(probe->arena), probe_done);
	task_lend_timer(&probe->task, &probe->timer);
}

/* PROBE is a user thread that tells its priority at PUBLISHED. */
static inline void probe_share(struct probe *probe, const u32 *published)
{
	probe->share = (struct task_share){ .published = published, .base = probe->task.priority };
	probe->task.share = &probe->share;
	probe->task.user = 1;
}

/* done is not called for a task that answers at once. */
static inline void probe_started(struct probe *probe, long result)
{
	if (result == CO_PENDING)
		return;
	probe->result = result;
	probe->ended = true;
}

#define PROBE_START_AT(probe_, priority, NAME, ...)                                                  \
	do {                                                                                         \
		struct probe *started_probe_ = (probe_);                                             \
		probe_init(started_probe_, (priority));                                              \
		probe_started(started_probe_, TASK_START(&started_probe_->task, NAME, __VA_ARGS__)); \
	} while (0)
#define PROBE_START(probe, NAME, ...) PROBE_START_AT(probe, PRIORITY_USER, NAME, __VA_ARGS__)

/* One hart, an executor, memory, and time at 0. */
static inline void probe_machine(u32 harts_in_it)
{
	host_init(harts_in_it);
	host_ram_init(0, 2000);
	host_executor_init();
}
