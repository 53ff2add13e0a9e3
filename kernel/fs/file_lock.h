/* file_lock.h - advisory locks: of whole files (flock), and of bytes of them (fcntl).
 *
 *     kind          owner                     goes when
 *     LOCK_WHOLE    the open file             its last reference goes
 *     LOCK_RECORD   a table of descriptors    any descriptor of that table for that inode is closed
 *     LOCK_OPEN     the open file             its last reference goes
 *
 * Locks of records and of open files exclude each other, those of whole files only each other. Nobody is stopped from
 * reading or writing by any of them.
 */
#pragma once

#include "lib/co.h"
#include "lib/list.h"
#include "lib/types.h"

struct file;
struct files;
struct inode;

enum lock_kind { LOCK_WHOLE, LOCK_RECORD, LOCK_OPEN };
enum lock_mode { LOCK_READ, LOCK_WRITE, LOCK_NONE };

/* A lock, or what is asked for: bytes [start, last] of FILE. */
struct file_lock {
	struct list link;
	const struct inode *inode; /* which the owner's file keeps alive */
	const void *owner;
	u64 start, last;
	u32 pid;
	u8 kind, mode; /* enum lock_kind, enum lock_mode */
};

/* What KIND's locks of FILE, made by a process with TABLE, belong to. */
static inline const void *lock_owner(struct file *file, const struct files *table, enum lock_kind kind)
{
	return kind == LOCK_RECORD ? (const void *)table : file;
}

/* Set what WANTED says, or with LOCK_NONE give that range free. WAIT: until nobody else has any of it. 0, -EAGAIN,
 * -EINTR, -ENOLCK (no memory; giving all free needs none). FILE's inode is locked; the caller holds a reference.
 * Suspends. */
long file_lock_set(struct co *caller, struct file *file, const struct file_lock *wanted, bool wait);
/* Who stands in the way of *LOCK? It becomes that lock, or its mode LOCK_NONE. */
void file_lock_test(struct file_lock *lock);

/* Start-up. */
void file_lock_init(void);

/* FILE is going; a descriptor of TABLE for it has been closed. Cheap where nothing was ever locked. */
void file_lock_file_ends(struct file *file);
void file_lock_closed(const struct files *table, struct file *file);
