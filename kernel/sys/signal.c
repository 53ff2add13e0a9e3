/* signal.c - what a program says about signals: masks, actions, the alternate stack; and the return from a handler. */
#include "kernel/proc/signal.h"

#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

/* *MASK, the program's set, becomes the mask that HOW makes of it and the one BEFORE. */
static inline long mask_combine(u64 how, u64 before, u64 *mask)
{
	if (how == SIG_BLOCK)
		*mask |= before;
	else if (how == SIG_UNBLOCK)
		*mask = before & ~*mask;
	else if (how != SIG_SETMASK)
		return -EINVAL;
	return 0;
}

/* The mask at user ADDRESS; NULL: there is none, or not in a plain way. */
static inline u64 *mask_at(struct space *space, u64 address, bool write)
{
	return address && address % sizeof(u64) == 0 ? user_span(space, address, sizeof(u64), write) : NULL;
}

/* For the fast door: all is in memory, and nobody has to be told of a signal. */
long fast_rt_sigprocmask(struct user_context *context)
{
	struct thread *thread = container_of(context, struct thread, context);
	const u64 *args = &context->x[X_A0];
	u64 *set = mask_at(thread->process->space, args[1], false),
	    *old = mask_at(thread->process->space, args[2], true);
	u64 before = thread->blocked, mask;

	if (args[3] != sizeof(u64) || !set != !args[1] || !old != !args[2])
		return FAST_SLOW;
	if (set) {
		mask = load_relaxed(set);
		if (mask_combine(args[0], before, &mask) || !signal_mask_set_quietly(thread, mask))
			return FAST_SLOW;
	}
	if (old)
		store_relaxed(old, before);
	return 0;
}

struct sigprocmask_call {
	struct co co;
	u64 how, set, old;
	u64 mask, before;
};

CO_STEP(sigprocmask_call)
{
	CO_FRAME(sigprocmask_call);
	struct thread *thread = thread_of(co);
	struct space *space = thread->process->space;
	long err = 0;

	CO_BEGIN;
	f->before = thread->blocked;
	if (f->set) {
		AWAIT(err, user_read(co, space, &f->mask, f->set, sizeof(f->mask)));
		if (!err)
			err = mask_combine(f->how, f->before, &f->mask);
		if (err)
			CO_RETURN(err);
		signal_mask_set(thread, f->mask);
	}
	if (f->old)
		AWAIT(err, user_write(co, space, f->old, &f->before, sizeof(f->before)));
	CO_RETURN(err);
	CO_END;
}

long sys_rt_sigprocmask(struct co *caller, const u64 *args)
{
	if (args[3] != sizeof(u64))
		return -EINVAL;
	return CO_CALL(sigprocmask_call, caller, .how = args[0], .set = args[1], .old = args[2]);
}

struct sigaction_call {
	struct co co;
	u64 signal, new, old;
	struct signal_action action, before;
};

/* What a program may ask for. Linux clears other bits, too, by which programs find out what is supported. */
#define SA_KNOWN (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND)

CO_STEP(sigaction_call)
{
	CO_FRAME(sigaction_call);
	struct process *process = process_of(co);
	long err = 0;

	CO_BEGIN;
	if (f->new)
		AWAIT(err, user_read(co, process->space, &f->action, f->new, sizeof(f->action)));
	if (err)
		CO_RETURN(err);
	f->action.flags &= SA_KNOWN;
	signal_action_swap(process, (u32)f->signal, f->new ? &f->action : NULL, &f->before);
	if (f->old)
		AWAIT(err, user_write(co, process->space, f->old, &f->before, sizeof(f->before)));
	CO_RETURN(err);
	CO_END;
}

long sys_rt_sigaction(struct co *caller, const u64 *args)
{
	u64 signal = (u32)args[0];

	if (!signal || signal > SIGNAL_MAX || args[3] != sizeof(u64))
		return -EINVAL;
	if (args[1] && (signal_bit((u32)signal) & SIGNALS_UNMASKABLE))
		return -EINVAL;
	return CO_CALL(sigaction_call, caller, .signal = signal, .new = args[1], .old = args[2]);
}

/* Pending and blocked: what is not blocked is about to be taken. */
long sys_rt_sigpending(struct co *caller, const u64 *args)
{
	struct thread *thread = thread_of(caller);
	struct process *process = thread->process;
	u64 set;

	if (args[1] > sizeof(set))
		return -EINVAL;
	spin_lock(&process->lock);
	set = (thread->pending.set | process->pending.set) & thread->blocked;
	spin_unlock(&process->lock);
	return user_write(caller, process->space, args[0], &set, args[1]);
}

struct sigaltstack_call {
	struct co co;
	u64 new, old;
	struct signal_stack stack, before;
};

CO_STEP(sigaltstack_call)
{
	CO_FRAME(sigaltstack_call);
	struct thread *thread = thread_of(co);
	struct space *space = thread->process->space;
	long err = 0;

	CO_BEGIN;
	f->before = signal_stack_get(thread);
	if (f->new) {
		AWAIT(err, user_read(co, space, &f->stack, f->new, sizeof(f->stack)));
		if (!err)
			err = signal_stack_set(thread, &f->stack);
	}
	if (!err && f->old)
		AWAIT(err, user_write(co, space, f->old, &f->before, sizeof(f->before)));
	CO_RETURN(err);
	CO_END;
}

long sys_sigaltstack(struct co *caller, const u64 *args)
{
	return CO_CALL(sigaltstack_call, caller, .new = args[0], .old = args[1]);
}

long sys_rt_sigreturn(struct co *caller, const u64 *args)
{
	(void)args;
	return signal_return(caller, thread_of(caller));
}

/* Calls go on by themselves after an interruption; the number is Linux's, and nothing is waiting for it. */
long sys_restart_syscall(struct co *caller, const u64 *args)
{
	(void)caller;
	(void)args;
	return -EINTR;
}
