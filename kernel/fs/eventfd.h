/* eventfd.h - a counter as a file: writes add, reads take, and a wait ends when there is something (Linux
 * eventfd(2)). */
#pragma once

#include "kernel/fs/file.h"

enum { EVENTFD_SEMAPHORE = 1 };

/* A new eventfd with one reference; NULL: no memory. */
struct file *eventfd_new(u64 count, bool semaphore, u32 flags);

/* Add N, as a completion does: never waits; at the greatest value it stays there. For any file
 * that can be signalled. */
static inline void file_signal(struct file *file, u64 n)
{
	file->ops->signal(file, n);
}
