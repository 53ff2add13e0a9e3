/* lock.h - spinlocks, held for a few instructions and never across an await.
 *
 * A hart that holds locks takes only locks of a higher rank, so no cycle of waiting harts can form; the order of the
 * ranks below is the order of locking. Test builds (CO_TORTURE) check ranks and remember holders; every build counts
 * the locks that a hart holds, and the executor asserts that the count is zero when a step ends.
 */
#pragma once

#include "kernel/hart/hart.h"
#include "lib/order.h"

enum lock_rank {
	RANK_POLLER,
	RANK_RING,
	RANK_UINTR,
	RANK_UINTR_FILES, /* who owns which guest interrupt file, and what leads there */
	RANK_PROCESS_TABLE,
	RANK_PROCESS,
	RANK_FILES,
	RANK_FUTEX,
	RANK_FILE, /* pipes, eventfds, ttys: what one file guards */
	RANK_POLL,
	RANK_SPACE,    /* an address space's areas and page tables */
	RANK_MAPPINGS, /* which areas map a file */
	RANK_INODE,
	RANK_CACHE, /* a page cache's index */
	RANK_PAGE_WAIT,
	RANK_DEVICE,
	RANK_MUTEX, /* co_mutex */
	RANK_WAIT,
	RANK_TIMER,
	RANK_REGISTRY,
	RANK_QUEUE, /* run queues */
	RANK_SLAB,
	RANK_PAGES,
	RANK_PRINT,
	RANK_COUNT
};

struct spinlock {
	u32 held;
	u16 rank;
	u16 holder;	       /* hart index + 1; test builds */
	const void *holder_pc; /* test builds */
};

#define SPINLOCK_INIT(rank_)    \
	{                       \
		.rank = (rank_) \
	}

static inline void spin_init(struct spinlock *lock, enum lock_rank rank)
{
	*lock = (struct spinlock){ .rank = (u16)rank };
}

#ifdef CO_TORTURE
void lock_check_acquire(struct spinlock *lock);
void lock_check_acquired(struct spinlock *lock, const void *pc);
void lock_check_release(struct spinlock *lock);
#else
static inline void lock_check_acquire(struct spinlock *lock)
{
	(void)lock;
}
static inline void lock_check_acquired(struct spinlock *lock, const void *pc)
{
	(void)lock, (void)pc;
}
static inline void lock_check_release(struct spinlock *lock)
{
	(void)lock;
}
#endif

static inline void spin_lock(struct spinlock *lock)
{
	lock_check_acquire(lock);
	/* Acquire: pairs with the release in spin_unlock of the holder before us, and keeps what is done under the lock
	 * behind the taking. What was done before may become visible later, even after the unlock of others: whoever
	 * needs store, lock, load in that order has a fence of his own. */
	while (unlikely(atomic_exchange_acquire(&lock->held, 1)))
		while (load_relaxed(&lock->held))
			cpu_relax();
	hart()->locks_held++;
	lock_check_acquired(lock, __builtin_return_address(0));
}

/* A second lock of the same rank, by a caller that takes such pairs in ascending order of address. */
void spin_lock_nested(struct spinlock *lock);

/* Take the lock if that is possible at once. */
static inline bool spin_try_lock(struct spinlock *lock)
{
	if (atomic_exchange_acquire(&lock->held, 1))
		return false;
	hart()->locks_held++;
	lock_check_acquired(lock, __builtin_return_address(0));
	return true;
}

static inline void spin_unlock(struct spinlock *lock)
{
	lock_check_release(lock);
	hart()->locks_held--;
	/* release: what we wrote under the lock is seen by the next holder */
	store_release(&lock->held, 0);
}
