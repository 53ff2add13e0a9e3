/* file.h - open files: what a file descriptor stands for.
 *
 * A struct file is made by open, eventfd, io_uring_setup and the like, shared by dup and fork, and reference-counted;
 * the last file_put calls ops->release. Every operation in flight holds a reference, so close never pulls a file away
 * under a running read.
 *
 * Contract of ops: NULL means that the file has no such operation, and the caller answers -EINVAL (read, write),
 * -ESPIPE (at a position) or -ENOTTY (ioctl). All may suspend unless said otherwise. read and write return bytes moved
 * (bytes beat errors) and advance BUFFER.
 */
#pragma once

#include "kernel/fs/poll.h"
#include "kernel/space/user.h"
#include "kernel/operation.h"
#include "lib/co.h"
#include "lib/order.h"
#include "lib/types.h"

struct inode;
struct file;
struct dir_sink;
struct fmt_text;
struct page;
struct space;

#define FILE_NO_POSITION UINT64_MAX /* a stream: there is no position */

struct file_ops {
	const char *name;
	/* AT: byte position in the file, or FILE_NO_POSITION for a stream. */
	long (*read)(struct co *caller, struct file *file, struct user_buffer *to, u64 at);
	long (*write)(struct co *caller, struct file *file, struct user_buffer *from, u64 at);
	/* Read into user memory without waiting, a few pages at most: bytes, or OP_NOT_NOW, and then nothing has
	 * happened, but that user memory may have been written, which read will write again. Never suspends. NULL:
	 * never. */
	long (*read_now)(struct file *file, struct space *space, u64 address, u64 bytes, u64 at);
	/* Write in the same way. Not for regular files, whose size has a limit that sys/rw.c looks at. */
	long (*write_now)(struct file *file, struct space *space, u64 address, u64 bytes, u64 at);
	long (*read_dir)(struct co *caller, struct file *file, u64 *position, struct dir_sink *sink);
	/* Pages for [AT, AT + BYTES), which no later write will lack; the file grows over them, unless KEEP_SIZE. 0,
	 * -ENOSPC, -ENOMEM. */
	long (*allocate)(struct co *caller, struct file *file, u64 at, u64 bytes, bool keep_size);
	long (*fsync)(struct co *caller, struct file *file, bool data_only);
	long (*ioctl)(struct co *caller, struct file *file, u32 request, u64 argument);
	/* More lines for /proc/<pid>/fdinfo. Never suspends. */
	void (*info)(struct file *file, struct fmt_text *text);
	/* What is ready now (POLL_IN ...), and where to be told of changes: never suspends. NULL: always ready. */
	u32 (*poll)(struct file *file, struct poll_table *table);
	/* The page that backs page number INDEX of a mapping; NULL: cannot be mapped. */
	long (*map)(struct co *caller, struct file *file, u64 index, struct page **page);
	/* May the BYTES bytes from OFFSET be mapped? 0 or -EINVAL. NULL: any. Does not suspend. */
	long (*map_check)(struct file *file, u64 offset, u64 bytes);
	/* After open made the file: private state. NULL: nothing to do. */
	long (*open)(struct co *caller, struct file *file);
	/* Last reference: must not suspend and cannot fail; what needs to wait is handed to a task of its own. */
	void (*release)(struct file *file);
	/* A completion or another event is signalled N times (eventfd and user-interrupt files); never suspends. */
	void (*signal)(struct file *file, u64 n);
	bool seekable;
	u32 read_least; /* shorter reads are refused at once, whether it is ready or not */
	u32 mode;	/* what fstat says of a file without an inode: type and permissions; 0: no type, 0600 */
};

struct file {
	const struct file_ops *ops;
	u32 refs;	      /* atomic */
	u32 flags;	      /* O_ACCMODE | O_APPEND | O_NONBLOCK ... of linux */
	struct inode *inode;  /* NULL for anonymous files */
	struct inode *place;  /* the directory it was found in, referenced; NULL: nobody knows */
	struct spinlock lock; /* guards position */
	u64 position;
	void *data;
	bool locked; /* it has had a lock (file_lock.h); atomic */
};

/* A new file with one reference; takes over the caller's reference on INODE (may be NULL). NULL: no memory, and INODE's
 * reference is still the caller's. */
struct file *file_alloc(const struct file_ops *ops, struct inode *inode, u32 flags, void *data);
static inline void file_get(struct file *file)
{
	atomic_add_relaxed(&file->refs, 1u);
}
/* Nobody has FILE any more. */
void file_end(struct file *file);

static inline void file_put(struct file *file)
{
	/* acquire/release: what every holder did to the file happened before its end */
	if (unlikely(atomic_sub(&file->refs, 1u) == 1))
		file_end(file);
}

/* What opening a directory gives, in every file system. */
extern const struct file_ops directory_file_ops;

static inline bool file_can_read(const struct file *file)
{
	return (file->flags & 3) != 1;
}

static inline bool file_can_write(const struct file *file)
{
	return (file->flags & 3) != 0;
}
