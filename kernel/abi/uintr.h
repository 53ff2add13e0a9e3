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
 *
 * Direct: when register_handler has answered UINTR_DIRECT the thread runs in VS-mode, and then with a guest interrupt
 * file of the IMSIC. It finds its interrupts behind stvec, sie, sstatus.SIE, siselect, sireg and stopei, like a kernel;
 * vector n is identity UINTR_IDENTITY + n. Handler, stack and area of the registration mean nothing to the kernel
 * then. stimecmp is the thread's own timer; wfi means uintr_wait. System calls are made as ever. Illegal instructions
 * and access faults come to stvec, too: who wants a signal to come of it puts all registers back and executes
 * UINTR_FAULT, with sepc, scause and stval as the exception left them; the thread goes on at sepc, with sstatus.SIE as
 * it was there.
 *
 * A sender's index with UINTR_WINDOW set is a window: the receiver's file is mapped at UINTR_WINDOWS, one page for each
 * number of a window, and a store of the identity (a u32 at the page's start) is the interrupt. When the receiver is
 * gone stores to its windows go to a page that means nothing.
 *
 *     index   30           11        6 5        0
 *             | UINTR_WINDOW | window  |  vector |
 */
#pragma once

#include "lib/types.h"

enum { UINTR_VECTORS = 64 };

/* register_handler: in VS-mode, without the kernel (see below), if the machine can. The answer is UINTR_DIRECT if
 * it is so, 0 if not. */
enum { UINTR_DIRECT = 1 };
enum { UINTR_WAIT_POLL = 1 }; /* uintr_wait: do not wait */

enum { UINTR_IDENTITY = 64 };
#define UINTR_FAULT 0x12000073 /* sfence.vma zero, zero: a direct thread has nothing else to do with it */
enum { UINTR_WINDOW = 1 << 30, UINTR_WINDOW_COUNT = 64, UINTR_WINDOW_BYTES = 4096 };
#define UINTR_WINDOWS ((1ul << 38) - (2ul << 20))

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
