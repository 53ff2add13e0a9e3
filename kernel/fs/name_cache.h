/* name_cache.h - (directory, name) -> inode number, for directories that are slow to search.
 *
 * A small table of answers, no tree: it holds numbers, not references, so it keeps nothing alive. The file system calls
 * name_cache_find before it searches a directory and enters what it found.
 *
 * Contract: whoever makes, removes or renames an entry calls name_cache_forget under the directory's `names` mutex, and
 * a file system that can be written enters under it too, so that no stale answer comes back. Nothing here suspends.
 */
#pragma once

#include "lib/types.h"

struct file_system;
struct inode;

/* The inode number of NAME in DIR, if it is remembered; 0 otherwise. */
u64 name_cache_find(const struct inode *dir, const char *name, u32 length);
void name_cache_enter(const struct inode *dir, const char *name, u32 length, u64 number);
void name_cache_forget(const struct inode *dir, const char *name, u32 length);
/* FS is going. */
void name_cache_forget_all(const struct file_system *fs);
