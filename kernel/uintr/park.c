/* park.c - a direct thread that does not run: what tells its hart that it shall.
 *
 *     its step has ended        registers that may disturb others leave the hart; its file, if it has one, is watched;
 *                               the kernel's timers stand for its own
 *     something is there now    file: SGEI -> the event loop -> direct_file_rings     no file: the post itself
 *                               timer: timer_rings                                    both: direct_ring
 *     it enters again           enter.c
 *
 * Nothing is missed: what comes before the watch began is found by a look behind it, and what comes later raises SGEI.
 */
#include "kernel/hart/clock.h"
#include "kernel/hart/csr.h"
#include "kernel/hart/hypervisor.h"
#include "kernel/proc/thread.h"
#include "kernel/uintr/direct.h"
#include "kernel/uintr/doorbell.h"

/* Has a parked thread an interrupt pending and enabled, masked or not? On its hart; uintr->lock held if it has no
 * file. */
static bool is_pending(const struct direct *d)
{
	const struct virtual_registers *r = &d->registers;

	return (d->file ? (r->vsie & SIE_SEIE) && guest_file_pending(d->file) : cache_pending(d)) ||
	       ((r->vsie & SIE_STIE) && csr_read(time) >= r->vstimecmp) ||
	       ((r->vsie & SIE_SSIE) && (r->hvip & HIP_VSSIP));
}

void direct_ring(struct direct *d)
{
	if (d->waiting)
		task_end_wait(&d->thread->task, 0);
	if (virtual_status(d) & SSTATUS_SIE)
		thread_poke(d->thread, WORK_UINTR, CANCEL_INTERRUPT);
}

void direct_file_rings(u32 file)
{
	struct direct_hart *h = direct_hart(hart()->index);
	struct direct *d = h->owner[file];

	/* it may have come after the file was emptied, or while the thread runs already */
	if (d)
		direct_ring(d);
	else if (h->bells_begun)
		doorbell_look();
}

void direct_timer_rings(struct timer *timer)
{
	direct_ring(container_of(timer, struct direct, timer));
}

void direct_suspended(struct thread *thread)
{
	struct direct *d = thread->direct;
	const struct virtual_registers *r = &d->registers;

	virtual_park(d);
	timer_disarm(&d->timer); /* of an earlier wait on the same way to user mode */
	if (d->file) {
		guest_file_watch(d->file, true);
		/* After the watch began: QEMU computes SGEIP from hgeie and hgeip without a lock and may forget a
		 * message that comes at that moment; but that message is pending in the file before, and this look
		 * finds it. */
		if (is_pending(d)) {
			guest_file_watch(d->file, false);
			direct_ring(d);
			return;
		}
	}
	/* 56 bits of ticks are centuries; more would not fit into nanoseconds */
	if ((r->vsie & SIE_STIE) && r->vstimecmp < BIT(56))
		timer_arm(&d->timer, clock_from_ticks(r->vstimecmp));
}

/* --- uintr_wait --- */

struct direct_wait {
	struct co co;
	struct thread *thread;
};

CO_STEP(direct_wait)
{
	CO_FRAME(direct_wait);
	struct direct *d = f->thread->direct;
	struct uintr *u = f->thread->uintr;
	long err;

	CO_BEGIN;
	virtual_park(d);
	d->waiting = true;
	/* While the thread has a file nobody takes the lock to end this: the condition is the hart's, and the hart
	 * looks at it again after the thread has begun to wait (direct_suspended). */
	AWAIT_UNTIL(err, &u->lock, &u->waiting, is_pending(d));
	spin_unlock(&u->lock);
	d->waiting = false;
	CO_RETURN(err);
	CO_END;
}

long direct_wait(struct co *caller, bool wait)
{
	if (wait)
		return CO_CALL(direct_wait, caller, .thread = thread_of(caller));
	if (thread_of(caller)->direct->file)
		guest_file_resync(thread_of(caller)->direct->file);
	return 0;
}
