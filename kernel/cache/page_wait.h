/* page_wait.h - waiting for the end of PAGE_BUSY.
 *
 * Wait queues are not part of struct page: a page that somebody waits for is rare. A small table of queues, found by
 * the page's address, does for all; a waiter of another page in the same queue is woken in vain, looks, and waits on.
 */
#pragma once

#include "kernel/mm/page.h"
#include "lib/co.h"

/* Whoever gets true is the one who fills or writes PAGE, and calls page_busy_end. */
static inline bool page_busy_try(struct page *page)
{
	return !(atomic_or(&page->flags, (u32)PAGE_BUSY) & PAGE_BUSY);
}

/* Set and clear flags, end PAGE_BUSY, and wake who waits for that. Never suspends. */
void page_busy_end(struct page *page, u32 set, u32 clear);

/* Suspends until PAGE is not PAGE_BUSY: 0. The caller has a reference. WAIT_DISK. */
long page_busy_wait(struct co *caller, struct page *page);
