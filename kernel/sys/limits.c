/* limits.c - getrlimit, setrlimit, prlimit64. */
#include "kernel/proc/limits.h"

#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/sys.h"

long sys_getrlimit(struct co *caller, const u64 *args)
{
	struct abi_rlimit limit;

	if ((u32)args[0] >= RLIMIT_COUNT)
		return -EINVAL;
	limit = limit_get(process_of(caller), (u32)args[0]);
	return user_write(caller, user_space_of(caller), args[1], &limit, sizeof(limit));
}

struct prlimit_call {
	struct co co;
	struct process *process;      /* referenced */
	u64 new_address, old_address; /* 0: not asked for */
	struct abi_rlimit new, old;
	u32 which;
};

CO_STEP(prlimit_call)
{
	CO_FRAME(prlimit_call);
	long err = 0;

	CO_BEGIN;
	if (f->new_address)
		AWAIT(err, user_read(co, user_space_of(co), &f->new, f->new_address, sizeof(f->new)));
	if (!err) {
		f->old = limit_get(f->process, f->which);
		if (f->new_address)
			err = limit_set(process_of(co), f->process, f->which, f->new);
	}
	process_put(f->process);
	if (!err && f->old_address)
		AWAIT(err, user_write(co, user_space_of(co), f->old_address, &f->old, sizeof(f->old)));
	CO_RETURN(err);
	CO_END;
}

static long prlimit(struct co *caller, u32 pid, u32 which, u64 new, u64 old)
{
	struct process *self = process_of(caller), *process;
	long result;

	if (which >= RLIMIT_COUNT)
		return -EINVAL;
	process = process_find(pid ? pid : self->pid);
	if (!process)
		return -ESRCH;
	if (process != self && load_relaxed(&self->users.effective) &&
	    load_relaxed(&self->users.real) != load_relaxed(&process->users.real)) {
		process_put(process);
		return -EPERM;
	}
	/* a coroutine that cannot begin leaves what it was given */
	result = CO_CALL_OR(process_put(process), prlimit_call, caller, .process = process, .which = which,
			    .new_address = new, .old_address = old);
	return result;
}

long sys_setrlimit(struct co *caller, const u64 *args)
{
	return args[1] ? prlimit(caller, 0, (u32)args[0], args[1], 0) : -EFAULT;
}

long sys_prlimit64(struct co *caller, const u64 *args)
{
	return prlimit(caller, (u32)args[0], (u32)args[1], args[2], args[3]);
}
