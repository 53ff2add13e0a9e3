/* nice.c - setpriority, getpriority: of a thread, of the threads of a group's processes, of a user's. */
#include "kernel/abi/errno.h"
#include "kernel/proc/group.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

enum { PRIO_PROCESS, PRIO_GROUP, PRIO_USER };

struct visit {
	const struct process *caller;
	bool set;
	s32 nice;   /* to set; the lowest that was met */
	long error; /* the last one; -ESRCH: nobody is meant */
};

/* Its process is locked. */
static void visit_thread(struct visit *visit, struct thread *thread)
{
	long err = 0;

	if (visit->set)
		err = policy_set_nice(visit->caller, thread, visit->nice);
	else
		visit->nice = min(visit->nice, (s32)thread->policy.nice);
	if (err || visit->error == -ESRCH)
		visit->error = err;
}

static void visit_process(struct visit *visit, struct process *process)
{
	struct thread *thread;

	spin_lock(&process->lock);
	list_for_each (thread, &process->threads, link)
		visit_thread(visit, thread);
	spin_unlock(&process->lock);
}

static bool is_meant(const struct process *process, u32 which, u32 who)
{
	return (which == PRIO_GROUP ? load_relaxed(&process->group) : load_relaxed(&process->users.real)) == who;
}

static void visit_all(struct visit *visit, struct thread *self, u32 which, u32 who)
{
	struct process *process = self->process;
	struct thread *thread;
	u32 pid = 0;

	if (which == PRIO_PROCESS) {
		thread = thread_hold(self, who);
		if (!thread)
			return;
		visit_thread(visit, thread);
		thread_let_go(thread);
		return;
	}
	if (!who)
		who = which == PRIO_GROUP ? load_relaxed(&process->group) : load_relaxed(&process->users.real);
	for (; (process = group_next(0, pid)); process_put(process)) {
		pid = process->pid;
		if (is_meant(process, which, who))
			visit_process(visit, process);
	}
}

long sys_setpriority(struct co *caller, const u64 *args)
{
	struct visit visit = {
		.caller = process_of(caller),
		.set = true,
		.nice = max(min((s32)args[2], (s32)NICE_MAX), (s32)NICE_MIN),
		.error = -ESRCH,
	};

	if (args[0] > PRIO_USER)
		return -EINVAL;
	visit_all(&visit, thread_of(caller), (u32)args[0], (u32)args[1]);
	return visit.error;
}

/* 40 (the best) to 1, so that no answer looks like an error. */
long sys_getpriority(struct co *caller, const u64 *args)
{
	struct visit visit = { .caller = process_of(caller), .nice = NICE_MAX, .error = -ESRCH };

	if (args[0] > PRIO_USER)
		return -EINVAL;
	visit_all(&visit, thread_of(caller), (u32)args[0], (u32)args[1]);
	return visit.error ? visit.error : 20 - visit.nice;
}
