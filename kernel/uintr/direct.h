/* direct.h - inside uintr/: a thread that takes its interrupts itself. */
#pragma once

#include "kernel/uintr/state.h"

#include "kernel/task/timer.h"

struct doorbell;

/* A hart's part in it: its guest interrupt file and its vs* registers, which belong to one thread from registration to
 * its end, or to nobody. That thread is pinned to the hart. */
struct direct {
	bool usable;		  /* fixed at start-up */
	bool taken;		  /* direct_lock */
	struct uintr *uintr;	  /* whose windows may lead here; NULL: nobody's. direct_lock */
	struct list windows;	  /* those that lead here. direct_lock */
	struct space *bell_space; /* the file is kept for the doorbells of this process; NULL: it is not. direct_lock */
	u64 bells_used;		  /* a set of slots. direct_lock */
	u32 bell_window;
	u64 file_phys;
	volatile u32 *file; /* a store of an identity makes it pending */

	/* The hart's own; other harts never look. */
	struct thread *thread;
	bool parked;  /* the registers below hold the thread's values, and the hart's those of nobody */
	bool waiting; /* it is in uintr_wait */
	u64 vsie, vstimecmp, scounteren, senvcfg;
	struct doorbell *bells[UINTR_VECTORS];
	struct timer timer; /* stands for vstimecmp while the thread does not run */
};

extern struct spinlock direct_lock;

/* The part of a hart, and whose it is. */
struct direct *direct_of(u32 hart_index);
u32 direct_hart(const struct direct *d);

/* What guest_file_rings is once a file was lent or kept. */
void direct_file_rings(void);

void direct_init(void);
/* The calling thread gives up its file: windows first, then the file, then the hart. */
void direct_end(struct thread *thread);
/* Make VECTOR pending in the file of U, which had one. From any hart. */
void direct_post(struct uintr *u, u32 vector);
/* uintr_mask and uintr_unmask of a direct thread: its sstatus.SIE. */
u64 direct_mask(struct thread *thread, u64 *open);
void direct_unmask(struct thread *thread);
/* uintr_wait of a direct thread. Without WAIT it only has its interrupt line computed anew. */
long direct_wait(struct co *caller, bool wait);

/* --- window.c --- */

/* A window of SPACE to U's file: its number, or -ENOENT, -ENOSPC, -ENOMEM. */
long window_add(struct space *space, struct uintr *u);
/* A window of SPACE to D. direct_lock held. */
long window_add_locked(struct space *space, struct direct *d);
/* No window leads to D any more; those of SPACE are gone, others lead to a page that means nothing. direct_lock
 * held. */
void windows_remove(struct space *space, struct direct *d);
/* No window leads to D any more. direct_lock held. */
void windows_withdraw(struct direct *d);
void windows_init(void);
