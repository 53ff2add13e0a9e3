/* order.h - every atomic access and every fence of Chime.
 *
 * Nothing else in the tree uses __atomic, __sync or a fence instruction, so this page is the whole memory model:
 *
 *     writer                          reader
 *     data = ...;                     if (load_acquire(&ready))
 *     store_release(&ready, 1);               ... = data;         sees the writer's data
 *
 *     store_relaxed(&mine, 1);        store_relaxed(&theirs, 1);
 *     fence_full();                   fence_full();
 *     load_relaxed(&theirs);          load_relaxed(&mine);        at least one of the two sees a 1
 *
 * The second pattern (store, full fence, load) stands behind every "announce that I sleep, then look once more". The
 * interleaving explorer compiles the protocols against a page of the same names whose stores pass through a modelled
 * store buffer (test/explore/order.h beside the task folder): a fence that is missing there is found there.
 *
 * Each use says in a comment which access it pairs with.
 */
#pragma once

#include "lib/types.h"

#if defined(__riscv)
/* Plain accesses and the fences of the memory model's mapping table (RISC-V Unprivileged, "Code Porting and Mapping
 * Guidelines"): compilers of our time make a store of an atomic swap. */
#define load_relaxed(p) (*(const volatile __typeof__(*(p)) *)(p))
#define load_acquire(p)                                  \
	({                                               \
		__auto_type value_ = load_relaxed(p);    \
		__atomic_thread_fence(__ATOMIC_ACQUIRE); \
		value_;                                  \
	})
#define store_relaxed(p, v) ((void)(*(volatile __typeof__(*(p)) *)(p) = (v)))
#define store_release(p, v)                              \
	do {                                             \
		__atomic_thread_fence(__ATOMIC_RELEASE); \
		store_relaxed(p, v);                     \
	} while (0)
#else
#define load_relaxed(p)	    __atomic_load_n((p), __ATOMIC_RELAXED)
#define load_acquire(p)	    __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#endif

/* Each returns the value from before. */
#define atomic_add(p, v)      __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define atomic_sub(p, v)      __atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL)
#define atomic_or(p, v)	      __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)
#define atomic_and(p, v)      __atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL)
#define atomic_exchange(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)

/* For locks: later accesses stay behind it, earlier ones may come later than it. */
#define atomic_exchange_acquire(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)

/* Counters that order nothing. */
#define atomic_add_relaxed(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)

/* Replace *P by DESIRED if it is *EXPECTED: true. Otherwise false, and *EXPECTED is what stood there. */
#define atomic_cas(p, expected, desired) \
	__atomic_compare_exchange_n((p), (expected), (desired), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

/* Earlier loads and stores before later loads and stores, also store before load. */
#define fence_full() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* A device reads our memory: earlier stores before later stores, RAM and device registers alike. */
#define fence_to_device() fence_io()
/* A device wrote our memory: earlier loads (RAM and registers) before later loads. */
#define fence_from_device() fence_io()

#if defined(__riscv)
#define fence_io() __asm__ volatile("fence iorw, iorw" ::: "memory")
/* Instructions were written as data: this hart's fetches see them from here on. */
#define fence_code() __asm__ volatile("fence.i" ::: "memory")
#define cpu_relax()  __asm__ volatile(".4byte 0x0100000f" ::: "memory") /* pause (Zihintpause): a hint elsewhere */
#else
#define fence_io()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define cpu_relax() __asm__ volatile("" ::: "memory")
#endif
