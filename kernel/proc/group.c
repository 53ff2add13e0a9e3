/* group.c - see group.h. */
#include "kernel/proc/group.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/ids.h"
#include "kernel/proc/process.h"

/* Change *NUMBER (a group or a session), and what keeps the number from being given out again. */
static void move_to(u32 *number, u32 to)
{
	u32 before = *number;

	if (to)
		id_get(to);
	store_relaxed(number, to);
	if (before)
		id_free(before);
}

void group_inherit(struct process *child, const struct process *parent)
{
	move_to(&child->group, parent ? parent->group : child->pid);
	move_to(&child->session, parent ? parent->session : child->pid);
}

void group_leave(struct process *process)
{
	move_to(&process->group, 0);
	move_to(&process->session, 0);
}

/* Any process of GROUP. Table lock held. */
static struct process *member(u32 group)
{
	struct process *process = NULL;

	while ((process = process_each(process)))
		if (process->group == group)
			return process;
	return NULL;
}

/* May CALLER move PROCESS to GROUP? Table lock held. */
static long may_move(const struct process *caller, const struct process *process, u32 group)
{
	const struct process *other;

	if (!process || (process != caller && process->parent != caller))
		return -ESRCH;
	if (process->session == process->pid || process->session != caller->session)
		return -EPERM;
	if (process != caller && process->has_executed)
		return -EACCES;
	if (group == process->pid)
		return 0;
	other = member(group);
	return other && other->session == caller->session ? 0 : -EPERM;
}

long group_set(struct process *caller, u32 pid, u32 group)
{
	struct process *process;
	long err;

	spin_lock(&process_table_lock);
	process = pid ? process_find_locked(pid) : caller;
	if (process && !group)
		group = process->pid;
	err = may_move(caller, process, group);
	if (!err)
		move_to(&process->group, group);
	spin_unlock(&process_table_lock);
	return err;
}

long group_of(struct process *caller, u32 pid)
{
	struct process *process;
	long group;

	spin_lock(&process_table_lock);
	process = pid ? process_find_locked(pid) : caller;
	group = process ? (long)process->group : -ESRCH;
	spin_unlock(&process_table_lock);
	return group;
}

long session_of(struct process *caller, u32 pid)
{
	struct process *process;
	long session;

	spin_lock(&process_table_lock);
	process = pid ? process_find_locked(pid) : caller;
	session = process ? (long)process->session : -ESRCH;
	spin_unlock(&process_table_lock);
	return session;
}

long session_new(struct process *caller)
{
	long result = -EPERM;

	spin_lock(&process_table_lock);
	if (!member(caller->pid)) {
		move_to(&caller->group, caller->pid);
		move_to(&caller->session, caller->pid);
		result = caller->pid;
	}
	spin_unlock(&process_table_lock);
	return result;
}

/* --- orphaned groups --- */

/* Is MEMBER, whose parent is PARENT, what ties its group to the rest of the session? */
static bool is_tie(const struct process *member, const struct process *parent)
{
	return parent && parent->parent && parent->group != member->group && parent->session == member->session;
}

/* As if LEAVING (may be NULL) had ended. Table lock held. */
static bool is_orphaned(u32 group, const struct process *leaving)
{
	const struct process *process = NULL;

	while ((process = process_each((struct process *)process)))
		if (process->group == group && process != leaving && process->state == PROCESS_RUNNING &&
		    is_tie(process, process->parent))
			return false;
	return true;
}

bool group_is_orphaned(struct process *process)
{
	bool orphaned;

	spin_lock(&process_table_lock);
	orphaned = is_orphaned(process->group, NULL);
	spin_unlock(&process_table_lock);
	return orphaned;
}

static bool has_stopped(u32 group)
{
	struct process *process = NULL;

	while ((process = process_each(process)))
		if (process->group == group && load_relaxed(&process->stopping))
			return true;
	return false;
}

static void signal_all(u32 group, u32 signal)
{
	struct process *process = NULL;

	while ((process = process_each(process)))
		if (process->group == group)
			signal_send(process, signal);
}

void group_lose_parent(struct process *member, const struct process *parent, bool ends)
{
	u32 group = member->group;

	if (!is_tie(member, parent) || !is_orphaned(group, ends ? member : NULL) || !has_stopped(group))
		return;
	signal_all(group, SIGHUP);
	signal_all(group, SIGCONT);
}

struct process *group_next(u32 group, u32 after)
{
	struct process *process;

	spin_lock(&process_table_lock);
	process = process_after_locked(after);
	while (process && group && process->group != group)
		process = process_each(process);
	if (process)
		atomic_add_relaxed(&process->refs, 1u);
	spin_unlock(&process_table_lock);
	return process;
}

u32 group_session(u32 group)
{
	struct process *process;
	u32 session;

	spin_lock(&process_table_lock);
	process = member(group);
	session = process ? process->session : 0;
	spin_unlock(&process_table_lock);
	return session;
}
