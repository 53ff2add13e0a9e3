/* task_share.h - how a user thread shares its hart with others: its place, what it has used, what its program tells. */
#pragma once

#include "kernel/task/task.h"

struct task_share {
	/* Where its program tells its priority, see kernel/abi/share.h: it may hold anything, and is read once for
	 * each look. NULL: the priority is base. Changed in the thread's own steps alone. */
	const u32 *published;
	u64 used; /* of its hart's time, by weight: run_queue.h; written while the task is queued or running */
	u8 base;
};

/* TASK, which has a share, has another place from its next turn on. From any hart. */
static inline void task_set_base(struct task *task, enum priority base)
{
	store_relaxed(&task->share->base, (u8)base);
	store_relaxed(&task->priority, (u8)base);
}
