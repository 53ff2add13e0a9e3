/* requests.c - pending operations of a process, and their end before its own. */
#include "kernel/proc/requests.h"

#include "lib/fmt.h"

void request_enter(struct process *process, struct request *request)
{
	spin_lock(&process->lock);
	list_push_back(&process->requests, &request->task.link);
	spin_unlock(&process->lock);
}

void request_leave(struct process *process, struct request *request)
{
	spin_lock(&process->lock);
	list_remove(&request->task.link);
	if (list_is_empty(&process->requests))
		wait_wake_all(&process->requests_gone);
	spin_unlock(&process->lock);
}

void submitter_enter(struct process *process, struct submitter *submitter)
{
	spin_lock(&process->lock);
	list_push_back(&process->submitters, &submitter->link);
	spin_unlock(&process->lock);
}

void submitter_leave(struct process *process, struct submitter *submitter)
{
	spin_lock(&process->lock);
	list_remove(&submitter->link);
	/* whoever ends all requests looks again: it may have started some since */
	wait_wake_all(&process->requests_gone);
	spin_unlock(&process->lock);
}

/* Cancel every request; the lock is held, so none of them can be freed meanwhile. True when there are none, and nobody
 * who starts more. */
static bool cancel_all(struct process *process)
{
	struct submitter *submitter;
	struct request *request;

	list_for_each (submitter, &process->submitters, link)
		task_cancel(&submitter->task, CANCEL_KILL);
	list_for_each (request, &process->requests, task.link)
		task_cancel(&request->task, CANCEL_KILL);
	return list_is_empty(&process->requests) && list_is_empty(&process->submitters);
}

struct requests_cancel_all {
	struct co co;
	struct process *process;
};

CO_STEP(requests_cancel_all)
{
	CO_FRAME(requests_cancel_all);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL_DISK(err, &f->process->lock, &f->process->requests_gone, cancel_all(f->process));
	spin_unlock(&f->process->lock);
	CO_RETURN(err);
	CO_END;
}

long requests_cancel_all(struct co *caller, struct process *process)
{
	return CO_CALL(requests_cancel_all, caller, .process = process);
}

/* --- /proc/tasks --- */

static void report(struct fmt_text *text)
{
	struct process *process;
	struct request *request;
	u32 pid = 0;

	while ((pid = process_next_pid(pid))) {
		process = process_find(pid);
		if (!process)
			continue;
		spin_lock(&process->lock);
		list_for_each (request, &process->requests, task.link)
			if (!task_report_one(&request->task, text))
				break;
		spin_unlock(&process->lock);
		process_put(process);
	}
}

void requests_init(void)
{
	task_report_unlisted = report;
}
