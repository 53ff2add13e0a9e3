/* unwind.c - the table that scripts/unwind.py makes from the linked kernel, and one step along a stack by it.
 *
 * It runs in panics: nothing that is read from a stack is believed before it has been seen to lie in the kernel.
 */
#include "kernel/hart/unwind.h"

#include "kernel/hart/kernel_table.h"
#include "kernel/hart/symbols.h"

extern const u64 kernel_unwind_count;
extern const struct kernel_table_row kernel_unwind[]; /* low half of the address -> two distances, 16 bits each */

enum { FRAME_UNKNOWN = 0xffff, INSTRUCTION_BYTES = 2 };

/* To the call that returns to RA: its last two bytes, which lie in the caller even if nothing follows them there. */
static bool unwind_to(struct unwind *at, u64 ra)
{
	at->pc = ra - INSTRUCTION_BYTES;
	at->ra = 0;
	return kernel_text_owns(at->pc);
}

bool unwind_step(struct unwind *at)
{
	const struct kernel_table_row *row;
	u64 frame, saved, ra = at->ra;

	if (!kernel_text_owns(at->pc)) /* a call to nowhere: the caller's registers are all there is */
		return unwind_to(at, ra);
	row = kernel_table_find(kernel_unwind, kernel_unwind_count, (u32)at->pc);
	frame = row ? row->value & 0xffff : FRAME_UNKNOWN;
	saved = row ? row->value >> 16 : 0;
	if (frame == FRAME_UNKNOWN || (at->sp & 7) || !kernel_owns((const void *)(at->sp + frame - saved)))
		return false;
	at->sp += frame;
	if (saved)
		ra = *(const u64 *)(at->sp - saved);
	return unwind_to(at, ra);
}
