/* alloc_fail.c - fault injection: one chosen allocation fails.
 *
 * A test counts how many allocations an operation makes, then repeats it and lets the first, the second, ... fail: each
 * time the operation must end with a clear error and leave nothing behind.
 */
#include "kernel/mm/page.h"

u64 alloc_fail_left;

void alloc_fail_set(u64 nth)
{
	store_relaxed(&alloc_fail_left, nth);
}

/* Exactly one caller takes the counter from 1 to 0. */
bool alloc_fail_now(void)
{
	u64 left = load_relaxed(&alloc_fail_left);

	while (left)
		if (atomic_cas(&alloc_fail_left, &left, left - 1))
			return left == 1;
	return false;
}
