/* lock.h - spinlocks for the interleaving explorer: taking one is a single step, possible only while it is free.
 *
 * That keeps the number of schedules small, and it is sound: explore_lock.c shows for the real spinlock that it
 * excludes and orders as this one does. Found by `-iquote kernel/task/test/explore/lock`.
 */
#pragma once

#include "lib/order.h"

#define spin_lock	 spin_lock_real
#define spin_lock_nested spin_lock_nested_real
#define spin_try_lock	 spin_try_lock_real
#define spin_unlock	 spin_unlock_real
#include_next "kernel/hart/lock.h"
#undef spin_lock
#undef spin_lock_nested
#undef spin_try_lock
#undef spin_unlock

#define spin_lock(lock)                                                                \
	do {                                                                           \
		u32 *held_ = &(lock)->held;                                            \
		model_lock(held_, MODEL_SITE(__func__, "lock " #lock, ORDER_ACQUIRE)); \
		hart()->locks_held++;                                                  \
	} while (0)

#define spin_lock_nested spin_lock

#define spin_try_lock(lock)                                                                              \
	({                                                                                               \
		u32 *held_ = &(lock)->held;                                                              \
		bool taken_ = model_try_lock(held_, MODEL_SITE(__func__, "lock " #lock, ORDER_ACQUIRE)); \
		hart()->locks_held += taken_;                                                            \
		taken_;                                                                                  \
	})

#define spin_unlock(lock)                                                                  \
	do {                                                                               \
		u32 *held_ = &(lock)->held;                                                \
		hart()->locks_held--;                                                      \
		model_unlock(held_, MODEL_SITE(__func__, "unlock " #lock, ORDER_RELEASE)); \
	} while (0)
