/* policy.c - see policy.h. The rules are those of Linux' sched_setscheduler and setpriority. */
#include "kernel/proc/policy.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/thread.h"

bool policy_is_valid(const struct policy *policy)
{
	bool known = policy->kind <= POLICY_BATCH || policy->kind == POLICY_IDLE;

	return known && policy->real_time <= REAL_TIME_MAX &&
	       policy_is_real_time(policy->kind) == (policy->real_time != 0);
}

s32 policy_priority(const struct policy *policy)
{
	return policy->real_time ? -1 - policy->real_time : 20 + policy->nice;
}

static enum priority level_of(const struct policy *policy)
{
	return policy->kind == POLICY_IDLE ? PRIORITY_BACKGROUND : (enum priority)(PRIORITY_USER + policy->nice);
}

bool policy_may_change(const struct process *caller, const struct thread *thread)
{
	u32 user = load_relaxed(&caller->users.effective);
	const struct id_set *users = &thread->process->users;

	return !user || user == load_relaxed(&users->effective) || user == load_relaxed(&users->real);
}

static u64 limit(const struct thread *thread, u32 which)
{
	return load_relaxed(&thread->process->limits[which].current);
}

/* Without being root; RLIMIT_NICE counts from 1 (nice 19) to 40. */
static bool may_have_nice(const struct thread *thread, s32 nice)
{
	return (u64)(20 - nice) <= limit(thread, RLIMIT_NICE);
}

static bool may_have_real_time(const struct thread *thread, const struct policy *new)
{
	const struct policy *old = &thread->policy;
	u64 most = limit(thread, RLIMIT_RTPRIO);

	return (new->kind == old->kind || most) && (new->real_time <= old->real_time || new->real_time <= most);
}

/* May THREAD's owner do that? */
static bool may_have(const struct thread *thread, const struct policy *new)
{
	const struct policy *old = &thread->policy;

	if (policy_is_real_time(new->kind) ? !may_have_real_time(thread, new)
					   : new->nice < old->nice && !may_have_nice(thread, new->nice))
		return false;
	if (old->kind == POLICY_IDLE && new->kind != POLICY_IDLE && !may_have_nice(thread, old->nice))
		return false;
	return !old->reset_on_fork || new->reset_on_fork;
}

static void set(struct thread *thread, const struct policy *policy)
{
	thread->policy = *policy;
	task_set_base(&thread->task, level_of(policy));
}

long policy_set(const struct process *caller, struct thread *thread, const struct policy *policy)
{
	if (load_relaxed(&caller->users.effective) && (!policy_may_change(caller, thread) || !may_have(thread, policy)))
		return -EPERM;
	if (policy_is_real_time(policy->kind))
		return -EPERM; /* for nobody */
	set(thread, policy);
	return 0;
}

long policy_set_nice(const struct process *caller, struct thread *thread, s32 nice)
{
	struct policy policy = thread->policy;

	if (!policy_may_change(caller, thread))
		return -EPERM;
	if (nice < policy.nice && load_relaxed(&caller->users.effective) && !may_have_nice(thread, nice))
		return -EACCES;
	policy.nice = (s8)nice;
	set(thread, &policy);
	return 0;
}

void policy_inherit(struct thread *to, const struct thread *from)
{
	struct policy policy;

	spin_lock(&from->process->lock);
	policy = from->policy;
	spin_unlock(&from->process->lock);
	if (policy.reset_on_fork) {
		if (policy_is_real_time(policy.kind))
			policy.kind = POLICY_OTHER, policy.nice = 0;
		policy.nice = max(policy.nice, (s8)0);
		policy.real_time = 0;
		policy.reset_on_fork = false;
	}
	set(to, &policy);
}
