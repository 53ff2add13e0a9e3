/* path_arg.h - path arguments of system calls: from a user pointer and a directory descriptor to an inode. */
#pragma once

#include "kernel/fs/path.h"

/* What belongs to one path argument while a call uses it; give it back with path_arg_done. */
struct path_arg {
	char *text;	       /* the path, kernel memory */
	struct inode *start;   /* where it starts, referenced */
	struct inode *root;    /* referenced */
	struct file *file;     /* of AT_EMPTY_PATH: the descriptor itself, referenced; inode is its inode */
	struct path_result at; /* what the walk found */
	bool walked;
};

enum { PATH_EMPTY_OK = 1 << 16 }; /* beside enum path_flags: an empty path means the descriptor itself */

/* Read the path at user ADDRESS and walk it from DIRECTORY (a descriptor or AT_FDCWD). 0, or a negative errno; either
 * way
 * *ARG is given back with path_arg_done. With PATH_EMPTY_OK and an empty path, arg->at.inode is the descriptor's
 * inode (NULL for an anonymous file). May suspend. */
long path_arg_find(struct co *caller, struct path_arg *arg, s32 directory, u64 address, u32 flags);
void path_arg_done(struct path_arg *arg);
