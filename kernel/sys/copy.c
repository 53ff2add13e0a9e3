/* copy.c - from one file to another without the way through the program: sendfile, copy_file_range.
 *
 *     in --read--> a page of the kernel's --write--> out       a page at a time
 *
 * What was read and could not be written is read again by the next call: positions count what arrived.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/rw.h"
#include "kernel/sys/sys.h"
#include "kernel/task/task.h"

/* One of the two ends. */
struct copy_end {
	struct file *file; /* referenced */
	u64 position_at;   /* where the caller keeps the position; 0: the file's own is used and moved */
	u64 at;		   /* position, or FILE_NO_POSITION */
};

struct file_copy {
	struct co co;
	struct copy_end in, out;
	u64 left;
	bool is_range; /* copy_file_range */
	char *page;
	struct user_buffer buffer;
	u64 got;
	long done;
};

/* --- what may be copied --- */

static long sendfile_check(const struct file_copy *f)
{
	const struct file *in = f->in.file, *out = f->out.file;

	if (!in->ops->seekable)
		return f->in.position_at ? -ESPIPE : -EINVAL;
	if (!in->ops->read || !out->ops->write || (load_relaxed(&out->flags) & O_APPEND))
		return -EINVAL;
	return in->inode && inode_is(in->inode, MODE_DIRECTORY) ? -EINVAL : 0;
}

static bool is_regular(const struct file *file)
{
	return file->inode && inode_is(file->inode, MODE_REGULAR);
}

static bool is_directory(const struct file *file)
{
	return file->inode && inode_is(file->inode, MODE_DIRECTORY);
}

static long range_check(const struct file_copy *f)
{
	const struct file *in = f->in.file, *out = f->out.file;

	if (load_relaxed(&out->flags) & O_APPEND)
		return -EBADF;
	if (is_directory(in) || is_directory(out))
		return -EISDIR;
	if (!is_regular(in) || !is_regular(out))
		return -EINVAL;
	if (in->inode->fs != out->inode->fs)
		return -EXDEV;
	if (in->inode == out->inode && f->in.at < f->out.at + f->left && f->out.at < f->in.at + f->left)
		return -EINVAL;
	return 0;
}

static bool has_position(const struct copy_end *end)
{
	return end->at <= INT64_MAX || !end->file->ops->seekable;
}

static long copy_check(struct file_copy *f)
{
	if (!file_can_read(f->in.file) || !file_can_write(f->out.file))
		return -EBADF;
	if (!has_position(&f->in) || !has_position(&f->out))
		return -EINVAL;
	f->left = min(f->left, RW_BYTES_MAX);
	return f->is_range ? range_check(f) : sendfile_check(f);
}

/* --- positions --- */

struct copy_positions {
	struct co co;
	struct file_copy *copy;
};

static void own_position(struct copy_end *end)
{
	if (!end->file->ops->seekable)
		end->at = FILE_NO_POSITION;
	else if (!end->position_at)
		end->at = load_relaxed(&end->file->position);
}

CO_STEP(copy_positions)
{
	CO_FRAME(copy_positions);
	struct file_copy *copy = f->copy;
	long err;

	CO_BEGIN;
	err = 0;
	if (copy->in.position_at)
		AWAIT(err, user_read(co, user_space_of(co), &copy->in.at, copy->in.position_at, sizeof(u64)));
	if (!err && copy->out.position_at)
		AWAIT(err, user_read(co, user_space_of(co), &copy->out.at, copy->out.position_at, sizeof(u64)));
	if (err)
		CO_RETURN(err);
	own_position(&copy->in);
	own_position(&copy->out);
	CO_RETURN(0);
	CO_END;
}

static void own_position_move(const struct copy_end *end)
{
	if (!end->position_at && end->at != FILE_NO_POSITION)
		store_relaxed(&end->file->position, end->at);
}

/* --- copying --- */

static bool page_get_for(struct file_copy *f)
{
	struct page *page = page_alloc(0);

	f->page = page ? page_to_virt(page) : NULL;
	return page;
}

/* MOVED bytes have arrived. True: go on, since there are more and nobody wants the thread back. */
static bool copy_moved(struct file_copy *f, u64 moved)
{
	f->in.at += moved;
	if (f->out.at != FILE_NO_POSITION)
		f->out.at += moved;
	f->left -= moved;
	f->done += (long)moved;
	return moved == f->got && f->left && !load_relaxed(&task_of(&f->co)->cancel);
}

static void copy_end(struct file_copy *f)
{
	if (f->page)
		page_put(virt_to_page(f->page));
	file_put(f->in.file);
	file_put(f->out.file);
}

CO_STEP(file_copy)
{
	CO_FRAME(file_copy);
	long err;

	CO_BEGIN;
	AWAIT(err, CO_CALL(copy_positions, co, .copy = f));
	if (!err)
		err = copy_check(f);
	if (!err)
		err = rw_limit(process_of(co), f->out.file, f->out.at, &f->left);
	if (!err && !page_get_for(f))
		err = -ENOMEM;
	if (err || !f->left)
		goto out;
	do {
		if (task_should_yield())
			AWAIT(err, task_yield(co));
		f->buffer = kernel_buffer(f->page, min(f->left, (u64)PAGE_SIZE));
		AWAIT(err, f->in.file->ops->read(co, f->in.file, &f->buffer, f->in.at));
		if (err <= 0)
			break;
		f->got = (u64)err;
		f->buffer = kernel_buffer(f->page, f->got);
		AWAIT(err, f->out.file->ops->write(co, f->out.file, &f->buffer, f->out.at));
	} while (err > 0 && copy_moved(f, (u64)err));
	own_position_move(&f->in);
	own_position_move(&f->out);
	if (f->done)
		err = 0;
	if (!err && f->in.position_at)
		AWAIT(err, user_write(co, user_space_of(co), f->in.position_at, &f->in.at, sizeof(u64)));
	if (!err && f->out.position_at)
		AWAIT(err, user_write(co, user_space_of(co), f->out.position_at, &f->out.at, sizeof(u64)));
out:
	copy_end(f);
	CO_RETURN(err < 0 ? err : f->done);
	CO_END;
}

static long copy(struct co *caller, struct copy_end in, struct copy_end out, u64 bytes, bool is_range)
{
	if (in.file && out.file)
		return CO_CALL_OR((file_put(in.file), file_put(out.file)), file_copy, caller, .in = in, .out = out,
				  .left = bytes, .is_range = is_range);
	if (in.file)
		file_put(in.file);
	if (out.file)
		file_put(out.file);
	return -EBADF;
}

long sys_sendfile(struct co *caller, const u64 *args)
{
	struct copy_end out = { .file = descriptor_file(caller, (s32)args[0]) };
	struct copy_end in = { .file = descriptor_file(caller, (s32)args[1]), .position_at = args[2] };

	return copy(caller, in, out, args[3], false);
}

long sys_copy_file_range(struct co *caller, const u64 *args)
{
	struct copy_end in = { .position_at = args[1] }, out = { .position_at = args[3] };

	if (args[5] & UINT32_MAX)
		return -EINVAL;
	in.file = descriptor_file(caller, (s32)args[0]);
	out.file = descriptor_file(caller, (s32)args[2]);
	return copy(caller, in, out, args[4], true);
}
