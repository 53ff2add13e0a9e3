/* caller.c - see kernel/fs/caller.h: a process as files see it. */
#include "kernel/fs/caller.h"

#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"

struct caller_ids caller_ids(const struct process *process)
{
	if (!process)
		return (struct caller_ids){ 0 };
	return (struct caller_ids){ load_relaxed(&process->users.files), load_relaxed(&process->groups.files),
				    load_relaxed(&process->users.effective) };
}

bool caller_has_group(struct process *process, u32 group)
{
	bool found = false;

	if (!process)
		return false;
	spin_lock(&process->lock);
	for (u32 i = 0; i < process->group_count && !found; i++)
		found = process->further_groups[i] == group;
	spin_unlock(&process->lock);
	return found;
}

struct caller_job caller_job(const struct process *process)
{
	if (!process)
		return (struct caller_job){ 0 };
	return (struct caller_job){ process->pid, load_relaxed(&process->group), load_relaxed(&process->session) };
}

struct space *caller_space(const struct process *process)
{
	return process ? process->space : NULL;
}

void caller_broken_pipe(const struct co *co)
{
	if (task_of(co)->user)
		signal_send_thread(thread_of(co), SIGPIPE);
}
