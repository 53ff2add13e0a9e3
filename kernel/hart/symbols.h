/* symbols.h - from an address to the name of a kernel function, for backtraces. */
#pragma once

#include "lib/types.h"

/* The function that PC lies in, and how far into it; "?" when there is none. */
const char *symbol_find(u64 pc, u64 *offset);

/* Is P inside the kernel's image (stacks included)? */
bool kernel_owns(const void *p);

/* Does PC lie in the kernel's code? */
bool kernel_text_owns(u64 pc);
