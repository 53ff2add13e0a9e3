/* fp.h - a thread's floating-point registers.
 *
 * The kernel never computes with floats, so a thread's values stay in the hart's registers while it is in the kernel.
 * They are saved, if dirty, when its step ends in a wait (before another hart may run it), and loaded only if the
 * next visit to user mode happens on a hart that holds another thread's values.
 *
 *     FS = Off    its first FP instruction traps: it never used them, or it did not write them in its last step
 *     FS = Clean  the registers are its own, or fp_enter will load them
 *     FS = Dirty  the registers are its own and newer than struct fp
 *
 * So who computes in every step has its values loaded at each switch, and who used floats once pays nothing for that.
 */
#pragma once

#include "lib/types.h"

struct thread;

struct fp {
	u64 f[32];
	u32 fcsr;
	bool used;
	bool busy; /* written in the step before: load them without waiting for a trap */
	u8 hart; /* index + 1 of the hart whose registers hold these values, if that hart agrees; 0: none */
};

/* Before user mode, for a thread that has used them, when the hart's registers are not its own: make them that, or
 * see to it that the next use traps. */
void fp_enter(struct thread *thread);
/* After the step has ended, or before the values are looked at: keep them, if dirty. */
void fp_save(struct thread *thread);
/* An instruction has trapped: true if FS was Off, and it may go on with FP registers. */
bool fp_trapped(struct thread *thread);
/* From now on THREAD uses them: true if it never did before. */
bool fp_first_use(struct thread *thread);

/* The values in thread->fp are new ones: load them before user mode. */
void fp_changed(struct thread *thread);

/* fp.S */
void fp_store_registers(struct fp *fp);
void fp_load_registers(const struct fp *fp);
