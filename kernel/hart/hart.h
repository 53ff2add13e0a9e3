/* hart.h - what belongs to one hart.
 *
 * tp holds the address of the running hart's struct while the kernel runs. The kernel runs with interrupts masked and
 * a task changes harts only between two steps, so hart() is constant within a step; it must not be kept across an
 * await.
 */
#pragma once

#include "lib/types.h"

enum { MAX_HARTS = 8, HART_STACK_BYTES = 16384 };

struct task;
struct executor;
struct thread;
struct space;

/* step_start of a step that came back from user mode and has not asked for the time yet. */
#define STEP_NOT_TIMED UINT64_MAX

/* Written by its own hart alone; counters may be read by anyone. */
struct hart {
	void *crash;	   /* registers of a trap in the kernel, above a stack to report it on; offset 0: trap.S */
	char *stack_top;   /* offset 8: entry.S */
	struct task *task; /* whose step runs; NULL in the event loop */
	struct executor *executor;
	struct thread *fp_thread; /* whose values the FP registers hold */
	struct space *space;	  /* what its satp translates with; NULL: the kernel's own table alone */
	u32 index;		  /* 0 .. hart_count-1 */
	u32 id;			  /* the firmware's number for it */
	u32 locks_held;		  /* spinlocks; 0 whenever a step ends */
	u16 online;
	union {
		struct {
			u8 tracing;    /* written by whoever switches the trace on or off (trace) */
			u8 has_direct; /* a thread in VS-mode may be here: there is one in the machine (uintr) */
		};
		u16 special; /* both: a visit to user mode may be more than user_enter */
	};
	u64 limbo_seen; /* newest limbo epoch this hart has passed between two steps (mm/limbo) */
	u64 irq_file;	/* the interrupt controller's own number for this hart */
	u64 timer_due;	/* when the event loop must look at its timers: what the comparator holds (task/timer) */
	u64 step_start; /* clock_now() when the running step began, or STEP_NOT_TIMED */
	u64 step_began; /* since when the running step's time is not counted for its thread yet */
	u64 interrupts, ipis_sent, idle_ns;
	u64 user_ticks;	 /* of the time counter, in user mode */
	u32 guest_files; /* those of its guest interrupt files that are in use: a set (irq/imsic_guest) */
} __attribute__((aligned(64)));

extern struct hart harts[MAX_HARTS];
extern u32 hart_count;	/* harts of the machine; fixed before the first task runs */
extern u32 hart_absent; /* bit i: the firmware refused to start hart i; fixed before the first task runs */

/* Bit i: hart i has been started. */
static inline u64 hart_mask(void)
{
	return ((1ul << hart_count) - 1) & ~(u64)hart_absent;
}

#if defined(HOST)
extern __thread struct hart *host_hart; /* unit tests on the host: a thread plays a hart */
static inline struct hart *hart(void)
{
	return host_hart;
}
#else
/* A variable that is a register, so that a field of the hart is one instruction away; assembly alone sets it. */
register struct hart *hart_in_tp __asm__("tp");

static inline struct hart *hart(void)
{
	return hart_in_tp;
}
#endif
