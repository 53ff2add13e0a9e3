/* limbo.c - epochs: when has every hart passed between two steps?
 *
 *     limbo_put --> open, one per hart
 *                     |  its hart passes
 *                     v
 *                   next     freed while a batch was waiting
 *                     |  the batch before it is ripe: a new epoch begins, `target`
 *                     v
 *                   waiting  until the limbo_seen of each hart is `target` or more
 *                     |
 *                     v
 *                   ripe --> the allocator, a bounded number at each pass
 *
 * From `next` on the batches belong to all, so a hart may fall asleep: another one finishes its work.
 *
 * Why a page in `ripe` is seen by nobody. Let F be the hart that cleared the page's entry in a table, C the one that
 * checks, H any other that reads tables. F's clearing happens before the new epoch is published (same hart, or lock).
 *  - H passed: it read the new epoch (acquire, pairs with the release), so its later walks find the entry cleared;
 *    it published limbo_seen after its earlier walks and copies (release, pairs with C's acquire), so these are over.
 *  - H was away: its earlier copies are over for the same reason. It may be coming back at this moment:
 *
 *        H: store limbo_seen = epoch          C: (entry cleared, epoch published)
 *           fence_full                           fence_full
 *           load the entry                       load limbo_seen
 *
 *    If C still reads AWAY, the full fences make H's load find the entry cleared. If C reads an epoch, H is no more
 *    away, and the first case holds once that epoch is `target` or more.
 * A hart that was counted as passed need not be looked at again: it can only return with a newer epoch.
 */
#include "kernel/mm/limbo.h"

#include "kernel/hart/panic.h"
#include "kernel/hart/lock.h"

enum { REUSE_AT_ONCE = 128 };

/* Pages linked by `owner`. */
struct chain {
	struct page *first, *last;
};

u64 limbo_pages;   /* in all chains; atomic */
static u64 reused; /* atomic */
static u64 epoch;  /* atomic; changed with the lock held */

static struct chain open[MAX_HARTS]; /* each belongs to its hart */

static struct spinlock lock = SPINLOCK_INIT(RANK_PAGES); /* guards all below */
static struct chain next, waiting, ripe;
static u64 target; /* the epoch that ends the wait of `waiting` */
static u32 passed; /* harts 0 .. passed-1 have passed `target` */

static void chain_move(struct chain *to, struct chain *from)
{
	if (!from->first)
		return;
	from->last->owner = to->first;
	if (!to->first)
		to->last = from->last;
	to->first = from->first;
	*from = (struct chain){ NULL, NULL };
}

void limbo_add(struct page *page)
{
	struct chain one = { page, page };

	chain_move(&open[hart()->index], &one);
	atomic_add_relaxed(&limbo_pages, 1ul);
}

void limbo_put(struct page *page)
{
	/* Relaxed: what others did with the page before they dropped their references is over before they pass. */
	u32 before = load_relaxed(&page->refs);

	if (before != 1) {
		/* before the sub: who finds refs == 1 after it finds the flag, too */
		atomic_or(&page->flags, (u32)PAGE_UNMAPPED);
		before = atomic_sub(&page->refs, 1u);
		if (before != 1) {
			ASSERT(before);
			return;
		}
	}
	store_relaxed(&page->refs, 0);
	limbo_add(page);
}

/* This hart holds no translation now. */
static void pass(void)
{
	/* acquire and release: the first case above */
	store_release(&hart()->limbo_seen, load_acquire(&epoch));
}

/* Move the batches on as far as they go. HOLDS_NONE: this hart holds no translation. */
static void advance_locked(bool holds_none)
{
	chain_move(&next, &open[hart()->index]);
	if (!waiting.first && next.first) {
		chain_move(&waiting, &next);
		target = epoch + 1;
		store_release(&epoch, target); /* pairs with the acquire in pass */
		passed = 0;
	}
	if (holds_none)
		pass();
	if (!waiting.first)
		return;
	fence_full(); /* pairs with the one in limbo_away */
	while (passed < hart_count && load_acquire(&harts[passed].limbo_seen) >= target)
		passed++;
	if (passed == hart_count)
		chain_move(&ripe, &waiting);
}

/* Take up to WANTED pages out of `ripe`. */
static struct page *take_ripe_locked(u64 wanted)
{
	struct page *first = ripe.first, *last = first;

	if (!first)
		return NULL;
	while (--wanted && last->owner)
		last = last->owner;
	ripe.first = last->owner;
	last->owner = NULL;
	return first;
}

static u64 free_all(struct page *page)
{
	struct page *following;
	u64 count = 0;
	u32 flags;

	for (; page; page = following, count++) {
		following = page->owner;
		flags = load_relaxed(&page->flags);
		store_relaxed(&page->flags, 0);
		if (flags & PAGE_ZEROES)
			page_free_zeroes(page);
		else
			page_free(page, 0);
	}
	/* after the pages are in the allocator: none is ever missing from both counts */
	atomic_add_relaxed(&reused, count);
	atomic_add_relaxed(&limbo_pages, -count);
	return count;
}

static u64 reuse(u64 wanted, bool holds_none)
{
	struct page *page;

	/* Whoever has the lock does the work; and it may be our caller's caller, who ran out of pages. */
	if (!spin_try_lock(&lock))
		return 0;
	advance_locked(holds_none);
	page = take_ripe_locked(wanted);
	spin_unlock(&lock);
	return page ? free_all(page) : 0;
}

u64 limbo_reused(void)
{
	return load_relaxed(&reused);
}

u64 limbo_reuse(u64 wanted)
{
	return limbo_count() && wanted ? reuse(wanted, false) : 0;
}

void limbo_pass_slow(void)
{
	pass();
	reuse(REUSE_AT_ONCE, true);
}

void limbo_away(bool away)
{
	if (away) {
		/* our copies are over; pairs with the acquire in the check */
		store_release(&hart()->limbo_seen, LIMBO_AWAY);
		return;
	}
	/* release, again: who reads this epoch has not read AWAY, but our copies before that are over all the same */
	store_release(&hart()->limbo_seen, load_relaxed(&epoch));
	fence_full(); /* pairs with the one in advance_locked: before our first walk */
}
