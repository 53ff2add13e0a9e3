/* signal_mask.c - what a thread blocks, what a process does about each signal, and how both are inherited. */
#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/proc/signal_state.h"

void signal_tell_others_locked(struct process *process, const struct thread *except, u64 set)
{
	struct thread *thread;

	list_for_each (thread, &process->threads, link)
		if (thread != except && (set & ~(thread->blocked & ~thread->awaited)))
			thread_poke(thread, WORK_SIGNAL, CANCEL_INTERRUPT);
}

void signal_awaited_end_locked(struct thread *thread)
{
	u64 set = thread->awaited;

	thread->awaited = 0;
	/* what ended the wait may have been for us; it is seen by its WORK_SIGNAL from here on */
	task_cancel_clear(&thread->task);
	signal_retarget_locked(thread->process, thread, set & thread->blocked);
}

void signal_mask_set(struct thread *thread, u64 mask)
{
	spin_lock(&thread->process->lock);
	signal_mask_set_locked(thread, mask);
	spin_unlock(&thread->process->lock);
}

bool signal_mask_set_quietly(struct thread *thread, u64 mask)
{
	struct process *process = thread->process;
	bool quiet;

	spin_lock(&process->lock);
	quiet = !process->pending.set && !(thread->pending.set & ~mask);
	if (quiet)
		thread->blocked = mask & ~SIGNALS_UNMASKABLE;
	spin_unlock(&process->lock);
	return quiet;
}

void signal_mask_swap(struct thread *thread, u64 mask)
{
	struct process *process = thread->process;

	spin_lock(&process->lock);
	thread->saved_mask = thread->blocked;
	thread->mask_saved = true;
	signal_mask_set_locked(thread, mask);
	if (signal_deliverable_locked(thread))
		task_cancel(&thread->task, CANCEL_INTERRUPT);
	spin_unlock(&process->lock);
}

long signal_mask_back(struct thread *thread, long result)
{
	if (!thread->mask_saved)
		return result;
	if (result == -EINTR) {
		/* signal_deliver puts it back, also if it finds no signal */
		atomic_or(&thread->work, (u32)WORK_SIGNAL);
	} else {
		thread->mask_saved = false;
		signal_mask_set(thread, thread->saved_mask);
	}
	return result;
}

void signal_action_swap(struct process *process, u32 signal, const struct signal_action *action,
			struct signal_action *before)
{
	struct signal_action own = action ? *action : (struct signal_action){ 0 }, old;

	own.mask &= ~SIGNALS_UNMASKABLE;
	spin_lock(&process->lock);
	old = signal_action_swap_locked(process, signal, action ? &own : NULL);
	if (action && (own.handler == SIG_IGN || (own.handler == SIG_DFL && signal_default(signal) == DEFAULT_NOTHING)))
		signal_forget_all_locked(process, signal_bit(signal));
	spin_unlock(&process->lock);
	if (before)
		*before = old;
}

/* --- the alternate stack --- */

struct signal_stack signal_stack_get(const struct thread *thread)
{
	struct signal_stack stack = thread->signal_stack;
	u64 sp = thread->context.x[X_SP];

	if (!stack.bytes)
		stack.flags |= SS_DISABLE;
	else if (!(stack.flags & SS_AUTODISARM) && sp > stack.stack && sp - stack.stack <= stack.bytes)
		stack.flags |= SS_ONSTACK;
	return stack;
}

long signal_stack_set(struct thread *thread, const struct signal_stack *stack)
{
	u32 mode = stack->flags & ~SS_AUTODISARM;

	if (signal_stack_get(thread).flags & SS_ONSTACK)
		return -EPERM;
	if (mode && mode != SS_ONSTACK && mode != SS_DISABLE)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		thread->signal_stack = (struct signal_stack){ .flags = stack->flags & SS_AUTODISARM };
		return 0;
	}
	if (stack->bytes < MINSIGSTKSZ)
		return -ENOMEM;
	thread->signal_stack = (struct signal_stack){ .stack = stack->stack,
						      .flags = stack->flags & SS_AUTODISARM,
						      .bytes = stack->bytes };
	return 0;
}

/* --- clone, exec, exit --- */

void signal_clone(struct thread *child, struct thread *parent, u64 flags)
{
	child->blocked = parent->mask_saved ? parent->saved_mask : parent->blocked;
	if ((flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM)
		child->signal_stack = parent->signal_stack;
}

void signal_exec(struct thread *thread)
{
	signal_actions_reset(thread->process);
	thread->signal_stack = (struct signal_stack){ 0 };
}

bool signal_thread_gone(struct thread *thread)
{
	struct process *process = thread->process;
	bool last = list_is_empty(&process->threads);

	signal_forget_locked(process, &thread->pending, UINT64_MAX);
	if (last)
		signal_forget_locked(process, &process->pending, UINT64_MAX);
	else
		signal_retarget_locked(process, thread, ~thread->blocked);
	return !last && signal_stop_is_new_locked(process);
}
