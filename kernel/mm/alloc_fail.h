/* alloc_fail.h - fault injection: a chosen allocation fails.
 *
 * page_alloc and slab_alloc count, each for itself: a slab that needs a page is two allocations. Included by page.h.
 */
#pragma once

#include "lib/order.h"
#include "lib/types.h"

struct process;

/* Which allocations fail. */
struct alloc_fail_plan {
	u64 nth;			  /* from now on; 1: the next, 0: none */
	u64 then;			  /* and after that each so many; 0: no more */
	const struct process *of, *spare; /* those on behalf of `of` count; NULL: all processes' but those of `spare` */
};

/* "nth:5" (the 5th), "every:5" (the 5th, the 10th, ...), "from:5" (all but the first 4), "off": false if TEXT is
 * nothing of that. */
bool alloc_fail_parse(const char *text, struct alloc_fail_plan *plan);
/* Start PLAN in the place of the one that was running. With neither `of` nor `spare` every allocation counts, also
 * those that are nobody's. */
void alloc_fail_start(const struct alloc_fail_plan *plan);
/* The Nth allocation of all from now on fails. */
void alloc_fail_set(u64 nth);
/* PROCESS is going, and its memory may be another's soon: a plan for it catches nobody any more. */
void alloc_fail_forget(const struct process *process);

/* Allocations that must still be made until one fails, 0: none will; those that have failed since the start. */
u64 alloc_fail_remaining(void);
u64 alloc_fail_failures(void);

/* Start-up, by proc/: the process on whose behalf the hart works now; NULL: none. */
extern const struct process *(*alloc_fail_caller)(void);

/* For page_alloc and slab_alloc: is this the one that fails? */
bool alloc_fail_now(void);
/* Their hot paths ask only whether there is anything to count. */
extern u64 alloc_fail_left; /* atomic */
static inline bool alloc_fail_is_set(void)
{
	return unlikely(load_relaxed(&alloc_fail_left) != 0);
}
