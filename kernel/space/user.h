/* user.h - user memory: the only way in and out.
 *
 * The kernel never dereferences a user address. It walks the address space's page table to the direct map, copies what
 * is mapped, and never waits: a short count means "the next page is not there". The caller then drops its locks, awaits
 * user_fault_in, takes them again, and looks again.
 *
 *     n = user_copy_out(&to, data, bytes);
 *     if (n < bytes)
 *             AWAIT(err, user_fault_in(co, &to));      -EFAULT: there is no such memory
 *
 * Contract: a translation lives until the end of the step (mm/limbo). Works for any address space, not only the current
 * one. Nobody awaits user_fault_in holding an inode's mutex or a busy page.
 */
#pragma once

#include "lib/co.h"
#include "lib/types.h"

struct space;

/* struct iovec of Linux, copied in and checked. */
struct user_segment {
	u64 base, bytes;
};

/* A place in user memory that shrinks as it is used up: one range, or a list of them. With space == NULL it is kernel
 * memory (exec reads headers through the same file operations). */
struct user_buffer {
	struct space *space;
	u64 address;			 /* of the current range */
	u64 bytes;			 /* left in the current range */
	u64 left;			 /* left altogether */
	const struct user_segment *next; /* further ranges; owned by whoever made the buffer */
	bool write;			 /* the kernel writes to it: user_fault_in asks for that */
};

static inline struct user_buffer user_buffer(struct space *space, u64 address, u64 bytes, bool write)
{
	return (struct user_buffer){ space, address, bytes, bytes, NULL, write };
}

static inline struct user_buffer kernel_buffer(void *data, u64 bytes)
{
	return (struct user_buffer){ NULL, (u64)data, bytes, bytes, NULL, true };
}

/* The address space on whose behalf CO runs (ioctl arguments and the like); NULL for the kernel's own tasks. */
struct space *user_space_of(const struct co *co);

/* Copy up to BYTES from kernel memory into the buffer / from the buffer into kernel memory, and advance it. Bytes
 * copied: fewer than min(BYTES, left) when the next page is not there (or not writable). Never waits. */
u64 user_copy_out(struct user_buffer *to, const void *from, u64 bytes);
u64 user_copy_in(void *to, struct user_buffer *from, u64 bytes);
u64 user_fill_zero(struct user_buffer *to, u64 bytes);

/* The kernel's address of a user word, 4-byte aligned, that is mapped (writable) now; NULL otherwise. Good for the rest
 * of this step; accessed with lib/order.h only. */
u32 *user_word(struct space *space, u64 address, bool write);

/* The kernel's address of [ADDRESS, +BYTES) if that lies in one page which the user could write (or read) now; NULL
 * otherwise. Good for the rest of this step. */
void *user_span(struct space *space, u64 address, u64 bytes, bool write);

/* Make the buffer's next page present (writable, if the buffer is written). May suspend. 0, -EFAULT, -ENOMEM, -EIO. */
long user_fault_in(struct co *caller, struct user_buffer *buffer);

/* Whole small objects, for system calls; suspend if need be. 0 or -EFAULT, -ENOMEM. TO must outlive the call (a field
 * of a frame, not a local). FROM may be a local: what is left of it is copied before the call suspends, 2048 bytes at
 * most. */
long user_read(struct co *caller, struct space *space, void *to, u64 address, u64 bytes);
long user_write(struct co *caller, struct space *space, u64 address, const void *from, u64 bytes);
/* The same, with ANSWER for 0. */
long user_write_answer(struct co *caller, struct space *space, u64 address, const void *from, u64 bytes, long answer);
/* A struct of BYTES that may become longer from version to version, and of which we know the first KNOWN: what is
 * missing is zero, and what follows must be. 0; -E2BIG: it is not, or BYTES is more than a page; -EFAULT, -ENOMEM. TO
 * must outlive the call. */
long user_read_struct(struct co *caller, struct space *space, void *to, u64 known, u64 address, u64 bytes);
/* A NUL-ended text of at most BYTES - 1 characters: its length, -EFAULT, or -ENAMETOOLONG. */
long user_read_text(struct co *caller, struct space *space, char *to, u64 address, u64 bytes);
