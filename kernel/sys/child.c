/* child.c - making children and waiting for them. */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/sched.h"
#include "kernel/abi/wait.h"
#include "kernel/space/user.h"
#include "kernel/proc/child.h"
#include "kernel/proc/clone.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/pidfd.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"
#include "kernel/sys/usage.h"

long sys_clone(struct co *caller, const u64 *args)
{
	/* riscv64 has the order of CONFIG_CLONE_BACKWARDS */
	struct clone_arguments a = {
		.flags = (u32)args[0], .stack = args[1], .parent_tid = args[2], .tls = args[3], .child_tid = args[4]
	};

	/* they share the place */
	if ((a.flags & (CLONE_PIDFD | CLONE_PARENT_SETTID)) == (CLONE_PIDFD | CLONE_PARENT_SETTID))
		return -EINVAL;
	a.pidfd = a.parent_tid;
	return clone_call(caller, &a);
}

/* --- clone3 --- */

/* struct clone_args of Linux, as of its third size. */
struct abi_clone_args {
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	u64 set_tid, set_tid_size;
	u64 cgroup;
};
enum { CLONE_ARGS_FIRST = 64 };
_Static_assert(sizeof(struct abi_clone_args) == 88, "struct clone_args");

struct clone3_call {
	struct co co;
	u64 address, bytes;
	struct abi_clone_args args;
	struct clone_arguments a;
};

/* What clone knows of it, or -EINVAL. */
static long clone3_check(struct clone3_call *f)
{
	const struct abi_clone_args *args = &f->args;

	if ((args->flags & CLONE_SIGNAL) || args->exit_signal > SIGNAL_MAX || args->set_tid || args->set_tid_size)
		return -EINVAL;
	if (!args->stack != !args->stack_size || ((args->flags & CLONE_THREAD) && args->exit_signal))
		return -EINVAL;
	if ((args->flags & CLONE_PIDFD) && (args->flags & CLONE_PARENT_SETTID) && args->pidfd == args->parent_tid)
		return -EINVAL;
	f->a = (struct clone_arguments){ .flags = args->flags | args->exit_signal,
					 .stack = args->stack + args->stack_size,
					 .parent_tid = args->parent_tid,
					 .tls = args->tls,
					 .child_tid = args->child_tid,
					 .pidfd = args->pidfd };
	return 0;
}

CO_STEP(clone3_call)
{
	CO_FRAME(clone3_call);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read_struct(co, user_space_of(co), &f->args, sizeof(f->args), f->address, f->bytes));
	if (!err)
		err = clone3_check(f);
	if (!err)
		AWAIT(err, clone_call(co, &f->a));
	CO_RETURN(err);
	CO_END;
}

long sys_clone3(struct co *caller, const u64 *args)
{
	if (args[1] < CLONE_ARGS_FIRST)
		return -EINVAL;
	return CO_CALL(clone3_call, caller, .address = args[0], .bytes = args[1]);
}

/* --- unshare --- */

/* What a process shares with others; what its threads share among themselves belongs to the process. */
long sys_unshare(struct co *caller, const u64 *args)
{
	struct process *process = process_of(caller);
	long err = 0;

	if (args[0] & ~(u64)(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM))
		return -EINVAL;
	/* for a process' threads there is no place to have their own */
	if ((args[0] & (CLONE_FS | CLONE_FILES)) && load_relaxed(&process->thread_count) != 1)
		return -EINVAL;
	if (args[0] & CLONE_FILES)
		err = process_files_unshare(process);
	if (!err && (args[0] & CLONE_FS))
		err = paths_unshare(process);
	return err;
}

/* --- wait4 and waitid --- */

struct wait_call {
	struct co co;
	struct child_query query;
	u64 status_address, info_address, usage_address; /* 0: not asked for */
	struct child_news news;
	long pid;
};

/* CODE of siginfo, and its status. */
static struct abi_child_info info_of(u32 pid, const struct child_news *news)
{
	struct abi_child_info info = { .signal = SIGCHLD, .pid = pid, .uid = news->uid };
	u32 status = news->status;

	if (status == CONTINUED_STATUS) {
		info.code = CHILD_CONTINUED;
		info.status = 18; /* SIGCONT */
	} else if ((status & 0xff) == 0x7f) {
		info.code = CHILD_STOPPED;
		info.status = (s32)(status >> 8);
	} else {
		info.code = status & 0x7f ? CHILD_KILLED : CHILD_EXITED;
		info.status = (s32)(status & 0x7f ? status & 0x7f : status >> 8);
	}
	return info;
}

/* Without news (WNOHANG) waitid's info is all zeroes. */
static long write_info(struct co *co, struct wait_call *f)
{
	struct abi_child_info info = f->pid ? info_of((u32)f->pid, &f->news) : (struct abi_child_info){ 0 };

	return user_write(co, user_space_of(co), f->info_address, &info, sizeof(info));
}

static long write_usage(struct co *co, struct wait_call *f)
{
	struct abi_rusage usage = usage_fill(&f->news.usage);

	return user_write(co, user_space_of(co), f->usage_address, &usage, sizeof(usage));
}

CO_STEP(wait_call)
{
	CO_FRAME(wait_call);
	long err;

	CO_BEGIN;
	AWAIT(err, child_wait(co, process_of(co), &f->query, &f->news));
	if (err < 0)
		CO_RETURN(err);
	f->pid = err;
	err = 0;
	if (f->pid && f->status_address)
		AWAIT(err, user_write(co, user_space_of(co), f->status_address, &f->news.status, sizeof(u32)));
	if (!err && f->info_address)
		AWAIT(err, write_info(co, f));
	if (!err && f->pid && f->usage_address)
		AWAIT(err, write_usage(co, f));
	CO_RETURN(err ? err : f->pid);
	CO_END;
}

long sys_wait4(struct co *caller, const u64 *args)
{
	const u32 known = WNOHANG | WSTOPPED | WCONTINUED | WAIT_ALL | WAIT_CLONE | WAIT_NO_THREAD;
	struct child_query query = { .which = CHILD_ANY, .options = (u32)args[2] | WEXITED };
	s32 pid = (s32)args[0];

	if ((u32)args[2] & ~known)
		return -EINVAL;
	if (pid > 0)
		query = (struct child_query){ CHILD_PID, (u32)pid, query.options };
	else if (pid == 0)
		query = (struct child_query){ CHILD_GROUP, load_relaxed(&process_of(caller)->group), query.options };
	else if (pid < -1)
		query = (struct child_query){ CHILD_GROUP, 0u - (u32)pid, query.options };
	return CO_CALL(wait_call, caller, .query = query, .status_address = args[1], .usage_address = args[3]);
}

struct waitid_call {
	struct co co;
	struct child_query query;
	struct file *file; /* P_PIDFD: the process, referenced, so that its number stays its own */
	bool polls;	   /* that says -EAGAIN where it would wait */
	u64 info_address, usage_address;
};

CO_STEP(waitid_call)
{
	CO_FRAME(waitid_call);
	long pid;

	CO_BEGIN;
	AWAIT(pid, CO_CALL(wait_call, co, .query = f->query, .info_address = f->info_address,
			   .usage_address = f->usage_address));
	if (f->file)
		file_put(f->file);
	if (!pid && f->polls)
		CO_RETURN(-EAGAIN);
	CO_RETURN(min(pid, 0l)); /* success has no number */
	CO_END;
}

/* waitid of the process that the descriptor FD is. */
static long waitid_file(struct co *caller, s32 fd, u32 options, const u64 *args)
{
	struct child_query query = { .which = CHILD_PID, .options = options };
	struct file *file = descriptor_file(caller, fd);
	struct process *process = file ? pidfd_process(file) : NULL;
	bool polls;

	if (!process) {
		if (file)
			file_put(file);
		return fd < 0 ? -EINVAL : -EBADF;
	}
	query.id = process->pid;
	polls = !(options & WNOHANG) && (load_relaxed(&file->flags) & O_NONBLOCK);
	if (polls)
		query.options |= WNOHANG;
	return CO_CALL_OR(file_put(file), waitid_call, caller, .query = query, .info_address = args[2],
			  .usage_address = args[4], .file = file, .polls = polls);
}

long sys_waitid(struct co *caller, const u64 *args)
{
	const u32 news = WEXITED | WSTOPPED | WCONTINUED,
		  known = news | WNOHANG | WNOWAIT | WAIT_ALL | WAIT_CLONE | WAIT_NO_THREAD;
	struct child_query query = { .id = (u32)args[1], .options = (u32)args[3] };

	if ((query.options & ~known) || !(query.options & news))
		return -EINVAL;
	switch ((u32)args[0]) {
	case P_ALL:
		query.which = CHILD_ANY;
		break;
	case P_PID:
		query.which = CHILD_PID;
		if ((s32)query.id <= 0)
			return -EINVAL;
		break;
	case P_PGID:
		query.which = CHILD_GROUP;
		if ((s32)query.id < 0)
			return -EINVAL;
		if (!query.id)
			query.id = load_relaxed(&process_of(caller)->group);
		break;
	case P_PIDFD:
		return waitid_file(caller, (s32)args[1], query.options, args);
	default:
		return -EINVAL;
	}
	return CO_CALL(waitid_call, caller, .query = query, .info_address = args[2], .usage_address = args[4]);
}
