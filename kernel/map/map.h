/* map.h - what may be where in an address space: its areas.
 *
 *     [ text r-x file | data rw- private file | heap rw- | ....... | mmap ... | stack rw- ]
 *       sorted in a red-black tree, never overlapping
 *
 * Contract: everything below takes space->lock and never waits while it holds it. What may wait (reading a file's page,
 * long loops) says so and lets go of the lock meanwhile; after that it looks at the areas again, since another thread
 * may have changed them.
 */
#pragma once

#include "kernel/space/space.h"

struct file;

enum area_flags {
	AREA_SHARED = 1 << 0,	  /* stores go to the file (or the shared anonymous memory) */
	AREA_GROWS_DOWN = 1 << 1, /* the stack */
	AREA_HEAP = 1 << 2,
	AREA_DYING = 1 << 3, /* being unmapped: nothing faults in any more */
	AREA_NO_FORK = 1 << 4,
	AREA_MOVING = 1 << 5,	  /* remap.c is taking its pages elsewhere or bringing them: nothing faults in now */
	AREA_LOCKED = 1 << 6,	  /* by mlock: counted against a limit (locked.c) */
	AREA_LOCK_LATER = 1 << 7, /* with it: its pages are not brought in before they are touched */
};
#define AREA_LOCK_BITS (AREA_LOCKED | AREA_LOCK_LATER)
#define AREA_AWAY      (AREA_DYING | AREA_MOVING)

struct area {
	struct rb_node node;
	u64 start, end; /* page-aligned, [start, end) */
	u32 prot, flags;
	struct file *file; /* referenced; NULL: anonymous */
	u64 offset;	   /* of start in the file */
	struct space *space;
	struct list mapping; /* in the file's page cache: cache->mappings, guarded by its map_lock */
};

/* A copy of FROM in *TO, one user: areas are copied, private pages shared until the first write. Suspends. -ENOMEM. */
long space_copy(struct co *caller, struct space *from, struct space **to);
/* Enter an area. ADDRESS 0: anywhere. Takes over the caller's reference on FILE when it succeeds. The address;
 * -ENOMEM: no room or too many areas; -EEXIST: something is there. Never waits. */
long space_map(struct space *space, u64 address, u64 bytes, u32 prot, u32 flags, struct file *file, u64 offset);
/* Take out everything in [ADDRESS, +BYTES). Suspends. 0 or -ENOMEM (a split needs an area). */
long space_unmap(struct co *caller, struct space *space, u64 address, u64 bytes);
/* mremap's request: [old, +old_bytes) becomes new_bytes long, elsewhere if it must and may. */
struct remap {
	u64 old, old_bytes, new_bytes;
	u64 to; /* if fixed: it goes there, and what is there goes away */
	bool may_move, fixed;
};
/* The address; -EFAULT: nothing is there, or more than one area, or a file that does not let itself be extended;
 * -ENOMEM: no room; -EINVAL: a second view of private memory (old_bytes is 0). The range is checked and page-aligned.
 * Suspends. */
long space_remap(struct co *caller, struct space *space, const struct remap *request);
/* Change protection. Suspends. 0, -ENOMEM (there is a hole), -EACCES (a shared file not open for writing). */
long space_protect(struct co *caller, struct space *space, u64 address, u64 bytes, u32 prot);
/* Forget the contents: the next touch finds zeroes or the file's bytes again (MADV_DONTNEED). Suspends. 0, or -ENOMEM
 * when there are holes in the range; what is mapped is forgotten all the same. */
long space_discard(struct co *caller, struct space *space, u64 address, u64 bytes);
/* Set the end of the heap: the new end, or the old one when that is impossible. Suspends. */
long space_brk(struct co *caller, struct space *space, u64 brk);

/* The area that holds ADDRESS, or the next one above it; NULL. Lock held. */
struct area *area_find(struct space *space, u64 address);
struct area *area_next(struct area *area);

enum populate {
	POPULATE_AS_MAPPED, /* for writing, if the memory is private and can be written */
	POPULATE_READ,
	POPULATE_WRITE,
};
/* Bring in all of [ADDRESS, +BYTES), as if it were touched. Suspends. 0; -ENOMEM: there is a hole, or no memory;
 * -EINVAL: the area does not allow it; what a fault may answer. (resident.c) */
long space_populate(struct co *caller, struct space *space, u64 address, u64 bytes, enum populate how);

/* The areas in [ADDRESS, +BYTES) get the bits HOW of AREA_LOCK_BITS: 0; -ENOMEM: a split needs an area, or there is a
 * hole; what lies before that is changed. Never waits. (locked.c) */
long space_lock(struct space *space, u64 address, u64 bytes, u32 how);
/* All new areas get the bits FUTURE from now on; those that are PRESENT, if wanted, get HOW. */
void space_lock_all(struct space *space, bool present, u32 how, u32 future);
/* How many bytes of [START, END) are locked. */
u64 space_locked(struct space *space, u64 start, u64 end);
/* Bring in what is locked and not LATER, as far as it can be. Suspends: 0. */
long space_populate_locked(struct co *caller, struct space *space);

/* COUNT bytes, a few hundred at most, into TO: 1 for each page from ADDRESS on that is in memory, else 0. 0 or -ENOMEM:
 * there is a hole. Never waits. */
long space_resident(struct space *space, u64 address, u8 *to, u32 count);
