/* devfs.h - /dev: the devices that exist, as files. */
#pragma once

#include "kernel/fs/device.h"
#include "kernel/fs/inode.h"

/* Make the file system: 0 and *OUT; -ENOMEM. Never suspends. */
long devfs_mount(struct file_system **out);

extern const struct file_ops null_file_ops, zero_file_ops, full_file_ops, random_file_ops, verdict_file_ops,
	trace_file_ops;
