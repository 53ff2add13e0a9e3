/* kernel_table.h - tables about the kernel's own text, made by scripts from the linked kernel: rows of a key and a
 * value, by ascending key. A row holds from its key up to the next one's.
 */
#pragma once

#include "lib/types.h"

struct kernel_table_row {
	u32 key, value;
};

/* The last of COUNT rows whose key is at or below KEY; NULL: there is none. */
static inline const struct kernel_table_row *kernel_table_find(const struct kernel_table_row *rows, u64 count, u32 key)
{
	u64 low = 0, high = count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (rows[middle].key <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &rows[low - 1] : NULL;
}
