/* fp.h - a thread's floating-point registers.
 *
 * The kernel never computes with floats, so a thread's values stay in the hart's registers while it is in the kernel.
 * They are saved, if dirty, when its step ends in a wait (before another hart may run it), and loaded only if the
 * next visit to user mode happens on a hart that holds another thread's values.
 *
 *     FS = Off    its first FP instruction traps: it never used them, or has not written them for FP_BUSY_STEPS steps
 *                 (never for a thread in VS-mode: its visits do not tell whether it has written them)
 *     FS = Clean  the registers are its own, or thread_main will load them
 *     FS = Dirty  the registers are its own and newer than struct fp
 *
 * So who computes in every step has its values loaded at each switch, and who used floats once pays nothing for that.
 */
#pragma once

#include "lib/types.h"

struct thread;

/* At least two: a step may end between the trap and the visit to user mode that it was for. */
enum { FP_BUSY_STEPS = 4 };

struct fp {
	u64 f[32];
	u32 fcsr;
	bool used;
	u8 busy; /* steps for which they are loaded without waiting for a trap; 0: FS is Off */
	u8 hart; /* index + 1 of the hart whose registers hold these values, if that hart agrees; 0: none */
};

/* Before user mode, for a thread that is busy with them, unless the hart's registers are its own: make them that. */
void fp_load(struct thread *thread);
/* The step of a busy thread has ended: keep the values, if dirty. */
void fp_step_end(struct thread *thread);
/* Before the values are looked at: the same. */
void fp_save(struct thread *thread);
/* An instruction has trapped: true if FS was Off, and it may go on with FP registers. */
bool fp_trapped(struct thread *thread);
/* THREAD is about to use them: true if it never did before. */
bool fp_first_use(struct thread *thread);
/* The child's registers are the parent's; its context is that already. */
void fp_clone(struct thread *child, struct thread *parent);

/* Of the running thread, which has used them: 32 registers and fcsr behind them, to and from memory laid out so, that
 * of struct fp and of a signal's frame. FROM may be the program's: each word is read once, any value is legal.
 * After fp_copy_in the context says Dirty, whatever it said before. */
void fp_copy_out(struct thread *thread, void *to);
void fp_copy_in(struct thread *thread, const void *from);

/* fp.S */
void fp_store_registers(void *to);
void fp_load_registers(const void *from);
