/* rw.c - read and write in all their spellings: one coroutine, and the functions that make a struct op of registers
 * or of an SQE. */
#include "kernel/sys/rw.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/io_uring.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/slab.h"
#include "kernel/space/space.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"
#include "kernel/sys/when_ready.h"

enum { VECTOR_MAX = 1024, AT_ONCE_MAX = 16 };

struct op_rw {
	struct co co;
	struct op *op;
	struct file *file;
	u64 at;
	struct user_segment *segments; /* of a vector: op->length of them */
	struct user_buffer buffer;
};

/* The memory of a vector's segments: more than a slab object, a run of pages. */
static struct user_segment *segments_alloc(u64 count)
{
	u64 bytes = count * sizeof(struct user_segment);
	struct page *pages;

	if (bytes <= 2048)
		return kalloc(bytes);
	pages = page_alloc(2);
	return pages ? page_to_virt(pages) : NULL;
}
_Static_assert(VECTOR_MAX * sizeof(struct user_segment) <= PAGE_SIZE << 2, "page_alloc(2)");

static void segments_free(struct user_segment *segments, u64 count)
{
	if (count * sizeof(*segments) <= 2048)
		kfree(segments, count * sizeof(*segments));
	else
		page_free(virt_to_page(segments), 2);
}

/* Check the segments and make one buffer of them, at most RW_BYTES_MAX long. */
static long vector_buffer(struct op_rw *f)
{
	struct user_segment *segment = f->segments;
	u64 total = 0;

	for (u64 i = 0; i < f->op->length; i++, segment++) {
		if (segment->bytes > INT64_MAX)
			return -EINVAL;
		if (!rw_range_is_user(segment->base, segment->bytes))
			return -EFAULT;
		segment->bytes = min(segment->bytes, RW_BYTES_MAX - total);
		total += segment->bytes;
	}
	f->buffer.left = total;
	f->buffer.next = f->segments;
	/* the first range with bytes in it becomes the current one */
	while (total && !f->buffer.bytes) {
		f->buffer.address = f->buffer.next->base;
		f->buffer.bytes = f->buffer.next->bytes;
		f->buffer.next++;
	}
	return 0;
}

long rw_limit(struct process *process, struct file *file, u64 at, u64 *bytes)
{
	u64 most = load_relaxed(&process->limits[RLIMIT_FSIZE].current);

	if (likely(most == RLIMIT_INFINITY) || !file->ops->seekable || !inode_is(file->inode, MODE_REGULAR))
		return 0;
	if (load_relaxed(&file->flags) & O_APPEND)
		at = load_relaxed(&file->inode->size);
	if (at < most || !*bytes) {
		*bytes = min(*bytes, most - min(at, most));
		return 0;
	}
	signal_send(process, SIGXFSZ);
	return -EFBIG;
}

/* What read needs to know of the file, and where to start. */
static long rw_begin(struct op_rw *f)
{
	struct file *file = f->file;
	bool write = f->op->flags & RW_WRITE;

	if (write ? !file_can_write(file) : !file_can_read(file))
		return -EBADF;
	if (file->inode && inode_is(file->inode, MODE_DIRECTORY))
		return -EISDIR;
	if (write ? !file->ops->write : !file->ops->read)
		return -EINVAL;
	if (!file->ops->seekable) {
		f->at = FILE_NO_POSITION;
		return f->op->flags & RW_AT ? -ESPIPE : 0;
	}
	f->at = f->op->offset != OP_CURRENT_POSITION ? f->op->offset : load_relaxed(&file->position);
	return f->at > INT64_MAX ? -EINVAL : 0;
}

/* The file's own position goes behind what was moved; an appending write has gone to the end, wherever that was. */
static void position_move(struct op_rw *f, u64 moved)
{
	bool append = (f->op->flags & RW_WRITE) && (f->file->flags & O_APPEND);

	store_relaxed(&f->file->position, append ? load_relaxed(&f->file->inode->size) : f->at + moved);
}

/* RWF_NOWAIT: what can be moved at once, up to the first page that cannot. */
static long rw_at_once(struct op_rw *f)
{
	const struct file_ops *ops = f->file->ops;
	long (*now)(struct file * file, struct space * space, u64 address, u64 bytes, u64 at);
	struct user_buffer *buffer = &f->buffer;
	long done = 0, n = 0;

	now = f->op->flags & RW_WRITE ? ops->write_now : ops->read_now;
	if (!now)
		return -EOPNOTSUPP;
	for (u32 i = 0; buffer->left && i < AT_ONCE_MAX; i++) {
		u64 bytes = min(buffer->bytes, buffer->left);

		n = now(f->file, buffer->space, buffer->address, bytes,
			f->at == FILE_NO_POSITION ? f->at : f->at + (u64)done);
		if (n <= 0)
			break;
		done += n;
		buffer->left -= (u64)n;
		if ((u64)n < bytes || !buffer->left)
			break;
		buffer->address = buffer->next->base;
		buffer->bytes = buffer->next++->bytes;
	}
	if (done)
		return done;
	return n == OP_NOT_NOW ? -EAGAIN : n;
}

CO_STEP(op_rw)
{
	CO_FRAME(op_rw);
	struct file *file = f->file;
	long result;

	CO_BEGIN;
	result = rw_begin(f);
	if (result)
		goto out;
	if (f->op->flags & RW_VECTOR) {
		AWAIT(result, user_read(co, f->buffer.space, f->segments, f->op->address,
					f->op->length * sizeof(*f->segments)));
		if (!result)
			result = vector_buffer(f);
		if (result)
			goto out;
	}
	result = f->op->flags & RW_WRITE ? rw_limit(process_of(co), file, f->at, &f->buffer.left) : 0;
	if (result)
		goto out;
	if ((f->op->flags & RW_NOWAIT) && f->buffer.left) {
		/* the caller's own memory may be waited for */
		AWAIT(result, user_fault_in(co, &f->buffer));
		if (result)
			goto out;
	}
	if (f->op->flags & RW_NOWAIT)
		result = rw_at_once(f);
	else if (f->op->flags & RW_WRITE)
		AWAIT(result, file->ops->write(co, file, &f->buffer, f->at));
	else
		AWAIT(result, file->ops->read(co, file, &f->buffer, f->at));
	if (result > 0 && f->op->offset == OP_CURRENT_POSITION && f->at != FILE_NO_POSITION)
		position_move(f, (u64)result);
out:
	file_put(file);
	if (f->segments)
		segments_free(f->segments, f->op->length);
	CO_RETURN(result);
	CO_END;
}

/* What was taken for an operation that does not begin. */
static void rw_give_back(struct file *file, struct user_segment *segments, u64 count)
{
	if (segments)
		segments_free(segments, count);
	if (file)
		file_put(file);
}

long rw_file(struct co *caller, struct op *op, struct file *file)
{
	struct user_buffer buffer = { .space = process_of(caller)->space, .write = !(op->flags & RW_WRITE) };

	buffer.address = op->address;
	buffer.bytes = buffer.left = min(op->length, RW_BYTES_MAX);
	return CO_CALL_OR(file_put(file), op_rw, caller, .op = op, .file = file, .buffer = buffer);
}

static long rw_vector(struct co *caller, struct op *op)
{
	struct user_buffer buffer = { .space = process_of(caller)->space, .write = !(op->flags & RW_WRITE) };
	struct user_segment *segments;
	struct file *file;

	if (op->length > VECTOR_MAX)
		return -EINVAL;
	segments = op->length ? segments_alloc(op->length) : NULL;
	if (op->length && !segments)
		return -ENOMEM;
	file = descriptor_file(caller, op->fd);
	if (file)
		return CO_CALL_OR(rw_give_back(file, segments, op->length), op_rw, caller, .op = op, .file = file,
				  .segments = segments, .buffer = buffer);
	rw_give_back(file, segments, op->length);
	return -EBADF;
}

/* A ring's read of a stream, which may wait for long: in as little memory as can be. */
static inline bool can_wait_ready(const struct co *caller, const struct op *op, const struct file *file)
{
	return !task_of(caller)->user && !(op->flags & (RW_WRITE | RW_AT)) && file->ops->read_now && file->ops->poll &&
	       file_can_read(file) && !(load_relaxed(&file->flags) & O_NONBLOCK) && op->length &&
	       op->length >= file->ops->read_least;
}

static long rw_start(struct co *caller, struct op *op)
{
	struct file *file;

	if (op->flags & RW_VECTOR)
		return rw_vector(caller, op);
	file = descriptor_file(caller, op->fd);
	if (!file)
		return -EBADF;
	if (!rw_range_is_user(op->address, op->length)) {
		file_put(file);
		return -EFAULT;
	}
	return can_wait_ready(caller, op, file) ? op_when_ready(caller, op, file) : rw_file(caller, op, file);
}

long op_read(struct co *caller, struct op *op)
{
	return rw_start(caller, op);
}

long op_write(struct co *caller, struct op *op)
{
	op->flags |= RW_WRITE;
	return rw_start(caller, op);
}

/* --- from registers --- */

long prepare_read(struct op *op, const u64 *args)
{
	return rw_prepare(op, args, 0);
}

long prepare_write(struct op *op, const u64 *args)
{
	return rw_prepare(op, args, 0);
}

long prepare_pread(struct op *op, const u64 *args)
{
	return rw_prepare(op, args, RW_AT);
}

long prepare_pwrite(struct op *op, const u64 *args)
{
	return rw_prepare(op, args, RW_AT);
}

long prepare_readv(struct op *op, const u64 *args)
{
	return rw_prepare(op, args, RW_VECTOR);
}

long prepare_writev(struct op *op, const u64 *args)
{
	return rw_prepare(op, args, RW_VECTOR);
}

long prepare_preadv(struct op *op, const u64 *args)
{
	return rw_prepare(op, args, RW_VECTOR | RW_AT);
}

long prepare_pwritev(struct op *op, const u64 *args)
{
	return rw_prepare(op, args, RW_VECTOR | RW_AT);
}

enum { RWF_HIPRI = 1, RWF_DSYNC = 2, RWF_SYNC = 4, RWF_NOWAIT = 8 };

long rw_flags_of(u32 rwf)
{
	/* nothing has to be written back for DSYNC and SYNC, and HIPRI is a hint */
	if (rwf & ~(u32)(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT))
		return -EOPNOTSUPP;
	return rwf & RWF_NOWAIT ? RW_NOWAIT : 0;
}

/* Position -1 is the file's own. */
static long prepare_with_flags(struct op *op, const u64 *args)
{
	bool own = args[3] == UINT64_MAX;
	long flags = rw_flags_of((u32)args[5]);

	if (flags < 0)
		return flags;
	return rw_prepare(op, args, RW_VECTOR | (own ? 0 : RW_AT) | (u32)flags);
}

long prepare_preadv2(struct op *op, const u64 *args)
{
	return prepare_with_flags(op, args);
}

long prepare_pwritev2(struct op *op, const u64 *args)
{
	return prepare_with_flags(op, args);
}

/* --- from an SQE --- */

static long from_sqe(struct op *op, const struct io_uring_sqe *sqe, u32 flags)
{
	long more = rw_flags_of(sqe->rw_flags);

	/* no registered buffers or priorities; RWF_HIPRI is for rings that poll devices */
	if (sqe->ioprio || sqe->buf_index || (sqe->rw_flags & RWF_HIPRI))
		return -EINVAL;
	if (more < 0)
		return more;
	op->fd = sqe->fd;
	op->address = sqe->addr;
	op->length = sqe->len;
	op->offset = sqe->off;
	op->flags = flags | (u32)more;
	return 0;
}

long read_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	return from_sqe(op, sqe, 0);
}

long write_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	return from_sqe(op, sqe, 0);
}

long readv_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	return from_sqe(op, sqe, RW_VECTOR);
}

long writev_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	return from_sqe(op, sqe, RW_VECTOR);
}
