/* task_trace.c - what a trace's record tells of a task. */
#include "kernel/task/task.h"
#include "kernel/trace/trace.h"

/* A number for a task, as long as it exists; 0: none. No address: those are the kernel's own. */
static u32 task_number(const struct task *task)
{
	return (u32)((u64)task >> 4);
}

__attribute__((cold)) void trace_record_task(enum trace_kind kind, const struct task *task, u64 argument)
{
	struct trace_task told = { .name = task->name, .number = task_number(task) };
	/* of a task that runs, or has ended, the frame where it stopped last may be gone */
	const struct co *leaf = kind >= TRACE_WAKE && kind <= TRACE_SUSPEND ? task->stack.leaf : NULL;

	if (leaf) {
		told.type = leaf->type;
		told.line = leaf->line;
	}
	trace_record(kind, &told, argument, kind == TRACE_SUSPEND ? task->wait.what : NULL);
}

__attribute__((cold)) void trace_record_event(enum trace_kind kind, u64 argument, const char *text)
{
	const struct task *task = hart()->task;
	struct trace_task told = { .name = task ? task->name : NULL, .number = task_number(task) };

	trace_record(kind, &told, argument, text);
}
