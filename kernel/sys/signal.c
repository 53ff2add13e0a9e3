/* signal.c - what a program says about signals. Masks and actions are kept and told back; no signal but a fatal one is
 * delivered yet. */
#include "kernel/abi/errno.h"
#include "kernel/mm/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

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
	u64 unmaskable = BIT(SIGKILL - 1) | BIT(19 - 1); /* SIGKILL, SIGSTOP */
	long err = 0;

	CO_BEGIN;
	f->before = thread->blocked;
	if (f->set) {
		AWAIT(err, user_read(co, space, &f->mask, f->set, sizeof(f->mask)));
		if (!err && f->how > SIG_SETMASK)
			err = -EINVAL;
		if (err)
			CO_RETURN(err);
		if (f->how == SIG_BLOCK)
			f->mask |= f->before;
		else if (f->how == SIG_UNBLOCK)
			f->mask = f->before & ~f->mask;
		thread->blocked = f->mask & ~unmaskable;
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
	struct signal_action action;
};

CO_STEP(sigaction_call)
{
	CO_FRAME(sigaction_call);
	struct process *process = process_of(co);
	struct signal_action before;
	long err = 0;

	CO_BEGIN;
	if (f->new)
		AWAIT(err, user_read(co, process->space, &f->action, f->new, sizeof(f->action)));
	if (err)
		CO_RETURN(err);
	spin_lock(&process->lock);
	before = process->actions[f->signal - 1];
	if (f->new)
		process->actions[f->signal - 1] = f->action;
	spin_unlock(&process->lock);
	f->action = before;
	if (f->old)
		AWAIT(err, user_write(co, process->space, f->old, &f->action, sizeof(f->action)));
	CO_RETURN(err);
	CO_END;
}

long sys_rt_sigaction(struct co *caller, const u64 *args)
{
	u64 signal = args[0];

	if (!signal || signal > SIGNAL_MAX || args[3] != sizeof(u64) || ((signal == SIGKILL || signal == 19) && args[1]))
		return -EINVAL;
	return CO_CALL(sigaction_call, caller, .signal = signal, .new = args[1], .old = args[2]);
}
