/* model.h - a machine of a few harts, whose memory is as weak as the C11 memory model allows.
 *
 * Every store goes into its hart's store buffer, in which stores to different addresses may overtake each other; it is
 * seen by another hart early, late, or when an ordering forces it. The model keeps that the other way round: for each
 * location the list of the values it has had, and for each hart the oldest of them that it may still read.
 *
 *     location   head:   [0] NULL   [1] node A   [2] node B          values, in the order of the stores
 *                           ^                       ^
 *     view of    hart 1: 0 -+        hart 0: 2 -----+                hart 1 may read NULL, A or B: hart 0's store of B
 *                                                                    may still be in its store buffer
 *
 *     store_release   sends the hart's view along; load_acquire that reads it joins that view to its own
 *     fence_full      joins the hart's view with one view that all full fences share
 *     atomic_*        reads the newest value, always; what it orders is said by its acquire and release alone
 *
 * A RISC-V store-conditional with .rl may be passed by a later load: so an atomic operation is not a fence here,
 * either.
 *
 * Not modelled: a load that is made before an earlier load or store of its own hart (load buffering); and two stores of
 * one hart that reach memory in the other order, where each then meets another hart's store to the same place (2+2W).
 * No protocol of Chime relies on their absence.
 *
 * A step is one access. Plain accesses are no steps: they must not race, and race.c checks that with the same views.
 * Outside a schedule (setup, check) the accesses are ordinary.
 */
#pragma once

#include "lib/types.h"

enum { MODEL_HARTS = 4 };

/* Not seen by -fsanitize=thread, which tells race.c about the plain accesses of everybody else. */
#define MODEL_OWN __attribute__((no_sanitize("thread")))

/* What an access promises. ORDER_ATOMIC: nothing comes between its load and its store. */
enum { ORDER_ACQUIRE = 1, ORDER_RELEASE = 2, ORDER_ACQ_REL = 3, ORDER_ATOMIC = 4, ORDER_FENCE = 8 };

enum rmw { RMW_ADD, RMW_SUB, RMW_OR, RMW_AND, RMW_EXCHANGE, RMW_CAS };

/* One place of the source that makes a step. */
struct site {
	const char *file, *function, *what;
	u32 line, order;
};

#define MODEL_SITE(function_, what_, order_)                                                       \
	({                                                                                         \
		static const struct site site_ = { __FILE__, function_, what_, __LINE__, order_ }; \
		&site_;                                                                            \
	})

/* The meaning of lib/order.h's names. */
u64 model_load(const volatile void *p, u32 bytes, const struct site *site);
void model_store(volatile void *p, u32 bytes, u64 value, const struct site *site);
u64 model_rmw(volatile void *p, u32 bytes, enum rmw rmw, u64 operand, const struct site *site);
bool model_cas(volatile void *p, u32 bytes, u64 *expected, u64 desired, const struct site *site);
void model_fence(const struct site *site);
/* Until the location that the hart read last has a value that is newer than the one it read. */
void model_relax(const struct site *site);

/* A lock as one step; u32, 0: free. */
void model_lock(u32 *held, const struct site *site);
bool model_try_lock(u32 *held, const struct site *site);
void model_unlock(u32 *held, const struct site *site);

/* Wait until *P is not 0, and take it: 0 again (KEEP: leave it). A hart that waits here is idle, and a schedule in
 * which every hart is idle or done has ended well. For wfi (no ordering comes with it), and for stand-ins of queues
 * (acquire). */
u64 model_await(volatile void *p, u32 bytes, bool keep, const struct site *site);
#define MODEL_AWAIT(p)	    model_await((p), sizeof(*(p)), false, MODEL_SITE(__func__, #p, ORDER_ATOMIC))
#define MODEL_AWAIT_KEEP(p) model_await((p), sizeof(*(p)), true, MODEL_SITE(__func__, #p, 0))
#define MODEL_AWAIT_ACQUIRE(p) \
	model_await((p), sizeof(*(p)), false, MODEL_SITE(__func__, #p, ORDER_ATOMIC | ORDER_ACQUIRE))

/* The schedule is a failing one. */
void model_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For the check at the end of a schedule. */
#define MODEL_CHECK(condition, text)                            \
	do {                                                    \
		if (!(condition))                               \
			model_fail("%s: %s", text, #condition); \
	} while (0)
