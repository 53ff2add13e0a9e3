/* direct.h - inside uintr/: threads that take their interrupts themselves, and the files and registers they need. */
#pragma once

#include "kernel/irq/irq.h"
#include "kernel/task/timer.h"
#include "kernel/uintr/state.h"

struct doorbell;

/* Where windows lead. Guarded by direct_lock. */
struct port {
	struct list windows; /* those that lead here */
	u64 file_phys;	     /* the page that stores reach; 0: the receiver has no file, and they come to the kernel */
	struct uintr *uintr; /* who gets those then; NULL: a port for doorbells, which has a file as long as it lives */
};

/* What the hart holds of a thread in VS-mode, while another one has the hart. */
struct virtual_registers {
	u64 vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsiselect, hvip, vstimecmp, scounteren, senvcfg;
};

/* A thread that runs in VS-mode. Lives as long as its struct uintr. Fields without a word are the thread's own, and
 * its hart's between the thread's steps. */
struct direct {
	struct port port;
	struct uintr *uintr; /* it lives in */
	struct thread *thread;
	u32 homes; /* the hart it is pinned to; on its way both. A set. direct_lock */
	u32 file;  /* its guest interrupt file on that hart; 0: none, its vectors are pending in `state` */
	u64 entered;
	bool parked;		       /* `registers` holds vsie, vsstatus, vstimecmp, scounteren and senvcfg */
	bool waiting;		       /* it is in uintr_wait */
	volatile u32 *store;	       /* where a store posts; NULL: it has no file. uintr->lock */
	struct guest_file_state state; /* while it has no file. uintr->lock */
	struct virtual_registers registers;
	struct timer timer; /* stands for vstimecmp while the thread does not run */
};

/* A hart's part in it. */
struct direct_hart {
	bool usable; /* these three are fixed at start-up */
	u32 files;
	u32 thread_files; /* 1 .. thread_files are a cache for threads; the last of all is kept for doorbells */
	u32 threads;	  /* whose home this is. direct_lock */

	/* the hart's own */
	struct direct *owner[GUEST_FILES_MAX + 1]; /* by file; NULL: no thread has it */
	struct direct *loaded;			   /* whose registers are in the vs* ones; NULL: nobody's */
	u64 entered;				   /* visits to VS-mode */
	struct doorbell *bells[UINTR_VECTORS];
	u32 bells_begun; /* how many those are; 0: the file is not in use for them */

	/* direct_lock */
	struct space *bell_space; /* the file is kept for the doorbells of this process; NULL: it is not */
	u64 bells_used;		  /* a set of slots */
	u32 bell_window;
	struct port bell_port;
};

extern struct spinlock direct_lock; /* who is at home where; ports, and the windows that lead to them */

struct direct_hart *direct_hart(u32 hart_index);
u32 direct_hart_index(const struct direct_hart *h);

void direct_init(void);
/* The calling thread takes no more interrupts itself: windows first, then its file. */
void direct_end(struct thread *thread);
/* Make IDENTITY pending for U, which has u->direct. From any hart. */
void direct_post(struct uintr *u, u32 identity);
/* uintr_mask and uintr_unmask of a direct thread: its sstatus.SIE. */
u64 direct_mask(struct thread *thread, u64 *open);
void direct_unmask(struct thread *thread);
/* D is at home at the harts KEPT alone, if at all. */
void direct_leave_homes(struct direct *d, u32 kept);

/* --- enter.c: a visit to VS-mode. On the thread's hart --- */

/* As user_enter: the cause as if the thread had been in U-mode, or CAUSE_WAIT. */
u64 direct_enter(struct thread *thread);

/* --- park.c: a thread that does not run --- */

/* The thread's step has ended. */
void direct_suspended(struct thread *thread);
/* A parked thread shall look: ends uintr_wait; and any wait that may be interrupted, if its interrupts are open. On its
 * hart, or with uintr->lock held while it has no file. */
void direct_ring(struct direct *d);
/* Its own timer is due: d->timer's function. */
void direct_timer_rings(struct timer *timer);
/* What guest_file_rings is. */
void direct_file_rings(u32 file);
/* uintr_wait of a direct thread. Without WAIT it only has its interrupt line computed anew. Suspends: 0, -EINTR. */
long direct_wait(struct co *caller, bool wait);

/* --- virtual.c: the registers. On the thread's hart --- */

/* A thread's registers at its beginning. */
void virtual_begin(struct virtual_registers *registers, u64 vsstatus);
/* What would keep the hart from sleeping goes out of the hardware; and comes back. */
void virtual_park(struct direct *d);
void virtual_unpark(struct direct *d);
/* All of a thread's registers leave the hart: it may go on at another, or never. */
void virtual_leave(struct direct *d);
/* sstatus of a thread, wherever it is. */
u64 virtual_status(const struct direct *d);

/* --- cache.c: who has a file --- */

/* See to it that D, which is going to run on this hart, has a file; whoever ran longest ago loses his. */
void cache_take(struct direct *d);
/* D's file, if it has one, is written back to memory. Its thread is parked. */
void cache_evict(struct direct *d);
/* The file of a thread that has ended is free. No window leads to it any more. */
void cache_end(struct direct *d);
/* Is something pending and enabled in what is not in a file? uintr->lock held. */
bool cache_pending(const struct direct *d);

/* --- store.c --- */

/* THREAD has stored to one of its windows whose receiver has no file (CAUSE_STORE_PAGE): carried out, or to be tried
 * again. False: it was no such thing. */
bool store_to_window(struct thread *thread);
/* The instruction at the thread's pc; 0: it cannot be read now. */
u32 instruction_at(const struct thread *thread);

/* --- window.c --- */

/* A window of SPACE to U: its number, or -ENOENT, -ENOSPC, -ENOMEM. */
long window_add(struct space *space, struct uintr *u);
/* A window of SPACE to PORT. direct_lock held. */
long window_add_locked(struct space *space, struct port *port);
/* Windows to PORT lead to FILE_PHYS from now on. */
void port_lead(struct port *port, u64 file_phys);
/* From now on their stores come to the kernel, and no TLB leads to the file any more. */
void port_vacate(struct port *port);
/* Nobody is there any more: the windows of SPACE (NULL: nobody's) are gone, others lead to a page that means nothing.
 * direct_lock held. */
void port_close(struct port *port, struct space *space);
/* Whom a store to ADDRESS of SPACE is for while it comes to the kernel: *U, referenced; NULL: it is to be tried again.
 * False: there is no window. */
bool window_receiver(struct space *space, u64 address, struct uintr **u);
void windows_init(void);
