/* symbols.c - the table that scripts/symbols.py makes from the linked kernel: offsets in ascending order, and names. */
#include "kernel/hart/symbols.h"

struct symbol {
	u32 offset, name;
};

extern const u64 kernel_symbol_count;
extern const struct symbol kernel_symbols[];
extern const char kernel_symbol_names[];
extern const char kernel_start[], kernel_rodata[], kernel_end[];

bool kernel_owns(const void *p)
{
	return (const char *)p >= kernel_start && (const char *)p < kernel_end;
}

const char *symbol_find(u64 pc, u64 *offset)
{
	u64 low = 0, high = kernel_symbol_count, middle, at = pc - (u64)kernel_start;

	*offset = 0;
	if (pc < (u64)kernel_start || pc >= (u64)kernel_rodata || !high)
		return "?";
	/* the last symbol at or below the address */
	while (high - low > 1) {
		middle = (low + high) / 2;
		if (kernel_symbols[middle].offset <= at)
			low = middle;
		else
			high = middle;
	}
	*offset = at - kernel_symbols[low].offset;
	return kernel_symbol_names + kernel_symbols[low].name;
}
