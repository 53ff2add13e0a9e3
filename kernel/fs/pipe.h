/* pipe.h - bytes from whoever writes at one end to whoever reads at the other (Linux pipe(7)). */
#pragma once

#include "kernel/fs/file.h"

enum { PIPE_ATOMIC = 4096, PIPE_CAPACITY = 64 << 10, PIPE_CAPACITY_MAX = 1 << 20 };

/* A new pipe: its ends, with one reference each, FLAGS of which O_NONBLOCK is kept. 0 or -ENOMEM. */
long pipe_new(struct file **reader, struct file **writer, u32 flags);

/* How many bytes the pipe that FILE is an end of can hold; -EBADF: FILE is no pipe. */
long pipe_capacity(struct file *file);
/* Make that at least BYTES: the capacity, rounded up to a power of two of pages. -EBADF; -EBUSY: more than that is in
 * it; -EPERM: more than PIPE_CAPACITY_MAX; -EINVAL: 0, or no number of bytes at all. */
long pipe_set_capacity(struct file *file, u64 bytes);
