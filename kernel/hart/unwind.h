/* unwind.h - from a function to its caller, without frame pointers: who called whom, for the last words of a panic.
 *
 * The stack of one call, as the compiler lays it out:
 *
 *      higher   |                | <- sp when the function was entered = sp + frame
 *               | return address |    "saved" bytes below that, once it has been stored
 *               | other saves    |
 *      lower    | locals         | <- sp now
 *
 * Both distances depend on the instruction; scripts/unwind.py takes them out of what the compiler tells debuggers.
 */
#pragma once

#include "lib/types.h"

/* Where one call stands. ra matters while the function has not stored its return address (in its first instructions,
 * or if it calls nobody): only the innermost call can be there. */
struct unwind {
	u64 pc, sp, ra;
};

/* Make AT its caller: pc is then the call. False: the end; there is no caller that the table knows. */
bool unwind_step(struct unwind *at);
