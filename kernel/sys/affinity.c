/* affinity.c - sched_setaffinity, sched_getaffinity, getcpu, rseq. */
#include "kernel/proc/affinity.h"

#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

long sys_sched_getaffinity(struct co *caller, const u64 *args)
{
	struct thread *thread;
	u64 mask;

	if (args[1] < sizeof(mask) || args[1] % sizeof(mask))
		return -EINVAL;
	thread = thread_hold(thread_of(caller), (u32)args[0]);
	if (!thread)
		return -ESRCH;
	mask = affinity_of(thread);
	thread_let_go(thread);
	return user_write_answer(caller, user_space_of(caller), args[2], &mask, sizeof(mask), sizeof(mask));
}

static long set(struct co *co, u32 tid, u64 mask)
{
	struct thread *thread = thread_hold(thread_of(co), tid);
	long err = 0;

	if (!thread)
		return -ESRCH;
	mask &= hart_mask();
	if (!policy_may_change(process_of(co), thread))
		err = -EPERM;
	else if (!mask)
		err = -EINVAL;
	else
		affinity_set(thread, (u32)mask);
	thread_let_go(thread);
	return err;
}

struct setaffinity_call {
	struct co co;
	u64 mask, address, bytes;
	u32 tid, before;
};

CO_STEP(setaffinity_call)
{
	CO_FRAME(setaffinity_call);
	struct thread *self = thread_of(co);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->mask, f->address, f->bytes));
	if (err)
		CO_RETURN(err);
	f->before = affinity_of(self);
	err = set(co, f->tid, f->mask);
	/* The caller moves at once, or learns that it cannot. */
	if (!err && (!f->tid || f->tid == self->tid)) {
		if (affinity_obey(self)) {
			AWAIT(err, task_yield(co));
		} else if (!(f->mask & 1ul << hart()->index)) {
			affinity_set(self, f->before);
			err = -EBUSY;
		}
	}
	CO_RETURN(err);
	CO_END;
}

long sys_sched_setaffinity(struct co *caller, const u64 *args)
{
	return CO_CALL(setaffinity_call, caller, .tid = (u32)args[0], .bytes = min((u64)(u32)args[1], sizeof(u64)),
		       .address = args[2]);
}

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

/* Restartable sequences: none. glibc asks for them in each thread, and goes on with getcpu. */
long sys_rseq(struct co *caller, const u64 *args)
{
	(void)caller, (void)args;
	return -ENOSYS;
}
