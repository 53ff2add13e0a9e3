/* requests.c - pending operations of a process, and their end before its own. */
#include "kernel/proc/requests.h"

#include "lib/fmt.h"

void request_enter(struct process *process, struct request *request)
{
	spin_lock(&process->lock);
	list_push_back(&process->requests, &request->task.link);
	process->request_count++;
	spin_unlock(&process->lock);
}

void request_leave(struct process *process, struct request *request)
{
	spin_lock(&process->lock);
	list_remove(&request->task.link);
	if (!--process->request_count)
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

enum { CANCEL_SOME = 8 };

/* Lock held, so that none of them can be freed meanwhile. Cancel a few requests, which then wait for their end on a
 * list of their own. False: all were told. */
static bool cancel_some(struct process *process)
{
	struct request *request;

	for (u32 i = 0; i < CANCEL_SOME && !list_is_empty(&process->requests); i++) {
		request = list_entry(list_pop_front(&process->requests), struct request, task.link);
		list_push_back(&process->requests_told, &request->task.link);
		task_cancel(&request->task, CANCEL_KILL);
	}
	return !list_is_empty(&process->requests);
}

/* Lock held. Tell all who start requests to end. True when there are neither of the two. */
static bool all_gone(struct process *process)
{
	struct submitter *submitter;

	list_for_each (submitter, &process->submitters, link)
		task_cancel(&submitter->task, CANCEL_KILL);
	return !process->request_count && list_is_empty(&process->submitters);
}

struct requests_cancel_all {
	struct co co;
	struct process *process;
	bool more;
};

CO_STEP(requests_cancel_all)
{
	CO_FRAME(requests_cancel_all);
	struct process *process = f->process;
	long err;

	CO_BEGIN;
	do {
		AWAIT_UNTIL_DISK(err, &process->lock, &process->requests_gone,
				 all_gone(process) || !list_is_empty(&process->requests));
		f->more = cancel_some(process) || !all_gone(process);
		spin_unlock(&process->lock);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	} while (f->more);
	(void)err;
	CO_RETURN(0);
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
		list_for_each (request, &process->requests_told, task.link)
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
