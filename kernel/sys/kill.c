/* kill.c - sending signals to processes and threads. */
#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/group.h"
#include "kernel/proc/pidfd.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

/* What the receiver learns about the calling thread. */
static struct signal_info info_of(const struct co *co, u64 signal, s32 code)
{
	struct process *process = process_of(co);

	return (struct signal_info){ .signo = (s32)signal, .code = code, .pid = process->pid, .uid = process->uid };
}

/* May SELF signal PROCESS? Its own session it may always tell to go on. 0 or -EPERM. */
static long check(struct process *self, struct process *process, const struct signal_info *info)
{
	if (credentials_may_signal(self, process))
		return 0;
	return info->signo == SIGCONT && load_relaxed(&self->session) == load_relaxed(&process->session) ? 0 : -EPERM;
}

/* To a process that cannot go away. Signal 0 only asks whether it is there. */
static long send(struct process *self, struct process *process, const struct signal_info *info)
{
	long err = check(self, process, info);

	return err || !info->signo ? err : signal_send_info(process, info);
}

static inline long send_pid(struct process *self, u32 pid, const struct signal_info *info)
{
	struct process *process;
	long err;

	if (pid == self->pid) /* which one may always do */
		return info->signo ? signal_send_info(self, info) : 0;
	process = process_find(pid);
	if (!process)
		return -ESRCH;
	err = send(self, process, info);
	process_put(process);
	return err;
}

/* To all of GROUP; 0: to all processes but the first and the caller's own. One that could be reached is success. */
static long send_group(struct process *self, u32 group, const struct signal_info *info)
{
	u32 pid = group ? 0 : 1;
	struct process *process;
	long result = -ESRCH, err;

	for (; (process = group_next(group, pid)); process_put(process)) {
		pid = process->pid;
		if (!group && process == self)
			continue;
		err = send(self, process, info);
		if (!err || result == -ESRCH)
			result = err;
	}
	return result;
}

long sys_kill(struct co *caller, const u64 *args)
{
	struct signal_info info = info_of(caller, args[1], SI_USER);
	s32 pid = (s32)args[0];

	if (args[1] > SIGNAL_MAX)
		return -EINVAL;
	if (pid > 0)
		return send_pid(process_of(caller), (u32)pid, &info);
	if (pid == -1)
		return send_group(process_of(caller), 0, &info);
	return send_group(process_of(caller), pid ? 0u - (u32)pid : load_relaxed(&process_of(caller)->group), &info);
}

/* To the thread TID of process PID; PID 0: of whatever process. */
static long send_thread(struct process *self, u32 pid, u32 tid, const struct signal_info *info)
{
	struct process *process;
	long err = -ESRCH;

	if (!pid || pid == self->pid)
		err = signal_send_tid(self, tid, info);
	if (pid == self->pid || err != -ESRCH)
		return err;
	for (u32 at = pid ? pid : process_next_pid(0); at && err == -ESRCH; at = pid ? 0 : process_next_pid(at)) {
		process = process_find(at);
		if (!process)
			continue;
		err = check(self, process, info);
		if (!err || !pid) /* by the thread's number alone: not here, perhaps */
			err = err ? -ESRCH : signal_send_tid(process, tid, info);
		process_put(process);
	}
	return err;
}

long sys_tgkill(struct co *caller, const u64 *args)
{
	struct signal_info info = info_of(caller, args[2], SI_TKILL);

	if (args[2] > SIGNAL_MAX || (s32)args[0] <= 0 || (s32)args[1] <= 0)
		return -EINVAL;
	return send_thread(process_of(caller), (u32)args[0], (u32)args[1], &info);
}

long sys_tkill(struct co *caller, const u64 *args)
{
	struct signal_info info = info_of(caller, args[1], SI_TKILL);

	if (args[1] > SIGNAL_MAX || (s32)args[0] <= 0)
		return -EINVAL;
	return send_thread(process_of(caller), 0, (u32)args[0], &info);
}

/* rt_sigqueueinfo, rt_tgsigqueueinfo: with what the receiver shall know. */
struct sigqueue_call {
	struct co co;
	u32 pid, tid; /* tid 0: the process */
	u64 signal, address;
	union {
		struct signal_info info;
		u8 room[SIGINFO_BYTES];
	};
};

CO_STEP(sigqueue_call)
{
	CO_FRAME(sigqueue_call);
	struct process *self = process_of(co);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, self->space, f->room, f->address, sizeof(f->room)));
	if (err)
		CO_RETURN(err);
	/* nobody but the kernel speaks in the kernel's name to others */
	if ((f->info.code >= 0 || f->info.code == SI_TKILL) && f->pid != self->pid)
		CO_RETURN(-EPERM);
	if (f->signal > SIGNAL_MAX)
		CO_RETURN(-EINVAL);
	f->info.signo = (s32)f->signal;
	CO_RETURN(f->tid ? send_thread(self, f->pid, f->tid, &f->info) : send_pid(self, f->pid, &f->info));
	CO_END;
}

long sys_rt_sigqueueinfo(struct co *caller, const u64 *args)
{
	return CO_CALL(sigqueue_call, caller, .pid = (u32)args[0], .signal = (u32)args[1], .address = args[2]);
}

long sys_rt_tgsigqueueinfo(struct co *caller, const u64 *args)
{
	if ((s32)args[0] <= 0 || (s32)args[1] <= 0)
		return -EINVAL;
	return CO_CALL(sigqueue_call, caller, .pid = (u32)args[0], .tid = (u32)args[1], .signal = (u32)args[2],
		       .address = args[3]);
}

/* --- pidfd_send_signal --- */

enum { PIDFD_SIGNAL_GROUP = 2 };

struct pidfd_signal {
	struct co co;
	struct file *file; /* referenced */
	u64 signal, address;
	union {
		struct signal_info info;
		u8 room[SIGINFO_BYTES];
	};
};

/* To the process itself, whoever has its number now. */
static long send_file(struct process *self, struct process *process, const struct signal_info *info)
{
	return load_relaxed(&process->state) == PROCESS_GONE ? -ESRCH : send(self, process, info);
}

CO_STEP(pidfd_signal)
{
	CO_FRAME(pidfd_signal);
	struct process *self = process_of(co), *process = pidfd_process(f->file);
	long err = 0;

	CO_BEGIN;
	f->info = info_of(co, f->signal, SI_USER);
	if (f->address)
		AWAIT(err, user_read(co, self->space, f->room, f->address, sizeof(f->room)));
	if (!err && f->info.signo != (s32)f->signal)
		err = -EINVAL;
	if (!err && f->address && (f->info.code >= 0 || f->info.code == SI_TKILL) && process != self)
		err = -EPERM;
	if (!err)
		err = send_file(self, process, &f->info);
	file_put(f->file);
	CO_RETURN(err);
	CO_END;
}

long sys_pidfd_send_signal(struct co *caller, const u64 *args)
{
	struct file *file;

	if (args[3] & ~(u64)PIDFD_SIGNAL_GROUP)
		return -EINVAL;
	file = descriptor_file(caller, (s32)args[0]);
	if (!file)
		return -EBADF;
	if (!pidfd_process(file) || (u32)args[1] > SIGNAL_MAX) {
		file_put(file);
		return (u32)args[1] > SIGNAL_MAX ? -EINVAL : -EBADF;
	}
	return CO_CALL_OR(file_put(file), pidfd_signal, caller, .file = file, .signal = (u32)args[1],
			  .address = args[2]);
}
