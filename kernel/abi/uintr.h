/* uintr.h - user interrupts as user space sees them.
 *
 * A thread registers a handler, a stack for it and an area. The area's words are shared memory:
 *
 *     masked    written by the program: clui stores 1, stui stores 0. The kernel stores 1 when it starts the handler.
 *     pending   written by the kernel: 1 when something could not be delivered because `masked` was 1. After stui a
 * program that finds it 1 calls uintr_wait with UINTR_WAIT_POLL, on whose way back the interrupt is delivered.
 *
 * Delivery (the upcall): the kernel writes a struct uintr_frame to the handler's stack (or, if the thread runs on that
 * stack already, below its stack pointer), and the thread goes on at the handler with a0 = the set of vectors, a1 =
 * sp = the frame's address. A frame lies in one page. uintr_return (sp = the frame) puts back what the frame holds
 * and unmasks. Floating-point registers are the handler's to save.
 */
#pragma once

#include "lib/types.h"

enum { UINTR_VECTORS = 64 };

enum { UINTR_DIRECT = 1 }; /* register_handler: run in VS-mode if the machine can; not supported yet */
enum { UINTR_WAIT_POLL = 1 }; /* uintr_wait: do not wait */

struct uintr_area {
	u32 masked, pending;
};

/* uintr_register_handler(handler, flags, &setup, sizeof(setup)) */
struct uintr_setup {
	u64 stack, stack_bytes;
	u64 area; /* struct uintr_area, 8-byte aligned */
};

struct uintr_frame {
	u64 x[32]; /* x[0] unused */
	u64 pc;
	u64 vectors;
};
_Static_assert(sizeof(struct uintr_frame) % 16 == 0, "the stack stays aligned");
