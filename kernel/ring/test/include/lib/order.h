/* order.h - the names of lib/order.h for a test whose other side writes over a word as soon as it has been read.
 *
 * Found before the real page by `-iquote kernel/ring/test/include`.
 */
#pragma once

#include_next "lib/order.h"

enum seen_order { SEEN_RELAXED, SEEN_ACQUIRE, SEEN_RELEASE };

/* The value at AT; then the test's program writes there. */
u64 seen_load(const volatile void *at, size_t bytes, enum seen_order order);
void seen_store(volatile void *at, size_t bytes, u64 value, enum seen_order order);

#undef load_relaxed
#undef load_acquire
#undef store_relaxed
#undef store_release
#define load_relaxed(p)	    ((__typeof__(*(p)))seen_load((p), sizeof(*(p)), SEEN_RELAXED))
#define load_acquire(p)	    ((__typeof__(*(p)))seen_load((p), sizeof(*(p)), SEEN_ACQUIRE))
#define store_relaxed(p, v) seen_store((p), sizeof(*(p)), (u64)(v), SEEN_RELAXED)
#define store_release(p, v) seen_store((p), sizeof(*(p)), (u64)(v), SEEN_RELEASE)
