/* step.h - operations on the ring itself, which run under its lock, a few in a row.
 *
 *     run_begin (lock) -> sqe -> ring_now, CQE in place -> sqe -> ring_now, CQE in place ... -> run_end (tail, unlock)
 *
 * A NOP, a timeout or a cancel takes fewer instructions than to take the lock twice for it: once for what it does to
 * the ring and once for its answer. Under the lock its answer needs no reserved entry and no copy either. A read or a
 * write works on other things, and for long; it runs between two runs, and its answer waits in a batch (batch.h).
 */
#pragma once

#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/ring/ring.h"

/* With the lock held so long that a completion from another hart waits a few microseconds at most. */
#ifdef CO_TORTURE
enum { RING_RUN = 3 };
#else
enum { RING_RUN = 16 };
#endif

#define NO_PAGE UINT64_MAX

/* What such an operation is given (struct operation: ring_now). It lives on the stack within a step. */
struct ring_step {
	struct ring *ring;
	struct process *process;    /* the running one, who submits */
	struct ring_pending *ended; /* a timeout that was cancelled; it completes behind the answer */
	u64 page;		    /* number of the user page that was read last; NO_PAGE: none */
	const char *page_at;	    /* where it lies */
};

static inline void ring_step_init(struct ring_step *step, struct ring *ring, struct process *process)
{
	step->ring = ring;
	step->process = process;
	step->page = NO_PAGE;
	step->ended = NULL;
}

/* --- arguments in user memory: batches mostly have theirs side by side, so a page is looked up once ---
 *
 * The translation lives until the end of the step, or until an operation that may change the mapping has run
 * (step->page is NO_PAGE again). */

/* Can ring_step_words read BYTES of words at ADDRESS? */
static inline bool ring_step_sees(const struct ring_step *step, u64 address, u64 bytes)
{
	return likely(address / PAGE_SIZE == step->page && address % sizeof(u64) == 0) &&
	       likely(address % PAGE_SIZE <= PAGE_SIZE - bytes);
}

/* Words in user memory that the step sees; read once, with load_relaxed. */
static inline const u64 *ring_step_words(const struct ring_step *step, u64 address)
{
	return (const u64 *)(step->page_at + address % PAGE_SIZE);
}

/* Look at the page of ADDRESS: can BYTES of words be read there? */
static inline bool ring_step_see(struct ring_step *step, u64 address, u64 bytes)
{
	const char *at = user_span(step->process->space, ALIGN_DOWN(address, PAGE_SIZE), PAGE_SIZE, false);

	step->page = at ? address / PAGE_SIZE : NO_PAGE;
	step->page_at = at;
	return ring_step_sees(step, address, bytes);
}
