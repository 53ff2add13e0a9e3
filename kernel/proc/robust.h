/* robust.h - locks whose owner ends while it holds them (Linux set_robust_list(2)). */
#pragma once

#include "lib/co.h"

/* struct robust_list_head of Linux: where in user memory the list begins, how far each lock's word is from its entry,
 * and the entry that is being taken in or out just now. */
struct robust_head {
	u64 next;
	s64 word_offset;
	u64 pending;
};

/* The calling thread ends or executes another program: mark the words of its list that it owns (FUTEX_OWNER_DIED), and
 * wake a waiter of each. A list that is broken or longer than Linux follows is followed that far. Suspends: 0. */
long robust_list_end(struct co *caller);
