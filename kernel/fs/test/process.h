/* process.h - a process, as far as files see one (kernel/fs/caller.h): it may open as anybody, and is alone. */
#pragma once

#include "kernel/fs/caller.h"

struct process {
	struct caller_ids ids;
	struct caller_job job;
	struct space *space;
};

struct caller_ids caller_ids(const struct process *process)
{
	return process ? process->ids : (struct caller_ids){ 0 };
}

bool caller_has_group(struct process *process, u32 group)
{
	(void)process, (void)group;
	return false;
}

struct caller_job caller_job(const struct process *process)
{
	return process ? process->job : (struct caller_job){ 0 };
}

struct space *caller_space(const struct process *process)
{
	return process ? process->space : NULL;
}
