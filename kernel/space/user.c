/* user.c - copying to and from user memory by walking its page table. */
#include "kernel/space/user.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/space/user_page.h"

static void buffer_advance(struct user_buffer *buffer, u64 bytes)
{
	buffer->address += bytes;
	buffer->bytes -= bytes;
	buffer->left -= bytes;
	while (!buffer->bytes && buffer->left) {
		buffer->address = buffer->next->base;
		buffer->bytes = buffer->next->bytes;
		buffer->next++;
	}
}

/* The next stretch of the buffer in one piece, at most *BYTES: its kernel address, or NULL. */
static inline char *buffer_piece(struct user_buffer *buffer, u64 *bytes, u64 need)
{
	u64 room = PAGE_SIZE - buffer->address % PAGE_SIZE;

	*bytes = min(*bytes, buffer->bytes);
	if (!buffer->space)
		return (char *)buffer->address;
	*bytes = min(*bytes, room);
	return user_page(buffer->space, buffer->address, need);
}

/* All of *BYTES, or of what the buffer has left, if that is one piece; the same. Most copies are of a few bytes. */
static inline char *buffer_whole(struct user_buffer *buffer, u64 *bytes, u64 need)
{
	*bytes = min(*bytes, buffer->left);
	if (unlikely(!buffer->space || *bytes > buffer->bytes || buffer->address % PAGE_SIZE + *bytes > PAGE_SIZE))
		return NULL;
	return user_page(buffer->space, buffer->address, need);
}

static __attribute__((noinline)) u64 copy_out_pieces(struct user_buffer *to, const char *from, u64 bytes)
{
	u64 done = 0, n;
	char *piece;

	while (done < bytes && to->left) {
		n = bytes - done;
		piece = buffer_piece(to, &n, NEED_WRITE);
		if (unlikely(!piece))
			break;
		__builtin_memcpy(piece, from + done, n);
		done += n;
		buffer_advance(to, n);
	}
	return done;
}

u64 user_copy_out(struct user_buffer *to, const void *from, u64 bytes)
{
	u64 n = bytes;
	char *piece = buffer_whole(to, &n, NEED_WRITE);

	if (unlikely(!piece))
		return copy_out_pieces(to, from, bytes);
	__builtin_memcpy(piece, from, n);
	buffer_advance(to, n);
	return n;
}

static __attribute__((noinline)) u64 copy_in_pieces(char *to, struct user_buffer *from, u64 bytes)
{
	u64 done = 0, n;
	char *piece;

	while (done < bytes && from->left) {
		n = bytes - done;
		piece = buffer_piece(from, &n, NEED_READ);
		if (unlikely(!piece))
			break;
		__builtin_memcpy(to + done, piece, n);
		done += n;
		buffer_advance(from, n);
	}
	return done;
}

u64 user_copy_in(void *to, struct user_buffer *from, u64 bytes)
{
	u64 n = bytes;
	char *piece = buffer_whole(from, &n, NEED_READ);

	if (unlikely(!piece))
		return copy_in_pieces(to, from, bytes);
	__builtin_memcpy(to, piece, n);
	buffer_advance(from, n);
	return n;
}

u64 user_fill_zero(struct user_buffer *to, u64 bytes)
{
	u64 done = 0, n;
	char *piece;

	while (done < bytes && to->left) {
		n = bytes - done;
		piece = buffer_piece(to, &n, NEED_WRITE);
		if (unlikely(!piece))
			break;
		__builtin_memset(piece, 0, n);
		done += n;
		buffer_advance(to, n);
	}
	return done;
}

u32 *user_word(struct space *space, u64 address, bool write)
{
	return address % 4 ? NULL : (u32 *)user_page(space, address, write ? NEED_WRITE | NEED_READ : NEED_READ);
}

void *user_span(struct space *space, u64 address, u64 bytes, bool write)
{
	if (address % PAGE_SIZE + bytes > PAGE_SIZE)
		return NULL;
	return user_page(space, address, write ? NEED_WRITE : NEED_READ);
}

struct user_fault_in {
	struct co co;
	struct space *space;
	u64 address;
	u32 access;
};

CO_STEP(user_fault_in)
{
	CO_FRAME(user_fault_in);
	long err;

	CO_BEGIN;
	AWAIT(err, space_fault(co, f->space, f->address, f->access));
	/* -EACCES and -ENXIO are for the signal a fault raises; a system call says -EFAULT */
	CO_RETURN(err == -EACCES || err == -ENXIO ? -EFAULT : min(err, 0l));
	CO_END;
}

long user_fault_in(struct co *caller, struct user_buffer *buffer)
{
	if (!buffer->space)
		return -EFAULT;
	return CO_CALL(user_fault_in, caller, .space = buffer->space, .address = buffer->address,
		       .access = buffer->write ? PROT_WRITE : PROT_READ);
}

struct user_move {
	struct co co;
	struct user_buffer buffer;
	char *kernel; /* where the rest comes from or goes to */
	void *copy; /* ours, of copy_bytes: what is still to be written, since the caller's bytes may be on its stack */
	u64 copy_bytes;
	long answer;
};

static bool move_now(struct user_move *f)
{
	u64 left = f->buffer.left, n;

	n = f->buffer.write ? user_copy_out(&f->buffer, f->kernel, left) : user_copy_in(f->kernel, &f->buffer, left);
	f->kernel += n;
	return n == left;
}

CO_STEP(user_move)
{
	CO_FRAME(user_move);
	long err = 0;

	CO_BEGIN;
	while (!move_now(f)) {
		AWAIT(err, user_fault_in(co, &f->buffer));
		if (err)
			break;
	}
	if (f->copy)
		kfree(f->copy, f->copy_bytes);
	CO_RETURN(err ? err : f->answer);
	CO_END;
}

long user_read(struct co *caller, struct space *space, void *to, u64 address, u64 bytes)
{
	struct user_buffer from = user_buffer(space, address, bytes, false);
	u64 done = user_copy_in(to, &from, bytes);

	return done == bytes ? 0 : CO_CALL(user_move, caller, .buffer = from, .kernel = (char *)to + done);
}

/* The slow half of a write: keep what is left and bring the memory in. */
static long write_rest(struct co *caller, struct user_buffer *to, const char *from, long answer)
{
	void *copy = kalloc(to->left);
	u64 bytes = to->left;
	struct user_move *f;
	struct co *frame;

	if (!copy)
		return -ENOMEM;
	__builtin_memcpy(copy, from, bytes);
	frame = co_push(caller->stack, caller, &user_move_type);
	if (!frame) {
		kfree(copy, bytes);
		return -ENOMEM;
	}
	f = (struct user_move *)frame;
	*f = (struct user_move){
		.co = *frame, .buffer = *to, .kernel = copy, .copy = copy, .copy_bytes = bytes, .answer = answer
	};
	return user_move_step(frame, 0);
}

long user_write_answer(struct co *caller, struct space *space, u64 address, const void *from, u64 bytes, long answer)
{
	struct user_buffer to = user_buffer(space, address, bytes, true);
	u64 done = user_copy_out(&to, from, bytes);

	return likely(done == bytes) ? answer : write_rest(caller, &to, (const char *)from + done, answer);
}

long user_write(struct co *caller, struct space *space, u64 address, const void *from, u64 bytes)
{
	return user_write_answer(caller, space, address, from, bytes, 0);
}

struct user_read_text {
	struct co co;
	struct user_buffer from;
	char *to;
	u64 bytes, done;
};

CO_STEP(user_read_text)
{
	CO_FRAME(user_read_text);
	char *end;
	long err;
	u64 n;

	CO_BEGIN;
	for (;;) {
		/* one page's worth at a time: the text may end just before memory that is not there */
		n = min(f->bytes - f->done, PAGE_SIZE - f->from.address % PAGE_SIZE);
		if (!n)
			CO_RETURN(-ENAMETOOLONG);
		n = user_copy_in(f->to + f->done, &f->from, n);
		end = n ? __builtin_memchr(f->to + f->done, 0, n) : NULL;
		if (end)
			CO_RETURN(end - f->to);
		f->done += n;
		if (n)
			continue;
		AWAIT(err, user_fault_in(co, &f->from));
		if (err)
			CO_RETURN(err);
	}
	CO_END;
}

long user_read_text(struct co *caller, struct space *space, char *to, u64 address, u64 bytes)
{
	return CO_CALL(user_read_text, caller, .from = user_buffer(space, address, UINT32_MAX, false), .to = to,
		       .bytes = bytes);
}
