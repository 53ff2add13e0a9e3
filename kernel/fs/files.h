/* files.h - file descriptors: from small numbers to open files.
 *
 * A table belongs to one or more processes (clone with CLONE_FILES) and is counted. Looking a descriptor up takes a
 * reference on the file, so a close on another hart never pulls it away.
 */
#pragma once

#include "kernel/fs/file.h"

enum { FILES_MAX = 1024 };

struct files;

/* An empty table; a copy of one, with references on its files. NULL: no memory. */
struct files *files_new(void);
struct files *files_copy(struct files *from);
void files_use(struct files *files);
/* Drop a use; the last one closes everything. Suspends: 0. */
long files_release(struct co *caller, struct files *files);
/* Drop a use of a table of which there is a copy: in one step, since it closes what the copy does not have alone. */
void files_leave(struct files *files);
/* Does another process use the table as well? */
bool files_are_shared(const struct files *files);
/* Close what exec closes. Suspends: 0. */
long files_close_on_exec(struct co *caller, struct files *files);

/* From now on descriptors from LIMIT on cannot be made; those there are stay. */
void files_set_limit(struct files *files, u32 limit);
u32 files_limit(const struct files *files);

/* The file behind FD, referenced; NULL: there is none. */
struct file *files_get(struct files *files, s32 fd);
/* The same, but NULL also for one that only names a file (O_PATH). */
struct file *files_get_open(struct files *files, s32 fd);
/* The lowest free descriptor from FROM on becomes FILE, whose reference it takes over. The descriptor; -EMFILE,
 * -ENOMEM: the reference is still the caller's. */
long files_add(struct files *files, struct file *file, bool close_on_exec, u32 from);
/* FD becomes FILE (dup3); what was there is handed back in *OLD. 0, -EBADF (also: the limit), -ENOMEM. */
long files_set(struct files *files, s32 fd, struct file *file, bool close_on_exec, struct file **old);
/* Take FD out: its file, with the table's reference; NULL: there is none. */
struct file *files_remove(struct files *files, s32 fd);
/* Take FD out if it is still FILE: true, and the table's reference is the caller's. */
bool files_remove_file(struct files *files, s32 fd, const struct file *file);
/* Close-on-exec: 0 or 1, or -EBADF. */
long files_get_flag(struct files *files, s32 fd);
long files_set_flag(struct files *files, s32 fd, bool close_on_exec);
/* The lowest open descriptor from FROM on, or -1. */
s32 files_next(struct files *files, s32 from);
