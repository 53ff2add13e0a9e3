/* inode.h - files as a file system knows them.
 *
 * An inode is one file, directory, symbolic link or device, once in memory however often it is open. It is found by
 * (file system, number) in the inode table, is reference-counted, and stays cached for a while after its last use when
 * its file system can bring it back (inode->ops->evict frees what the file system added).
 *
 * Contract: functions that may read the disk suspend. The caller of inode_ops holds a reference on every inode it
 * passes. Names are kernel memory, not NUL-ended, at most 255 bytes, never empty, and hold no '/'; only lookup is asked
 * for '..', and nothing for '.'.
 * Locks: inode->lock (spinlock) guards size, times, links and mode. `names` (an async mutex) of the directories is held
 * by who calls read_dir, create, symlink, link, unlink or rename; write and truncate of a regular file take it
 * themselves.
 */
#pragma once

#include "kernel/cache/page_cache.h"
#include "kernel/task/mutex.h"
#include "lib/co.h"
#include "lib/list.h"

struct file;
struct file_ops;
struct inode;
struct dir_sink;
struct pipe;

/* st_dev and st_rdev, as in Linux. */
static inline u32 device_make(u32 major, u32 minor)
{
	return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

enum { NAME_MAX_BYTES = 255, PATH_MAX_BYTES = 4096, LINK_DEPTH_MAX = 40 };

/* Type bits of mode, as in Linux's stat. */
enum {
	MODE_TYPE = 0170000,
	MODE_FIFO = 0010000,
	MODE_CHAR = 0020000,
	MODE_DIRECTORY = 0040000,
	MODE_BLOCK = 0060000,
	MODE_REGULAR = 0100000,
	MODE_LINK = 0120000,
	MODE_SOCKET = 0140000,
};

struct inode_time {
	s64 seconds;
	u32 nanoseconds;
};

/* All may be NULL where the type of inode does not have the operation; the caller answers -ENOTDIR, -EROFS or -EPERM.
 * All return 0 or a negative errno and may suspend unless said otherwise. */
struct inode_ops {
	/* Directories. *FOUND comes with a reference. -ENOENT when there is no such name. */
	long (*lookup)(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found);
	/* Feed entries from position *POSITION on into SINK until it is full, or the step has been long; advance
	 * *POSITION. The end is reached when SINK got nothing at all. */
	long (*read_dir)(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink);
	long (*create)(struct co *caller, struct inode *dir, const char *name, u32 length, u32 mode,
		       struct inode **made);
	long (*symlink)(struct co *caller, struct inode *dir, const char *name, u32 length, const char *target,
			u32 target_length);
	long (*link)(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode *target);
	long (*unlink)(struct co *caller, struct inode *dir, const char *name, u32 length, bool directory);
	long (*rename)(struct co *caller, struct inode *from_dir, const char *from, u32 from_length,
		       struct inode *to_dir, const char *to, u32 to_length, u32 flags);
	/* Symbolic links: the target into BUFFER (not NUL-ended); its length, at most BYTES. */
	long (*read_link)(struct co *caller, struct inode *link, char *buffer, u32 bytes);
	/* A link that leads to an inode and not along a path: *TARGET, not a link that is followed further, and *PLACE,
	 * the directory it was found in, or NULL; both referenced. Does not suspend. NULL: its text is walked. */
	long (*arrive)(const struct co *co, struct inode *link, struct inode **target, struct inode **place);
	/* What is in no directory any more, or never was: the name it had there, or is known by, into TEXT; its length,
	 * at most BYTES; 0: it is in one, or the name is forgotten. Does not suspend. */
	u32 (*last_name)(const struct inode *inode, char *text, u32 bytes);
	/* Regular files: set the length. */
	long (*truncate)(struct co *caller, struct inode *inode, u64 size);
	/* The last reference is gone: free what the file system added. Does not suspend. */
	void (*evict)(struct inode *inode);
};

struct file_system {
	const char *name;
	u32 device; /* st_dev */
	bool read_only;
	bool cached; /* inodes without users stay in memory for a while: they can be read again */
	struct inode *root;
	struct inode *covered; /* the directory it is mounted on; NULL for the root file system */
	void *data;
	u64 blocks, blocks_free, inodes, inodes_free; /* for statfs */
	u32 block_bytes, magic;
};

struct inode {
	struct list table; /* in the inode table's bucket */
	struct list idle;  /* cached without users */
	u32 refs;	   /* guarded by the inode table's lock at 0 <-> 1 */
	u32 mode;
	u64 number;
	struct file_system *fs;
	const struct inode_ops *ops;
	const struct file_ops *file_ops; /* what opening it gives */
	struct file_system *mounted;	 /* directories: what covers this one; set at start-up */
	struct spinlock lock;
	struct co_mutex names;
	u64 size;
	u64 blocks;		     /* of 512 bytes, for stat */
	u32 links, uid, gid, device; /* device: st_rdev */
	bool locked;		     /* a process has had a lock of it (file_lock.h); atomic */
	struct inode_time accessed, modified, changed;
	struct page_cache cache;
	struct pipe *pipe; /* a FIFO's while it is open; guarded by lock; see pipe_state.h */
	void *data;	   /* the file system's own */
};

/* A new inode that is not in the table yet, with one reference; NULL: no memory. */
struct inode *inode_alloc(struct file_system *fs, u64 number, u32 mode);
/* The inode if it is in memory, referenced; NULL otherwise. */
struct inode *inode_find(struct file_system *fs, u64 number);
/* Enter a new inode. If another task was faster, INODE is freed and the other one returned, referenced. */
struct inode *inode_enter(struct inode *inode);
void inode_get(struct inode *inode);
/* Drop a reference; an inode without links, or of a file system that cannot bring it back, goes at once. */
void inode_put(struct inode *inode);
/* Free up to WANTED idle inodes with their pages; how many there were. The caller holds no lock. */
u32 inode_shrink(u32 wanted);
/* FS is going: free its idle inodes. */
void inode_forget_all(const struct file_system *fs);

/* Nanoseconds of the real-time clock, for time stamps; the machine's own clock until start-up puts a better one here.
 * */
extern u64 (*inode_clock)(void);
/* Set the time of the last change, and of the contents if CONTENTS. */
void inode_touch(struct inode *inode, bool contents);

static inline bool inode_is(const struct inode *inode, u32 type)
{
	return (inode->mode & MODE_TYPE) == type;
}

/* Where read_dir puts entries: false when there is no room for this one (it is then offered again next time).
 * NEXT: the position after this entry. TYPE: a d_type (4 directory, 8 regular, 10 link, 2 char, 0 unknown). */
struct dir_sink {
	bool (*put)(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next);
};
