/* pipe.h - bytes from whoever writes at one end to whoever reads at the other (Linux pipe(7), fifo(7)).
 *
 *     pipe2:  an inode without a name        file ---+
 *     open:   a FIFO of a file system        file ---+--> inode --> pipe, as long as somebody has it open
 */
#pragma once

#include "kernel/fs/file.h"

struct inode;

enum { PIPE_ATOMIC = 4096, PIPE_CAPACITY = 64 << 10, PIPE_CAPACITY_MAX = 1 << 20 };

/* What opening a FIFO gives, whatever file system it is in. Open waits until somebody opens the other end, unless it is
 * for both, or O_NONBLOCK (then -ENXIO to write where nobody reads). */
extern const struct file_ops fifo_file_ops;

/* Start-up. */
void pipe_init(void);

/* A new pipe, CO's: its ends, with one reference each, FLAGS of which O_NONBLOCK is kept. 0 or -ENOMEM. */
long pipe_new(const struct co *co, struct file **reader, struct file **writer, u32 flags);
/* The number in "pipe:[NUMBER]", if INODE is that of a pipe without a name; 0: it is not. */
u64 pipe_number(const struct inode *inode);

/* How many bytes the pipe that FILE is an end of can hold; -EBADF: FILE is no pipe. */
long pipe_capacity(struct file *file);
/* Make that at least BYTES: the capacity, rounded up to a power of two of pages. -EBADF; -EBUSY: more than that is in
 * it; -EPERM: more than PIPE_CAPACITY_MAX; -EINVAL: 0, or no number of bytes at all. */
long pipe_set_capacity(struct file *file, u64 bytes);
