/* uintr.c - posting and registration: what is known of a thread's handler, shared with the files that post to it. */
#include "kernel/uintr/direct.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/eventfd.h"
#include "kernel/mm/slab.h"
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"

static struct slab_cache uintr_cache = SLAB_CACHE(uintr_cache, "uintr", sizeof(struct uintr));

struct uintr *uintr_get(struct uintr *u)
{
	atomic_add_relaxed(&u->refs, 1u);
	return u;
}

void uintr_put(struct uintr *u)
{
	if (atomic_sub(&u->refs, 1u) != 1)
		return;
	if (u->direct)
		kfree(u->direct, sizeof(*u->direct));
	slab_free(&uintr_cache, u);
}

long uintr_register(struct thread *thread, u64 handler, const struct uintr_setup *setup)
{
	struct uintr *u;

	if (thread->uintr)
		return -EBUSY;
	if (setup->area % sizeof(struct uintr_area) || setup->area >= USER_MAX ||
	    setup->stack_bytes < 2 * sizeof(struct uintr_frame) || setup->stack >= USER_MAX ||
	    setup->stack_bytes > USER_MAX - setup->stack)
		return -EINVAL;
	u = slab_zalloc(&uintr_cache);
	if (!u)
		return -ENOMEM;
	spin_init(&u->lock, RANK_UINTR);
	wait_queue_init(&u->waiting);
	u->refs = 1;
	u->handler = handler;
	u->setup = *setup;
	u->thread = thread;
	thread->uintr = u;
	return 0;
}

/* The thread is gone, or wants no more: later posts go nowhere. */
static void detach(struct thread *thread)
{
	struct uintr *u = thread->uintr;

	if (!u)
		return;
	thread->uintr = NULL;
	spin_lock(&u->lock);
	u->thread = NULL;
	spin_unlock(&u->lock);
	if (thread->direct)
		direct_end(thread);
	atomic_and(&thread->work, ~(u32)WORK_UINTR);
	uintr_put(u);
}

long uintr_unregister(struct thread *thread)
{
	if (!thread->uintr)
		return -EINVAL;
	detach(thread);
	return 0;
}

/* Has the program masked its interrupts? What is not mapped just now counts as open: delivery will look again. */
static bool is_masked(struct uintr *u)
{
	u32 *masked = user_word(u->thread->process->space, u->setup.area + offsetof(struct uintr_area, masked), false);

	return masked && load_relaxed(masked);
}

static void uintr_post(struct uintr *u, u32 vector)
{
	if (u->direct) {
		direct_post(u, UINTR_IDENTITY + vector);
		return;
	}
	spin_lock(&u->lock);
	u->pending |= BIT(vector);
	wait_wake_all(&u->waiting);
	/* A masked thread goes on waiting for what it waits for; an open one is interrupted, as by a signal. The
	 * one that runs here waits for nothing, and looks at its work before it does (uintr_before_wait). */
	if (u->thread && !(load_relaxed(&u->thread->work) & WORK_UINTR)) {
		if (hart()->task == &u->thread->task)
			atomic_or(&u->thread->work, (u32)WORK_UINTR);
		else
			thread_poke(u->thread, WORK_UINTR, is_masked(u) ? CANCEL_NONE : CANCEL_INTERRUPT);
	}
	spin_unlock(&u->lock);
}

void uintr_before_wait(struct thread *thread)
{
	if ((load_relaxed(&thread->work) & WORK_UINTR) && thread->uintr && !is_masked(thread->uintr))
		task_cancel(&thread->task, CANCEL_INTERRUPT);
}

/* --- the file --- */

struct uintr_target {
	struct uintr *uintr; /* referenced */
	u32 vector;
};

static void target_signal(struct file *file, u64 n)
{
	struct uintr_target *target = file->data;

	(void)n;
	uintr_post(target->uintr, target->vector);
}

static void target_release(struct file *file)
{
	struct uintr_target *target = file->data;

	uintr_put(target->uintr);
	kfree(target, sizeof(*target));
}

static const struct file_ops target_ops = {
	.name = "uintr",
	.signal = target_signal,
	.release = target_release,
};

struct file *uintr_file_new(struct thread *thread, u32 vector)
{
	struct uintr_target *target = kalloc(sizeof(*target));
	struct file *file;

	if (!target)
		return NULL;
	*target = (struct uintr_target){ thread->uintr, vector };
	file = file_alloc(&target_ops, NULL, O_RDWR, target);
	if (file)
		uintr_get(thread->uintr);
	else
		kfree(target, sizeof(*target));
	return file;
}

bool file_is_uintr(const struct file *file)
{
	return file->ops == &target_ops;
}

long uintr_file_window(struct file *file, struct space *space)
{
	struct uintr_target *target = file->data;
	long slot = window_add(space, target->uintr);

	return slot < 0 ? slot : UINTR_WINDOW | slot << 6 | target->vector;
}

void uintr_file_post(struct file *file)
{
	target_signal(file, 1);
}

void uintr_init(void)
{
	thread_uintr_deliver = uintr_deliver;
	thread_uintr_end = detach;
	direct_init();
	thread_uintr_mask = uintr_mask;
	thread_uintr_unmask = uintr_unmask;
}
