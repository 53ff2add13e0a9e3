/* descriptor.h - what a call works on: the file behind a descriptor, or the inode that a path or a descriptor names;
 * and how a long answer gets to the caller. */
#pragma once

#include "kernel/sys/path_arg.h"

/* The file behind FD of CO's process, referenced; NULL: there is none, or it was opened with O_PATH and only names a
 * file (-EBADF). */
struct file *descriptor_file(const struct co *co, s32 fd);

/* Beside the flags of path_arg_find: */
enum {
	TARGET_DESCRIPTOR = 1 << 17, /* FD itself is meant, there is no path */
	TARGET_NOT_PATH = 1 << 18,   /* with it: a descriptor opened with O_PATH will not do */
};

/* path_arg_find, which TARGET_DESCRIPTOR extends: arg->file is then FD's file, arg->at.inode its inode (NULL for an
 * anonymous file). Either way arg->text is a page that the caller may use from now on, and *ARG is given back with
 * path_arg_done, also after an error. May suspend. */
long target_find(struct co *caller, struct path_arg *arg, s32 fd, u64 address, u32 flags);

/* user_write for what may be long, up to a page, and which the caller keeps until the answer: no copy of it is made, so
 * none can be too large for the slab. 0 or -EFAULT, -ENOMEM, -EIO. May suspend. */
long deliver(struct co *caller, u64 address, const char *from, u64 bytes);
