/* lock.c - what test builds check about spinlocks: the order of ranks, and who holds what. */
#include "kernel/hart/lock.h"

void spin_lock_nested(struct spinlock *lock)
{
	while (atomic_exchange_acquire(&lock->held, 1))
		cpu_relax();
	hart()->locks_held++;
	lock_check_acquired(lock, __builtin_return_address(0));
}

#ifdef CO_TORTURE
#include "kernel/hart/panic.h"

/* Ranks of the locks that each hart holds, newest last. Only its own hart touches a row. */
static u16 held_ranks[MAX_HARTS][16];
static u32 held_count[MAX_HARTS];

void lock_check_acquire(struct spinlock *lock)
{
	u32 me = hart()->index, count = held_count[me];

	if (count && held_ranks[me][count - 1] >= lock->rank)
		panic("lock of rank %u taken while one of rank %u is held", lock->rank, held_ranks[me][count - 1]);
	if (load_relaxed(&lock->held) && lock->holder == me + 1)
		panic("lock of rank %u taken twice; first at %p", lock->rank, lock->holder_pc);
}

void lock_check_acquired(struct spinlock *lock, const void *pc)
{
	u32 me = hart()->index;

	lock->holder = (u16)(me + 1);
	lock->holder_pc = pc;
	ASSERT(held_count[me] < ARRAY_SIZE(held_ranks[me]));
	held_ranks[me][held_count[me]++] = lock->rank;
}

void lock_check_release(struct spinlock *lock)
{
	u32 me = hart()->index, i = held_count[me];

	if (lock->holder != me + 1)
		panic("lock of rank %u released by a hart that does not hold it", lock->rank);
	lock->holder = 0;
	/* nearly always the newest */
	while (i && held_ranks[me][i - 1] != lock->rank)
		i--;
	ASSERT(i);
	for (held_count[me]--; i <= held_count[me]; i++)
		held_ranks[me][i - 1] = held_ranks[me][i];
}
#endif
