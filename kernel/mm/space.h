/* space.h - address spaces: areas (what may be where) and page tables (what is there now).
 *
 *     areas   [ text r-x file | data rw- private file | heap rw- | ....... | mmap ... | stack rw- ]
 *               sorted in a red-black tree, never overlapping
 *     table   Sv39, 4 KiB root; lower half the process', upper half the kernel's
 *
 * Contract: everything below takes space->lock, a spinlock, and never waits while it holds it. What may wait (reading a
 * file's page, long loops) says so and lets go of the lock meanwhile; after that it looks at the areas again, since
 * another thread may have changed them.
 * Invariant: a valid PTE lies inside an area that allows at least that access; a page mapped by a PTE has a reference
 * for it.
 */
#pragma once

#include "kernel/mm/page.h"
#include "kernel/task/mutex.h"
#include "lib/co.h"
#include "lib/rbtree.h"

struct file;
struct page_cache;
struct space_windows;

/* User addresses: [USER_MIN, USER_MAX). The first pages stay empty, so that a null pointer faults. Above them, up to
 * where the table's lower half ends, is room for pages that are no memory: interrupt files of other threads
 * (kernel/uintr/window.c). No area reaches there, and the kernel copies nothing there. */
#define USER_MIN 0x1000ul
#define USER_END (1ul << 38)
#define USER_MAX (USER_END - (2ul << 20))

/* prot of an area, as in mmap. */
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };

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

struct space {
	u32 refs;	      /* atomic: users, and the harts whose satp points here */
	u32 users;	      /* atomic: threads and pending operations; at 0 the contents go */
	u32 active;	      /* atomic bit mask: harts whose TLB may hold entries */
	u32 code_stale;	      /* atomic bit mask: harts that need a fence.i before they run user code here */
	struct spinlock lock; /* guards all below */
	struct rb_tree areas;
	u64 *root;
	u64 *guest_root; /* for threads in VS-mode, see pagetable.h; NULL: there has been none */
	u64 satp;
	u64 brk_start, brk;
	u64 map_hint; /* below here the next mapping is tried first */
	u64 stack_limit;
	u32 lock_future; /* AREA_LOCK_BITS of areas that are made from now on */
	u64 pages;	 /* mapped user pages */
	u64 tables;	 /* page table pages */
	u32 area_count;
	u32 barriers;		       /* commands that membarrier was told to expect; atomic */
	struct co_mutex moving;	       /* for who moves pages (remap.c), or must not see them half moved (fork) */
	u32 copies;		       /* copy-on-write copies made, for /proc */
	struct space_windows *windows; /* guarded by uintr/'s own lock; NULL: none */
	struct page *share_page;       /* share_page.h; NULL: none of its threads has asked */
	u64 share_taken;	       /* its parts that have a thread */
};

/* Start-up, by uintr/: a space whose contents go lets go of its windows; a new one gets those of the space it is a copy
 * of: 0 or -ENOMEM. Both are called only if there are windows. */
extern void (*space_windows_end)(struct space *space);
extern long (*space_windows_copy)(struct space *from, struct space *to);

/* An empty space with one user; NULL: no memory. */
struct space *space_new(void);
/* A copy of FROM in *TO, one user: areas are copied, private pages shared until the first write. Suspends. -ENOMEM. */
long space_copy(struct co *caller, struct space *from, struct space **to);
void space_use(struct space *space);
/* Drop a user; the last one frees areas and pages. Suspends (long loops yield): 0. */
long space_release(struct co *caller, struct space *space);
/* Make SPACE the one this hart translates user addresses with (before user_enter). */
void space_switch(struct space *space);
static inline void space_activate(struct space *space)
{
	if (unlikely(hart()->space != space))
		space_switch(space);
}
/* This hart lets go of whatever space it had. */
void space_deactivate(void);
/* executor_before_sleep: let go of a space that has ended. */
void space_before_sleep(void);

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
/* The pages of CACHE from number FIRST on leave all address spaces that map them; a touch faults again. Truncate
 * calls it after the file's length has changed. Suspends: 0. */
long space_unmap_cache(struct co *caller, struct page_cache *cache, u64 first);
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

/* A fault at ADDRESS wanting PROT_READ, PROT_WRITE or PROT_EXEC. May suspend. 0, or SPACE_FAULT_MAJOR: the page had to
 * be read from a device; -EFAULT: nothing is there; -EACCES: the area does not allow it; -ENXIO: behind the end of a
 * mapped file; -EIO; -ENOMEM. */
enum { SPACE_FAULT_MAJOR = 1 };
long space_fault(struct co *caller, struct space *space, u64 address, u32 access);
