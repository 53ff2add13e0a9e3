/* process.c - processes and threads: making, ending, waiting, naming. */
#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/user.h"
#include "kernel/proc/clone.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"
#include "kernel/sys/timespec.h"

long sys_getpid(struct co *caller, const u64 *args)
{
	(void)args;
	return process_of(caller)->pid;
}

long sys_getppid(struct co *caller, const u64 *args)
{
	(void)args;
	return load_relaxed(&process_of(caller)->parent_pid);
}

long sys_gettid(struct co *caller, const u64 *args)
{
	(void)args;
	return thread_of(caller)->tid;
}

long sys_getuid(struct co *caller, const u64 *args)
{
	(void)args;
	return process_of(caller)->uid;
}

long sys_getgid(struct co *caller, const u64 *args)
{
	(void)args;
	return process_of(caller)->gid;
}

long sys_set_tid_address(struct co *caller, const u64 *args)
{
	thread_of(caller)->clear_tid = args[0];
	return thread_of(caller)->tid;
}

long sys_set_robust_list(struct co *caller, const u64 *args)
{
	(void)caller;
	return args[1] == 24 ? 0 : -EINVAL;
}

long sys_sched_yield(struct co *caller, const u64 *args)
{
	(void)args;
	return task_yield(caller);
}

/* Threads run wherever a hart is free; the mask that is told is all of them. */
long sys_sched_getaffinity(struct co *caller, const u64 *args)
{
	u64 mask = BIT(hart_count) - 1;

	if (args[1] < sizeof(mask) || args[1] % sizeof(mask))
		return -EINVAL;
	return user_write_answer(caller, user_space_of(caller), args[2], &mask, sizeof(mask), sizeof(mask));
}

struct setaffinity_call {
	struct co co;
	u64 mask;
};

CO_STEP(setaffinity_call)
{
	CO_FRAME(setaffinity_call);
	struct thread *thread = thread_of(co);
	u64 address = thread->context.x[X_A2];
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, thread->process->space, &f->mask, address, sizeof(f->mask)));
	if (err)
		CO_RETURN(err);
	f->mask &= BIT(hart_count) - 1;
	if (!f->mask)
		CO_RETURN(-EINVAL);
	if (f->mask == BIT(hart_count) - 1) {
		thread->task.pinned = false;
		CO_RETURN(0);
	}
	/* Kept simple: one hart of the mask. The next step, after the yield, runs there. */
	thread->task.pinned = true;
	store_relaxed(&thread->task.hart, (u32)__builtin_ctzl(f->mask));
	AWAIT(err, task_yield(co));
	CO_RETURN(err);
	CO_END;
}

long sys_sched_setaffinity(struct co *caller, const u64 *args)
{
	if (args[0] && args[0] != thread_of(caller)->tid)
		return -ESRCH;
	return args[1] < sizeof(u64) ? -EINVAL : CO_CALL(setaffinity_call, caller, .mask = 0);
}

long sys_clone(struct co *caller, const u64 *args)
{
	/* riscv64 has the order of CONFIG_CLONE_BACKWARDS */
	struct clone_arguments a = { .flags = args[0], .stack = args[1], .parent_tid = args[2], .tls = args[3],
				     .child_tid = args[4] };

	return clone_call(caller, &a);
}

struct execve_call {
	struct co co;
	u64 path, arguments, environment;
	char *text;
	struct exec_arguments *collected;
};

CO_STEP(execve_call)
{
	CO_FRAME(execve_call);
	struct space *space = user_space_of(co);
	struct exec_arguments *collected = f->collected;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read_text(co, space, f->text, f->path, PAGE_SIZE));
	if (err < 0)
		goto out;
	err = arguments_add(collected, f->text); /* what AT_EXECFN points to */
	if (!err)
		AWAIT(err, arguments_read(co, collected, space, f->arguments, &collected->argument_count));
	if (!err)
		AWAIT(err, arguments_read(co, collected, space, f->environment, &collected->environment_count));
	if (!err)
		AWAIT(err, exec_replace(co, f->text, collected));
out:
	arguments_free(collected);
	kfree(collected, sizeof(*collected));
	page_put(virt_to_page(f->text));
	CO_RETURN(err);
	CO_END;
}

long sys_execve(struct co *caller, const u64 *args)
{
	struct exec_arguments *collected = kzalloc(sizeof(*collected));
	struct page *text = page_alloc(0);

	if (collected && text)
		return CO_CALL(execve_call, caller, .path = args[0], .arguments = args[1], .environment = args[2],
			       .text = page_to_virt(text), .collected = collected);
	if (collected)
		kfree(collected, sizeof(*collected));
	if (text)
		page_put(text);
	return -ENOMEM;
}

struct wait4_call {
	struct co co;
	s64 pid;
	u64 status_address, usage_address;
	u32 status;
	bool no_hang;
	long result;
	u64 usage[18];
};

CO_STEP(wait4_call)
{
	CO_FRAME(wait4_call);
	struct process *process = process_of(co);
	long err;

	CO_BEGIN;
	AWAIT(f->result, process_wait(co, process, f->pid, f->no_hang, &f->status));
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
		       .no_hang = args[2] & WNOHANG, .usage_address = args[3]);
}

long sys_exit(struct co *caller, const u64 *args)
{
	struct thread *thread = thread_of(caller);
	struct process *process = thread->process;

	spin_lock(&process->lock);
	/* the status of a process whose threads leave one by one is the last one's */
	if (!process->exiting)
		process->exit_status = EXIT_STATUS(args[0]);
	spin_unlock(&process->lock);
	thread_leave(thread);
	return KEEP_REGISTERS;
}

long sys_exit_group(struct co *caller, const u64 *args)
{
	process_kill(process_of(caller), EXIT_STATUS(args[0]));
	thread_leave(thread_of(caller));
	return KEEP_REGISTERS;
}

/* Without handlers a signal ends a process or does nothing. */
static bool signal_is_ignored(u64 signal)
{
	return signal == 0 || signal == SIGCHLD || signal == 18 /* SIGCONT */ || signal == 23 /* SIGURG */ ||
	       signal == 28 /* SIGWINCH */;
}

static long kill_process(struct co *caller, u32 pid, u64 signal)
{
	struct process *process = process_find(pid);

	if (!process)
		return -ESRCH;
	if (!signal_is_ignored(signal)) {
		process_kill(process, SIGNAL_STATUS(signal));
		if (process == process_of(caller))
			thread_leave(thread_of(caller));
	}
	process_put(process);
	return 0;
}

long sys_kill(struct co *caller, const u64 *args)
{
	if (args[1] > SIGNAL_MAX)
		return -EINVAL;
	return (s32)args[0] > 0 ? kill_process(caller, (u32)args[0], args[1]) : -ESRCH;
}

/* A fatal signal to any thread ends its process; threads of other processes are known by their process' number. */
long sys_tgkill(struct co *caller, const u64 *args)
{
	if (args[2] > SIGNAL_MAX || (s32)args[0] <= 0 || (s32)args[1] <= 0)
		return -EINVAL;
	return kill_process(caller, (u32)args[0], args[2]);
}

long sys_tkill(struct co *caller, const u64 *args)
{
	if (args[1] > SIGNAL_MAX || (s32)args[0] <= 0)
		return -EINVAL;
	if (args[0] == thread_of(caller)->tid)
		return kill_process(caller, process_of(caller)->pid, args[1]);
	return kill_process(caller, (u32)args[0], args[1]);
}

struct futex_call {
	struct co co;
	struct space *space;
	u64 address, timeout;
	u32 command, value, bits;
	struct abi_timespec time;
	bool realtime;
};

CO_STEP(futex_call)
{
	CO_FRAME(futex_call);
	u64 deadline = TIME_NEVER, ns;
	long err;

	CO_BEGIN;
	if (f->timeout) {
		AWAIT(err, user_read(co, f->space, &f->time, f->timeout, sizeof(f->time)));
		if (err)
			CO_RETURN(err);
		if (!timespec_to_ns(&f->time, &ns))
			CO_RETURN(-EINVAL);
		/* FUTEX_WAIT counts from now; the others name a time on their clock */
		deadline = f->command == FUTEX_WAIT ? deadline_after(ns) : f->realtime ? realtime_deadline(ns) : ns;
	}
	AWAIT(err, futex_wait(co, f->space, f->address, f->value, deadline, f->bits));
	CO_RETURN(err);
	CO_END;
}

long sys_futex(struct co *caller, const u64 *args)
{
	struct space *space = user_space_of(caller);
	u32 command = (u32)args[1] & FUTEX_COMMAND, bits = FUTEX_ANY;

	if (((u32)args[1] & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT_BITSET:
		bits = (u32)args[5];
		/* fall through */
	case FUTEX_WAIT:
		if (!bits || args[0] % 4)
			return -EINVAL;
		return CO_CALL(futex_call, caller, .space = space, .address = args[0], .timeout = args[3],
			       .command = command, .value = (u32)args[2], .bits = bits,
			       .realtime = args[1] & FUTEX_CLOCK_REALTIME);
	case FUTEX_WAKE_BITSET:
		bits = (u32)args[5];
		/* fall through */
	case FUTEX_WAKE:
		if (!bits || args[0] % 4)
			return -EINVAL;
		return futex_wake(space, args[0], (u32)args[2], bits);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(space, args[0], args[4], (u32)args[2], (u32)args[3], command == FUTEX_CMP_REQUEUE,
				     (u32)args[5]);
	default:
		return -ENOSYS;
	}
}

long sys_getrusage(struct co *caller, const u64 *args)
{
	u64 usage[18] = { 0 };
	s64 who = (s32)args[0];

	if (who < -1 || who > 1)
		return -EINVAL;
	return user_write(caller, user_space_of(caller), args[1], usage, sizeof(usage));
}
