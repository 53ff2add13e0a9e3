/* file_page.h - reading, writing and mapping files whose bytes lie in a page cache.
 *
 * For file_ops of regular files: what a file system adds is the cache's fill.
 */
#pragma once

#include "kernel/fs/file.h"

/* Read at AT, up to the end of the file. May suspend. Bytes read; 0 at the end; -EFAULT, -EIO, -EUCLEAN, -ENOMEM when
 * nothing was read. */
long page_file_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at);

/* The same, of pages that are in memory, into pages that are mapped; else OP_NOT_NOW. Never suspends. */
long page_file_read_now(struct file *file, struct space *space, u64 address, u64 bytes, u64 at);

/* Write at AT, or at the end with O_APPEND, for files whose pages are kept in memory. The file grows. Suspends. Bytes
 * written; -EFAULT, -ENOSPC, -EFBIG when nothing was written. */
long page_file_write(struct co *caller, struct file *file, struct user_buffer *from, u64 at);

/* 0 and *PAGE, referenced; -ENXIO past the end; -EIO, -EUCLEAN, -ENOMEM. May suspend. */
/* For file systems whose pages stay in memory. */
long page_file_allocate(struct co *caller, struct file *file, u64 at, u64 bytes, bool keep_size);
long page_file_map(struct co *caller, struct file *file, u64 index, struct page **page);
