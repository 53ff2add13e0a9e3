/* space.h - address spaces: page tables, and who uses them.
 *
 *     table   Sv39, 4 KiB root; lower half the process', upper half the kernel's
 *     areas   what may be where: kernel/map, which is also asked to end them and to make a page present
 *
 * Contract: space->lock, a spinlock, guards what is below it in the struct; nobody waits while he holds it.
 * Invariant: a valid PTE lies inside an area that allows at least that access; a page mapped by a PTE has a reference
 * for it.
 */
#pragma once

#include "kernel/mm/page.h"
#include "kernel/task/mutex.h"
#include "lib/co.h"
#include "lib/rbtree.h"

struct page_cache;
struct space_windows;

/* User addresses: [USER_MIN, USER_MAX). The first pages stay empty, so that a null pointer faults. Above them, up to
 * where the table's lower half ends, is room for pages that are no memory: interrupt files of other threads
 * (kernel/uintr/window.c). No area reaches there, and the kernel copies nothing there. */
#define USER_MIN 0x1000ul
#define USER_END (1ul << 38)
#define USER_MAX (USER_END - (2ul << 20))
#define MAP_TOP	 (USER_MAX - (1ul << 30)) /* mappings grow down from here; the stack is above */

/* What an access needs and an area allows, as in mmap. */
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };

struct space {
	u32 refs;	      /* atomic: users, and the harts whose satp points here */
	u32 users;	      /* atomic: threads and pending operations; at 0 the contents go */
	u32 active;	      /* atomic bit mask: harts whose TLB may hold entries */
	u32 code_stale;	      /* atomic bit mask: harts that need a fence.i before they run user code here */
	struct spinlock lock; /* guards all below */
	struct rb_tree areas; /* of struct area (kernel/map/map.h) */
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

/* In space/ alone: drop a reference on the struct and its root table. */
void space_put_ref(struct space *space);

/* --- answered by kernel/map, which knows files --- */

/* A fault at ADDRESS wanting PROT_READ, PROT_WRITE or PROT_EXEC. May suspend. 0, or SPACE_FAULT_MAJOR: the page had to
 * be read from a device; -EFAULT: nothing is there; -EACCES: the area does not allow it; -ENXIO: behind the end of a
 * mapped file; -EIO; -ENOMEM. */
enum { SPACE_FAULT_MAJOR = 1 };
long space_fault(struct co *caller, struct space *space, u64 address, u32 access);
/* The pages of CACHE from number FIRST on leave all address spaces that map them; a touch faults again. Truncate
 * calls it after the file's length has changed. Suspends: 0. */
long space_unmap_cache(struct co *caller, struct page_cache *cache, u64 first);
/* Take out a batch of what SPACE holds, which nobody uses any more; *AT starts as 0. False: it is empty. */
bool space_clear(struct space *space, u64 *at);
