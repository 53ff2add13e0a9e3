/* rw_now.c - reads and writes that nothing has to be waited for: from both doors, without a frame.
 *
 *     ring ------------------> op_read_now ----> file->ops->read_now ----> bytes
 *     vector -> fast_read -----^       +-- OP_NOT_NOW --> op_read, as a coroutine
 *
 * Writes in the same way. Everything that is not the common case is OP_NOT_NOW here, errors too: op_read says which.
 */
#include "kernel/fs/files.h"
#include "kernel/irq/irq.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/rw.h"

typedef long now_call(struct file *file, struct space *space, u64 address, u64 bytes, u64 at);

static inline long call_at(now_call *call, struct space *space, struct file *file, const struct op *op)
{
	bool own = op->offset == OP_CURRENT_POSITION;
	u64 at = own ? load_relaxed(&file->position) : op->offset;
	long result;

	if (!file->ops->seekable)
		return op->flags & RW_AT ? OP_NOT_NOW : call(file, space, op->address, op->length, FILE_NO_POSITION);
	if (unlikely(at > INT64_MAX))
		return OP_NOT_NOW;
	result = call(file, space, op->address, op->length, at);
	if (own && result > 0)
		store_relaxed(&file->position, at + (u64)result);
	return result;
}

static inline long rw_now(struct process *process, const struct op *op, bool write)
{
	long result = OP_NOT_NOW;
	struct file *file;
	now_call *call;

	if (unlikely(op_not_now() || !rw_range_is_user(op->address, op->length)))
		return OP_NOT_NOW;
	file = files_get(process->files, op->fd);
	if (unlikely(!file))
		return OP_NOT_NOW;
	call = write ? file->ops->write_now : file->ops->read_now;
	if (likely(call && (write ? file_can_write(file) : file_can_read(file))))
		result = call_at(call, process->space, file, op);
	file_put(file);
	return result;
}

long op_read_now(struct process *process, struct op *op)
{
	return rw_now(process, op, false);
}

long op_write_now(struct process *process, struct op *op)
{
	return rw_now(process, op, true);
}

/* --- the fast door --- */

static inline long fast(struct user_context *context, u32 flags, bool write)
{
	struct thread *thread = container_of(context, struct thread, context);
	struct op op;
	long result = rw_prepare(&op, &context->x[X_A0], flags);

	if (unlikely(result))
		return result;
	result = rw_now(thread->process, &op, write);
	/* The file's last reference may have been ours, and who heard of that may want something of this very thread.
	 * The fast door does not look at that; after an interrupt thread_main does. */
	if (unlikely(load_relaxed(&thread->work)))
		irq_send_ipi(hart()->index);
	return result == OP_NOT_NOW ? FAST_SLOW : result;
}

long fast_read(struct user_context *context)
{
	return fast(context, 0, false);
}

long fast_pread(struct user_context *context)
{
	return fast(context, RW_AT, false);
}

long fast_write(struct user_context *context)
{
	return fast(context, 0, true);
}
