/* sched.c - policies: asked for, told, set. What they mean: kernel/proc/policy.h. */
#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/share.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"
#include "kernel/task/timespec.h"

#define SCHED_RESET_ON_FORK 0x40000000u /* in the policy of sched_setscheduler */
enum { KEEP_POLICY = UINT8_MAX };	/* struct policy, kind: the one it has */
enum { RR_SLICE_NS = 100000000 };

/* The policy of the thread TID, 0: the caller: 0 or -ESRCH. */
static long policy_of(struct co *co, u64 tid, struct policy *policy)
{
	struct thread *thread = thread_hold(thread_of(co), (u32)tid);

	if (!thread)
		return -ESRCH;
	*policy = thread->policy;
	thread_let_go(thread);
	return 0;
}

/* --- what is told --- */

long sys_sched_getscheduler(struct co *caller, const u64 *args)
{
	struct policy policy;
	long err;

	if ((s32)args[0] < 0)
		return -EINVAL;
	err = policy_of(caller, args[0], &policy);
	return err ? err : policy.kind | (policy.reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

long sys_sched_getparam(struct co *caller, const u64 *args)
{
	struct policy policy;
	s32 priority;
	long err;

	if ((s32)args[0] < 0 || !args[1])
		return -EINVAL;
	err = policy_of(caller, args[0], &policy);
	if (err)
		return err;
	priority = policy.real_time;
	return user_write(caller, user_space_of(caller), args[1], &priority, sizeof(priority));
}

static long priority_range(u64 policy, long real_time)
{
	if (policy_is_real_time((u32)policy))
		return real_time;
	return policy <= POLICY_BATCH || policy == POLICY_IDLE ? 0 : -EINVAL;
}

long sys_sched_get_priority_max(struct co *caller, const u64 *args)
{
	(void)caller;
	return priority_range(args[0], REAL_TIME_MAX);
}

long sys_sched_get_priority_min(struct co *caller, const u64 *args)
{
	(void)caller;
	return priority_range(args[0], REAL_TIME_MIN);
}

static u64 slice_of(const struct policy *policy)
{
	return policy->kind == POLICY_FIFO ? 0 : policy->kind == POLICY_RR ? RR_SLICE_NS : SLICE_NS;
}

long sys_sched_rr_get_interval(struct co *caller, const u64 *args)
{
	struct abi_timespec slice;
	struct policy policy;
	long err;

	if ((s32)args[0] < 0)
		return -EINVAL;
	err = policy_of(caller, args[0], &policy);
	if (err)
		return err;
	slice = timespec_from_ns(slice_of(&policy));
	return user_write(caller, user_space_of(caller), args[1], &slice, sizeof(slice));
}

/* --- setting --- */

/* NEW for the thread TID; its nice value is looked at if WITH_NICE. */
static long change(struct co *co, u32 tid, struct policy new, bool with_nice)
{
	struct thread *thread = thread_hold(thread_of(co), tid);
	long err = -EINVAL;

	if (!thread)
		return -ESRCH;
	if (new.kind == KEEP_POLICY) {
		new.kind = thread->policy.kind;
		new.reset_on_fork = thread->policy.reset_on_fork;
	}
	if (!with_nice || policy_is_real_time(new.kind))
		new.nice = thread->policy.nice;
	if (policy_is_valid(&new))
		err = policy_set(process_of(co), thread, &new);
	thread_let_go(thread);
	return err;
}

struct setscheduler_call {
	struct co co;
	u64 address;
	s32 priority;
	u32 tid;
	struct policy policy;
};

CO_STEP(setscheduler_call)
{
	CO_FRAME(setscheduler_call);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->priority, f->address, sizeof(f->priority)));
	if (err)
		CO_RETURN(err);
	f->policy.real_time = (u8)min((u32)f->priority, (u32)UINT8_MAX); /* too much either way */
	CO_RETURN(change(co, f->tid, f->policy, false));
	CO_END;
}

long sys_sched_setscheduler(struct co *caller, const u64 *args)
{
	u32 kind = (u32)args[1] & ~SCHED_RESET_ON_FORK;

	if ((s32)args[0] < 0 || (s32)args[1] < 0 || !args[2])
		return -EINVAL;
	return CO_CALL(setscheduler_call, caller, .tid = (u32)args[0], .address = args[2],
		       .policy = { .kind = (u8)min(kind, (u32)POLICY_IDLE + 1), /* unknown */
				   .reset_on_fork = args[1] & SCHED_RESET_ON_FORK });
}

long sys_sched_setparam(struct co *caller, const u64 *args)
{
	if ((s32)args[0] < 0 || !args[1])
		return -EINVAL;
	return CO_CALL(setscheduler_call, caller, .tid = (u32)args[0], .address = args[1],
		       .policy = { .kind = KEEP_POLICY });
}

/* --- sched_setattr, sched_getattr: all of it in a struct that may grow --- */

struct sched_attr {
	u32 size, policy;
	u64 flags;
	s32 nice;
	u32 priority;
	u64 runtime, deadline, period;
	u32 util_min, util_max;
};
_Static_assert(sizeof(struct sched_attr) == 56, "Linux' second version");

enum { ATTR_LEAST = 48 };
enum {
	ATTR_RESET_ON_FORK = 1 << 0,
	ATTR_RECLAIM = 1 << 1, /* this and the next are about deadlines */
	ATTR_OVERRUN = 1 << 2,
	ATTR_KEEP_POLICY = 1 << 3,
	ATTR_KEEP_PARAMS = 1 << 4,
	ATTR_KNOWN = (1 << 5) - 1,
};

long sys_sched_getattr(struct co *caller, const u64 *args)
{
	struct sched_attr attr = { 0 };
	struct policy policy;
	long err;

	if ((s32)args[0] < 0 || !args[1] || (u32)args[2] < ATTR_LEAST || (u32)args[2] > PAGE_SIZE || (u32)args[3])
		return -EINVAL;
	err = policy_of(caller, args[0], &policy);
	if (err)
		return err;
	attr.size = min((u32)args[2], (u32)sizeof(attr));
	attr.policy = policy.kind;
	attr.flags = policy.reset_on_fork ? ATTR_RESET_ON_FORK : 0;
	attr.nice = policy_is_real_time(policy.kind) ? 0 : policy.nice;
	attr.priority = policy.real_time;
	return user_write(caller, user_space_of(caller), args[1], &attr, attr.size);
}

static long attr_apply(struct co *co, u32 tid, const struct sched_attr *attr)
{
	struct policy policy = {
		.kind = attr->flags & ATTR_KEEP_POLICY ? KEEP_POLICY : (u8)min(attr->policy, (u32)POLICY_IDLE + 1),
		.nice = (s8)max(min(attr->nice, (s32)NICE_MAX), (s32)NICE_MIN),
		.real_time = (u8)min(attr->priority, (u32)UINT8_MAX),
		.reset_on_fork = attr->flags & ATTR_RESET_ON_FORK,
	};
	struct policy now;
	long err;

	if ((s32)attr->policy < 0 || (attr->flags & ~(u64)ATTR_KNOWN))
		return -EINVAL;
	if (attr->flags & ATTR_KEEP_PARAMS) {
		err = policy_of(co, tid, &now);
		if (err)
			return err;
		policy.nice = now.nice;
		policy.real_time = now.real_time;
	}
	return change(co, tid, policy, true);
}

struct setattr_call {
	struct co co;
	u64 address;
	u32 tid, bytes;
	struct sched_attr attr;
};

CO_STEP(setattr_call)
{
	CO_FRAME(setattr_call);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->bytes, f->address, sizeof(f->bytes)));
	if (err)
		CO_RETURN(err);
	if (!f->bytes)
		f->bytes = ATTR_LEAST;
	err = -E2BIG;
	if (f->bytes >= ATTR_LEAST)
		AWAIT(err, user_read_struct(co, user_space_of(co), &f->attr, sizeof(f->attr), f->address, f->bytes));
	if (!err)
		err = attr_apply(co, f->tid, &f->attr);
	if (err != -E2BIG)
		CO_RETURN(err);
	f->bytes = sizeof(f->attr);
	AWAIT(err, user_write(co, user_space_of(co), f->address, &f->bytes, sizeof(f->bytes)));
	CO_RETURN(err ? err : -E2BIG);
	CO_END;
}

long sys_sched_setattr(struct co *caller, const u64 *args)
{
	if ((s32)args[0] < 0 || !args[1] || (u32)args[2])
		return -EINVAL;
	return CO_CALL(setattr_call, caller, .tid = (u32)args[0], .address = args[1]);
}

/* --- Chime's own --- */

/* (flags): where the calling thread tells how urgent it is */
long sys_sched_share(struct co *caller, const u64 *args)
{
	return args[0] ? -EINVAL : thread_share(thread_of(caller));
}
