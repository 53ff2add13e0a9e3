/* sched.c - priorities and policies, as far as programs ask: there is one policy, and nice values are kept and told. */
#include "kernel/abi/errno.h"
#include "kernel/hart/hart.h"
#include "kernel/mm/user.h"
#include "kernel/proc/group.h"
#include "kernel/proc/process.h"
#include "kernel/proc/share.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"
#include "kernel/task/timespec.h"

enum { PRIO_PROCESS, PRIO_GROUP, PRIO_USER };
enum { SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE = 5 };
enum { NICE_MIN = -20, NICE_MAX = 19, PRIORITY_MIN_RT = 1, PRIORITY_MAX_RT = 99 };

/* --- nice --- */

static bool is_meant(struct process *caller, const struct process *process, u32 which, u32 who)
{
	switch (which) {
	case PRIO_PROCESS:
		return process->pid == (who ? who : caller->pid);
	case PRIO_GROUP:
		return load_relaxed(&process->group) == (who ? who : load_relaxed(&caller->group));
	default:
		return load_relaxed(&process->users.real) == (who ? who : load_relaxed(&caller->users.real));
	}
}

static long set_nice(struct process *caller, struct process *process, s32 nice)
{
	u32 user = load_relaxed(&caller->users.effective);

	if (user && user != load_relaxed(&process->users.effective) && user != load_relaxed(&process->users.real))
		return -EPERM;
	if (user && nice < load_relaxed(&process->nice))
		return -EACCES;
	store_relaxed(&process->nice, nice);
	return 0;
}

/* For each process that is meant: set (SET), and find the lowest nice value. The number of them. */
static u32 visit(struct process *caller, const u64 *args, bool set, s32 *lowest, long *err)
{
	s32 nice = max(min((s32)args[2], (s32)NICE_MAX), (s32)NICE_MIN);
	struct process *process;
	u32 count = 0, pid = 0;
	long result;

	*lowest = NICE_MAX;
	*err = 0;
	for (; (process = group_next(0, pid)); process_put(process)) {
		pid = process->pid;
		if (!is_meant(caller, process, (u32)args[0], (u32)args[1]))
			continue;
		count++;
		*lowest = min(*lowest, load_relaxed(&process->nice));
		result = set ? set_nice(caller, process, nice) : 0;
		*err = result ? result : *err;
	}
	return count;
}

long sys_setpriority(struct co *caller, const u64 *args)
{
	s32 lowest;
	long err;

	if (args[0] > PRIO_USER)
		return -EINVAL;
	return visit(process_of(caller), args, true, &lowest, &err) ? err : -ESRCH;
}

/* 40 (the best) to 1, so that no answer looks like an error. */
long sys_getpriority(struct co *caller, const u64 *args)
{
	s32 lowest;
	long err;

	if (args[0] > PRIO_USER)
		return -EINVAL;
	return visit(process_of(caller), args, false, &lowest, &err) ? 20 - lowest : -ESRCH;
}

/* --- policies --- */

static bool is_known(struct co *co, u32 pid)
{
	struct process *process = pid ? process_find(pid) : NULL;

	if (process)
		process_put(process);
	return process || !pid || pid == thread_of(co)->tid;
}

long sys_sched_getscheduler(struct co *caller, const u64 *args)
{
	if ((s32)args[0] < 0)
		return -EINVAL;
	return is_known(caller, (u32)args[0]) ? SCHED_OTHER : -ESRCH;
}

long sys_sched_getparam(struct co *caller, const u64 *args)
{
	static const s32 priority = 0;

	if ((s32)args[0] < 0)
		return -EINVAL;
	if (!is_known(caller, (u32)args[0]))
		return -ESRCH;
	return user_write(caller, user_space_of(caller), args[1], &priority, sizeof(priority));
}

struct setscheduler_call {
	struct co co;
	u64 address;
	s32 priority;
	u32 pid, policy;
};

/* The policy that there is, and its relatives that differ in degree, are accepted and change nothing. */
CO_STEP(setscheduler_call)
{
	CO_FRAME(setscheduler_call);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->priority, f->address, sizeof(f->priority)));
	if (err)
		CO_RETURN(err);
	if (!is_known(co, f->pid))
		CO_RETURN(-ESRCH);
	if (f->policy == SCHED_FIFO || f->policy == SCHED_RR)
		CO_RETURN(f->priority < PRIORITY_MIN_RT || f->priority > PRIORITY_MAX_RT ? -EINVAL : -EPERM);
	CO_RETURN(f->priority || (f->policy > SCHED_BATCH && f->policy != SCHED_IDLE) ? -EINVAL : 0);
	CO_END;
}

long sys_sched_setscheduler(struct co *caller, const u64 *args)
{
	if ((s32)args[0] < 0 || (s32)args[1] < 0)
		return -EINVAL;
	return CO_CALL(setscheduler_call, caller, .pid = (u32)args[0], .policy = (u32)args[1], .address = args[2]);
}

long sys_sched_setparam(struct co *caller, const u64 *args)
{
	if ((s32)args[0] < 0)
		return -EINVAL;
	return CO_CALL(setscheduler_call, caller, .pid = (u32)args[0], .policy = SCHED_OTHER, .address = args[1]);
}

static long priority_range(u64 policy, long real_time)
{
	if (policy == SCHED_FIFO || policy == SCHED_RR)
		return real_time;
	return policy <= SCHED_BATCH || policy == SCHED_IDLE ? 0 : -EINVAL;
}

long sys_sched_get_priority_max(struct co *caller, const u64 *args)
{
	(void)caller;
	return priority_range(args[0], PRIORITY_MAX_RT);
}

long sys_sched_get_priority_min(struct co *caller, const u64 *args)
{
	(void)caller;
	return priority_range(args[0], PRIORITY_MIN_RT);
}

long sys_sched_rr_get_interval(struct co *caller, const u64 *args)
{
	struct abi_timespec slice = { 0, SLICE_NS };

	if (!is_known(caller, (u32)args[0]))
		return -ESRCH;
	return user_write(caller, user_space_of(caller), args[1], &slice, sizeof(slice));
}

/* (flags): where the calling thread tells how urgent it is */
long sys_sched_share(struct co *caller, const u64 *args)
{
	return args[0] ? -EINVAL : thread_share(thread_of(caller));
}

/* --- where --- */

struct getcpu_call {
	struct co co;
	u64 cpu_address, node_address; /* 0: not asked for */
	u32 zero;
};

CO_STEP(getcpu_call)
{
	CO_FRAME(getcpu_call);
	u32 index = hart()->index;
	long err = 0;

	CO_BEGIN;
	if (f->cpu_address)
		AWAIT(err, user_write(co, user_space_of(co), f->cpu_address, &index, sizeof(index)));
	if (!err && f->node_address)
		AWAIT(err, user_write(co, user_space_of(co), f->node_address, &f->zero, sizeof(f->zero)));
	CO_RETURN(err);
	CO_END;
}

long sys_getcpu(struct co *caller, const u64 *args)
{
	return CO_CALL(getcpu_call, caller, .cpu_address = args[0], .node_address = args[1]);
}
