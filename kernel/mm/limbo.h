/* limbo.h - pages that are free but may still be looked at.
 *
 * The kernel reads user page tables without a lock: a translation holds until the end of the step that made it. So a
 * page that leaves a user address space (and a page of the table itself) is not reused before every hart has passed
 * between two steps. No hart waits for that: the pages lie in limbo meanwhile.
 *
 *     epoch   1          2          3
 *     hart 0  ..free A...|...step...|.......      A was freed in epoch 1
 *     hart 1  ...step....|..........|.......      every hart has seen epoch 2: A may be reused
 *
 * A hart in wfi has no step, so it counts as passed. A hart in user mode does not: it passes when it comes back, at the
 * end of its time slice at the latest. That is what makes a system call free of charge here.
 *
 * TLBs are another matter: whoever frees a page has made sure before that no TLB holds it (mm/tlb).
 */
#pragma once

#include "kernel/mm/page.h"

/* Drop one reference that a user page table (or the table itself) held; if it was the last, the page goes to limbo
 * instead of to the allocator. Else the page remembers (PAGE_UNMAPPED), and the last page_put sends it here. Never
 * fails. */
void limbo_put(struct page *page);
/* For page_put: PAGE has no reference any more. */
void limbo_add(struct page *page);

/* This hart holds no translation: in the event loop between two steps, and after each return from user mode. Also
 * reuses what is ripe. While nothing is in limbo there is nothing to pass. */
extern u64 limbo_pages; /* atomic */
void limbo_pass_slow(void);
static inline void limbo_pass(void)
{
	if (unlikely(load_relaxed(&limbo_pages) != 0))
		limbo_pass_slow();
}

/* This hart goes to sleep (true), or comes back (false), also for the first time. While away it counts as passed: its
 * limbo_seen is LIMBO_AWAY, as that of a hart that has not started. */
#define LIMBO_AWAY UINT64_MAX
void limbo_away(bool away);

/* Give up to WANTED pages that are ripe back to the allocator, in the middle of a step: how many. */
u64 limbo_reuse(u64 wanted);

/* Pages that came out of limbo since the machine started. */
u64 limbo_reused(void);

/* Pages in limbo, over all harts. */
static inline u64 limbo_count(void)
{
	return load_relaxed(&limbo_pages);
}
