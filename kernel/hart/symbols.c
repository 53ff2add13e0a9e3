/* symbols.c - the table that scripts/symbols.py makes from the linked kernel: offsets in ascending order, and names. */
#include "kernel/hart/symbols.h"

#include "kernel/hart/kernel_table.h"

extern const u64 kernel_symbol_count;
extern const struct kernel_table_row kernel_symbols[]; /* offset from the kernel's first byte -> offset of the name */
extern const char kernel_symbol_names[];
extern const char kernel_start[], kernel_rodata[], kernel_end[];

bool kernel_owns(const void *p)
{
	return (const char *)p >= kernel_start && (const char *)p < kernel_end;
}

bool kernel_text_owns(u64 pc)
{
	return pc >= (u64)kernel_start && pc < (u64)kernel_rodata;
}

const char *symbol_find(u64 pc, u64 *offset)
{
	u64 at = pc - (u64)kernel_start;
	const struct kernel_table_row *row = NULL;

	if (kernel_text_owns(pc))
		row = kernel_table_find(kernel_symbols, kernel_symbol_count, (u32)at);
	*offset = row ? at - row->key : 0;
	return row ? kernel_symbol_names + row->value : "?";
}
