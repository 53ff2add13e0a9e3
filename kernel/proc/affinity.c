/* affinity.c - see affinity.h. */
#include "kernel/proc/affinity.h"

#include "kernel/proc/thread.h"
#include "kernel/task/executor.h"

void affinity_set(struct thread *thread, u32 mask)
{
	store_relaxed(&thread->affinity, mask);
	/* behind the mask; partner: the atomic_and in affinity_obey */
	atomic_or(&thread->work, (u32)WORK_MOVE);
	/* store (work), fence, load (does it run); partner: the fence in user_step_begin, before it looks at work */
	fence_full();
	thread_poke(thread, 0, CANCEL_NONE);
}

u32 affinity_of(const struct thread *thread)
{
	return load_relaxed(&thread->affinity) & (u32)hart_mask();
}

/* A hart of MASK that takes THREAD with its interrupt file; MAX_HARTS: none. */
static u32 direct_home(struct thread *thread, u32 mask)
{
	for (; mask; mask &= mask - 1)
		if (!thread_direct->move(thread, (u32)__builtin_ctz(mask)))
			return (u32)__builtin_ctz(mask);
	return MAX_HARTS;
}

bool affinity_obey(struct thread *thread)
{
	u32 mask, target, here = 1u << hart()->index;

	atomic_and(&thread->work, ~(u32)WORK_MOVE);
	mask = load_relaxed(&thread->affinity); /* once: all of this is about one mask */
	if (!thread->direct)
		thread->task.allowed = (u8)mask;
	if (mask & here)
		return false;
	target = thread->direct ? direct_home(thread, mask) : executor_choose(mask);
	if (target == MAX_HARTS)
		return false;
	if (thread->direct)
		thread->task.allowed = (u8)(1u << target);
	store_relaxed(&thread->task.hart, target);
	return true;
}

void affinity_inherit(struct thread *to, const struct thread *from)
{
	u32 mask = load_relaxed(&from->affinity);

	to->affinity = mask;
	to->task.allowed = (u8)mask;
	if (!(mask & 1u << hart()->index))
		to->work |= WORK_MOVE;
}
