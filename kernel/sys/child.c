/* child.c - making children and waiting for them. */
#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/mm/user.h"
#include "kernel/proc/clone.h"
#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

long sys_clone(struct co *caller, const u64 *args)
{
	/* riscv64 has the order of CONFIG_CLONE_BACKWARDS */
	struct clone_arguments a = { .flags = args[0], .stack = args[1], .parent_tid = args[2], .tls = args[3],
				     .child_tid = args[4] };

	return clone_call(caller, &a);
}

struct wait4_call {
	struct co co;
	s64 pid;
	u64 status_address, usage_address;
	u32 status, options;
	long result;
	u64 usage[18];
};

CO_STEP(wait4_call)
{
	CO_FRAME(wait4_call);
	struct process *process = process_of(co);
	long err;

	CO_BEGIN;
	AWAIT(f->result, process_wait(co, process, f->pid, f->options, &f->status));
	if (f->result <= 0)
		CO_RETURN(f->result);
	if (f->status_address) {
		AWAIT(err, user_write(co, process->space, f->status_address, &f->status, sizeof(f->status)));
		if (err)
			CO_RETURN(err);
	}
	if (f->usage_address) {
		AWAIT(err, user_write(co, process->space, f->usage_address, f->usage, sizeof(f->usage)));
		if (err)
			CO_RETURN(err);
	}
	CO_RETURN(f->result);
	CO_END;
}

long sys_wait4(struct co *caller, const u64 *args)
{
	if (args[2] & ~(u64)(WNOHANG | WUNTRACED | WCONTINUED))
		return -EINVAL;
	return CO_CALL(wait4_call, caller, .pid = (s32)args[0], .status_address = args[1],
		       .options = (u32)args[2], .usage_address = args[3]);
}

long sys_getrusage(struct co *caller, const u64 *args)
{
	u64 usage[18] = { 0 };
	s64 who = (s32)args[0];

	if (who < -1 || who > 1)
		return -EINVAL;
	return user_write(caller, user_space_of(caller), args[1], usage, sizeof(usage));
}
