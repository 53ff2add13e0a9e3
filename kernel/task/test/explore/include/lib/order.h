/* order.h - the names of lib/order.h, for the interleaving explorer: each access is a step of a modelled machine.
 *
 * Found before the real page by `-iquote kernel/task/test/explore/include`, so the very sources of the kernel are
 * compiled against it. What the machine makes of each access: kernel/task/test/explore/model.h.
 */
#pragma once

#include "kernel/task/test/explore/model.h"

/* The value without the qualifiers of *P. */
#define MODEL_TYPE(p) __typeof__(((void)0, *(p)))

#define MODEL_LOAD(p, order) ((MODEL_TYPE(p))model_load((p), sizeof(*(p)), MODEL_SITE(__func__, #p, order)))
#define load_relaxed(p)	     MODEL_LOAD(p, 0)
#define load_acquire(p)	     MODEL_LOAD(p, ORDER_ACQUIRE)

#define MODEL_STORE(p, v, order) model_store((p), sizeof(*(p)), (u64)(v), MODEL_SITE(__func__, #p, order))
#define store_relaxed(p, v)	 MODEL_STORE(p, v, 0)
#define store_release(p, v)	 MODEL_STORE(p, v, ORDER_RELEASE)

#define MODEL_RMW(p, rmw, v, order)                                                                      \
	({                                                                                               \
		u64 old_ = model_rmw((p), sizeof(*(p)), rmw, (u64)(v), MODEL_SITE(__func__, #p, order)); \
		(MODEL_TYPE(p)) old_;                                                                    \
	})
#define atomic_add(p, v)	 MODEL_RMW(p, RMW_ADD, v, ORDER_ACQ_REL | ORDER_ATOMIC)
#define atomic_sub(p, v)	 MODEL_RMW(p, RMW_SUB, v, ORDER_ACQ_REL | ORDER_ATOMIC)
#define atomic_or(p, v)		 MODEL_RMW(p, RMW_OR, v, ORDER_ACQ_REL | ORDER_ATOMIC)
#define atomic_and(p, v)	 MODEL_RMW(p, RMW_AND, v, ORDER_ACQ_REL | ORDER_ATOMIC)
#define atomic_exchange(p, v)	 MODEL_RMW(p, RMW_EXCHANGE, v, ORDER_ACQ_REL | ORDER_ATOMIC)
#define atomic_add_relaxed(p, v) MODEL_RMW(p, RMW_ADD, v, ORDER_ATOMIC)

#define atomic_exchange_acquire(p, v) MODEL_RMW(p, RMW_EXCHANGE, v, ORDER_ACQUIRE | ORDER_ATOMIC)

#define atomic_cas(p, expected, desired)                                                        \
	({                                                                                      \
		u64 expected_ = (u64) * (expected);                                             \
		bool done_ = model_cas((p), sizeof(*(p)), &expected_, (u64)(desired),           \
				       MODEL_SITE(__func__, #p, ORDER_ACQ_REL | ORDER_ATOMIC)); \
		if (!done_)                                                                     \
			*(expected) = (MODEL_TYPE(expected))expected_;                          \
		done_;                                                                          \
	})

#define fence_full()	    model_fence(MODEL_SITE(__func__, "everything", ORDER_FENCE))
#define fence_to_device()   fence_full()
#define fence_from_device() fence_full()
#define fence_io()	    fence_full()
#define cpu_relax()	    model_relax(MODEL_SITE(__func__, "a newer value", 0))
