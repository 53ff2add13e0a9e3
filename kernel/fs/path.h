/* path.h - from a path to an inode.
 *
 *     /usr/../tmp/link/x     names are looked up one after the other, starting at root or start
 *          |   |    +--- a symbolic link: its text takes the place of its name
 *          |   +-- something is mounted here: go on at that file system's root
 *          +- out of a mounted root: go on in the directory it covers
 *
 * Contract: PATH is kernel memory, NUL-ended, and stays valid and unchanged while the walk is suspended; the caller
 * holds references on ROOT and START. '..' does not lead out of ROOT. The result's references belong to the caller, who
 * gives them back with path_done.
 */
#pragma once

#include "kernel/fs/inode.h"

enum path_flags {
	PATH_FOLLOW = 1 << 0,	 /* a symbolic link in the last place is followed too */
	PATH_PARENT = 1 << 1,	 /* do not look the last name up: unlink, mkdir, rename */
	PATH_CREATE = 1 << 2,	 /* it is no error that the last name does not exist: open with O_CREAT */
	PATH_DIRECTORY = 1 << 3, /* -ENOTDIR unless the result is a directory */
	PATH_PLACE = 1 << 4,	 /* the parent is wanted, too */
	/* What openat2's callers forbid: */
	PATH_NO_LINKS = 1 << 5,	 /* -ELOOP where a link would be followed */
	PATH_NO_MAGIC = 1 << 6,	 /* the same, only for links that know their target (/proc/self/fd/3) */
	PATH_NO_MOUNTS = 1 << 7, /* -EXDEV where another file system would be entered */
	PATH_BENEATH = 1 << 8,	 /* -EXDEV where the walk would leave ROOT, or start again at it */
	PATH_IN_ROOT = 1 << 9,	 /* ROOT is not the process' own: links that know their target are -EXDEV */
};

/* What the last component is. Only a plain name has a parent in the result. */
enum path_last { PATH_LAST_ROOT, PATH_LAST_NAME, PATH_LAST_DOT, PATH_LAST_DOT_DOT };

struct path_result {
	struct inode *inode;  /* what the path names; NULL: PATH_PARENT, or PATH_CREATE and it does not exist */
	struct inode *parent; /* with PATH_PARENT, PATH_CREATE and PATH_PLACE, if the last component is a plain name;
			       * with PATH_PLACE also the directory that a link of /proc says its target was found in */
	const char *name;     /* that name: not NUL-ended, valid until path_done */
	u32 length;
	enum path_last last;
	bool slash;	   /* slashes followed the last component: it must be a directory */
	struct page *text; /* where link texts lie; path_done frees it */
};

/* Walk PATH. May suspend. 0, or -ENOENT (also for the empty path), -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, or
 * what the file system says; then there is nothing to give back. */
long path_walk(struct co *caller, struct inode *root, struct inode *start, const char *path, u32 flags,
	       struct path_result *out);
void path_done(struct path_result *result);

/* The same for who only wants the inode: 0 and *INODE, referenced, or an error. */
long path_find(struct co *caller, struct inode *root, struct inode *start, const char *path, u32 flags,
	       struct inode **inode);
