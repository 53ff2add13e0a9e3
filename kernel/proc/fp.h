/* fp.h - a thread's floating-point registers.
 *
 * The kernel never computes with floats, so a thread's values stay in the hart's registers while it is in the kernel.
 * They are saved, if dirty, when its step ends in a wait (before another hart may run it), and loaded only if the
 * next visit to user mode happens on a hart that holds another thread's values. A thread that never used them has FS
 * = Off and pays nothing until its first FP instruction traps.
 */
#pragma once

#include "lib/types.h"

struct thread;

struct fp {
	u64 f[32];
	u32 fcsr;
	bool used;
	u8 hart; /* index + 1 of the hart whose registers hold these values, if that hart agrees; 0: none */
};

/* Before user mode, for a thread that uses them, unless the hart's registers are its own already: make them that. */
void fp_load(struct thread *thread);
/* After the step has ended: keep the values, if dirty. */
void fp_save(struct thread *thread);
/* The thread's first FP instruction has trapped: true if that was why, and it may go on. */
bool fp_first_use(struct thread *thread);

/* The values in thread->fp are new ones: load them before user mode. */
void fp_changed(struct thread *thread);

/* fp.S */
void fp_store_registers(struct fp *fp);
void fp_load_registers(const struct fp *fp);
