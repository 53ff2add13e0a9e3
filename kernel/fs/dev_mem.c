/* dev_mem.c - /dev/null, zero, full, random: files that make their bytes up. */
#include "kernel/abi/errno.h"
#include "kernel/dev/random.h"
#include "kernel/fs/devfs.h"
#include "kernel/task/task.h"

enum { RANDOM_PIECE = 256 };

/* Put up to WANT bytes into the buffer: how many fitted. */
typedef u64 endless_source(struct user_buffer *to, u64 want);

static u64 random_source(struct user_buffer *to, u64 want)
{
	u8 bytes[RANDOM_PIECE];

	want = min(want, (u64)sizeof(bytes));
	random_bytes(bytes, want);
	return user_copy_out(to, bytes, want);
}

struct endless_read {
	struct co co;
	struct user_buffer *to;
	endless_source *source;
	u64 done;
};

CO_STEP(endless_read)
{
	CO_FRAME(endless_read);
	u64 copied;
	long err;

	CO_BEGIN;
	while (f->to->left) {
		copied = f->source(f->to, min(f->to->left, (u64)PAGE_SIZE));
		f->done += copied;
		if (!copied) {
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

static long zero_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)file, (void)at;
	return CO_CALL(endless_read, caller, .to = to, .source = user_fill_zero);
}

static long zero_read_now(struct file *file, struct space *space, u64 address, u64 bytes, u64 at)
{
	char *to = user_span(space, address, bytes, true);

	(void)file, (void)at;
	if (!to)
		return OP_NOT_NOW;
	__builtin_memset(to, 0, bytes);
	return (long)bytes;
}

static long random_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)file, (void)at;
	return CO_CALL(endless_read, caller, .to = to, .source = random_source);
}

static long null_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)caller, (void)file, (void)to, (void)at;
	return 0;
}

static long null_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	u64 bytes = from->left;

	(void)caller, (void)file, (void)at;
	from->left = from->bytes = 0;
	return (long)bytes;
}

/* What is longer may be cut off by op_write. */
static long null_write_now(struct file *file, struct space *space, u64 address, u64 bytes, u64 at)
{
	(void)file, (void)space, (void)address, (void)at;
	return bytes <= PAGE_SIZE ? (long)bytes : OP_NOT_NOW;
}

static long full_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at)
{
	(void)caller, (void)file, (void)from, (void)at;
	return -ENOSPC;
}

#define NULL_WRITES .write = null_write, .write_now = null_write_now

const struct file_ops null_file_ops = { .name = "null", .read = null_read, NULL_WRITES, .seekable = true };
const struct file_ops zero_file_ops = {
	.name = "zero", .read = zero_read, .read_now = zero_read_now, NULL_WRITES, .seekable = true
};
const struct file_ops full_file_ops = {
	.name = "full", .read = zero_read, .read_now = zero_read_now, .write = full_write, .seekable = true
};
const struct file_ops random_file_ops = { .name = "random", .read = random_read, NULL_WRITES, .seekable = true };
