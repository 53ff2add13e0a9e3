/* context.h - a thread's user-mode registers, and the function that visits user mode.
 *
 * user_enter() loads the registers, goes to user mode, and returns at the next trap with the registers saved again: a
 * trap is the return of a function call. Offsets are shared with trap.S.
 *
 *     kernel                      user
 *       user_enter(ctx) ---sret--->
 *                                 ... runs ...
 *       returns scause  <---trap---
 */
#pragma once

#define CONTEXT_PC	256
#define CONTEXT_SSTATUS 264
#define CONTEXT_STVAL	272
#define CONTEXT_KERNEL	280 /* sp, s0, ra, tp of the kernel while user mode runs */
#define CONTEXT_ENTRIES 312
#define CONTEXT_BYTES	320

/* The fast door: system calls that need not wait. The vector calls them with the
 * program's callee-saved registers still in place; what they cannot answer at once (FAST_SLOW) goes the long way. */
#define FAST_CALLS 512	 /* entries of fast_calls[], by system call number */
#define FAST_SLOW  -4096 /* no answer: never a result of a system call */
#define FAST_LOAD  -4097 /* the context has been replaced, sstatus too: go on with all of its registers */

#ifndef __ASSEMBLER__
#include "lib/types.h"

enum { X_RA = 1, X_SP = 2, X_GP = 3, X_TP = 4, X_A0 = 10, X_A1, X_A2, X_A3, X_A4, X_A5, X_A6, X_A7 };

struct user_context {
	u64 x[32]; /* x[0] unused */
	u64 pc, sstatus, stval;
	u64 kernel[4];
	u64 entries; /* into the kernel, counted by whoever runs the thread */
};
_Static_assert(offsetof(struct user_context, pc) == CONTEXT_PC, "trap.S");
_Static_assert(offsetof(struct user_context, sstatus) == CONTEXT_SSTATUS, "trap.S");
_Static_assert(offsetof(struct user_context, stval) == CONTEXT_STVAL, "trap.S");
_Static_assert(offsetof(struct user_context, kernel) == CONTEXT_KERNEL, "trap.S");
_Static_assert(offsetof(struct user_context, entries) == CONTEXT_ENTRIES, "trap.S");
_Static_assert(sizeof(struct user_context) == CONTEXT_BYTES, "trap.S");

typedef long fast_call(struct user_context *context);
/* By number; NULL: no fast door. Complete before the first visit to user mode (sys/fast.c). */
extern fast_call *const fast_calls[FAST_CALLS];
/* The table that the vector looks into: fast_calls, or one whose calls are traced. */
extern fast_call *const *fast_door;

/* Causes of a return (scause; Privileged Architecture, table of supervisor causes). */
#define CAUSE_INTERRUPT BIT(63)
#define CAUSE_TIMER	(CAUSE_INTERRUPT | 5)
enum {
	CAUSE_FETCH_MISALIGNED = 0,
	CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL = 2,
	CAUSE_BREAKPOINT = 3,
	CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5,
	CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7,
	CAUSE_ECALL_USER = 8,
	CAUSE_ECALL_VIRTUAL = 10,
	CAUSE_FETCH_PAGE = 12,
	CAUSE_LOAD_PAGE = 13,
	CAUSE_STORE_PAGE = 15,
	CAUSE_WAIT = 32, /* not the hardware's: a thread in VS-mode executed wfi, and pc is behind it */
};

/* The answer is scause. Everything the compiler keeps in registers over this call it saves itself, so nothing is saved
 * that is not live; sp, s0 (the frame pointer) and tp the assembly keeps. */
#if defined(HOST)
u64 user_enter(struct user_context *context); /* tests on the host: a function plays the program */
#else
static inline u64 user_enter(struct user_context *context)
{
	register u64 a0 __asm__("a0") = (u64)context;

	__asm__ volatile("call user_enter_raw"
			 : "+r"(a0)
			 :
			 : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
			   "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "memory");
	return a0;
}
#endif
#endif
