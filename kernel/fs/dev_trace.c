/* dev_trace.c - /dev/trace: the records of the trace, as struct trace_record, hart after hart; /proc/trace's commands.
 *
 * Contract: whole records are read, at positions that are multiples of their size (else -EINVAL); not while any are
 * being made (-EBUSY), since then each position means another one all the time.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/devfs.h"
#include "kernel/fs/proc_system.h"
#include "kernel/task/task.h"
#include "kernel/trace/trace.h"

enum { RECORD = sizeof(struct trace_record) };

struct trace_read {
	struct co co;
	struct user_buffer *to;
	u64 at, done, copied; /* copied: bytes of the record at AT that have been */
};

enum copied { COPIED_NONE, COPIED_ONE, COPIED_PART };

/* Copy the next record. NONE: there is none; PART: memory of the reader's is missing. */
static enum copied copy_one(struct trace_read *f)
{
	struct trace_record record;

	if (!trace_get(f->at / RECORD, &record))
		return COPIED_NONE;
	f->copied += user_copy_out(f->to, (const char *)&record + f->copied, RECORD - f->copied);
	if (f->copied < RECORD)
		return COPIED_PART;
	f->at += RECORD;
	f->done += RECORD;
	f->copied = 0;
	return COPIED_ONE;
}

CO_STEP(trace_read)
{
	CO_FRAME(trace_read);
	enum copied copied;
	long err;

	CO_BEGIN;
	while (f->copied || f->to->left >= RECORD) {
		copied = copy_one(f);
		if (copied == COPIED_NONE)
			break;
		if (copied == COPIED_PART) {
			AWAIT(err, user_fault_in(co, f->to));
			if (err)
				CO_RETURN(f->done ? (long)f->done : err == -ENOMEM ? err : -EFAULT);
		}
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN((long)f->done);
	CO_END;
}

static long trace_file_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)file;
	if (trace_is_running())
		return -EBUSY;
	if (at % RECORD || to->left < RECORD)
		return -EINVAL;
	return CO_CALL(trace_read, caller, .to = to, .at = at);
}

const struct file_ops trace_file_ops = { .name = "trace", .read = trace_file_read, .seekable = true };

long proc_trace_write(struct co *caller, const char *text)
{
	(void)caller;
	return trace_command(text);
}
