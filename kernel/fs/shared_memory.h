/* shared_memory.h - memory that several processes map: a file without a name. */
#pragma once

#include "kernel/fs/file.h"

/* Start-up, once there is memory: 0 or -ENOMEM. */
long shared_memory_init(void);

/* A file of BYTES zeroes that only its mappings and descriptors know, and /proc as NAME; referenced. NULL: no
 * memory. */
struct file *shared_memory_file(u64 bytes, const char *name);
