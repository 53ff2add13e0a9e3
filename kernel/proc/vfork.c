/* vfork.c - a meeting of two tasks, freed by whoever comes last. */
#include "kernel/proc/vfork.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/thread.h"
#include "kernel/task/wait.h"

struct vfork {
	struct spinlock lock; /* guards the rest */
	struct wait_queue queue;
	bool done;
	u32 refs;
};

long vfork_prepare(struct thread *child, struct vfork **waiting)
{
	struct vfork *vfork = kzalloc(sizeof(*vfork));

	if (!vfork)
		return -ENOMEM;
	spin_init(&vfork->lock, RANK_WAIT);
	wait_queue_init(&vfork->queue);
	vfork->refs = 2;
	child->vfork = *waiting = vfork;
	return 0;
}

static void vfork_drop(struct vfork *vfork)
{
	u32 left;

	spin_lock(&vfork->lock);
	left = --vfork->refs;
	spin_unlock(&vfork->lock);
	if (!left)
		kfree(vfork, sizeof(*vfork));
}

struct vfork_wait {
	struct co co;
	struct vfork *vfork;
};

CO_STEP(vfork_wait)
{
	CO_FRAME(vfork_wait);
	long err;

	CO_BEGIN;
	/* a parent that is killed does not wait: its child keeps the memory that they share */
	AWAIT_UNTIL_FULL(err, &f->vfork->lock, &f->vfork->queue, WAIT_KILLABLE, TIME_NEVER, f->vfork->done);
	spin_unlock(&f->vfork->lock);
	vfork_drop(f->vfork);
	CO_RETURN(err);
	CO_END;
}

long vfork_wait(struct co *caller, struct vfork *waiting)
{
	return CO_CALL(vfork_wait, caller, .vfork = waiting);
}

void vfork_finish(struct thread *thread)
{
	struct vfork *vfork = thread->vfork;

	if (!vfork)
		return;
	thread->vfork = NULL;
	spin_lock(&vfork->lock);
	vfork->done = true;
	wait_wake_all(&vfork->queue);
	spin_unlock(&vfork->lock);
	vfork_drop(vfork);
}
