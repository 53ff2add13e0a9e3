/* virtual.c - a thread's registers in VS-mode: which of them are in the hart.
 *
 *     registers of the hart                   the thread runs   is in the kernel   is parked      another is loaded
 *       vsie, vstimecmp                         its own           its own            nothing        the other's
 *       scounteren, senvcfg (not banked)        its own           its own            the kernel's   the other's
 *       vsstatus                                its own           its own            saved, too     the other's
 *       the other vs*, hvip, hgatp              its own           its own            its own        the other's
 *
 * A thread is parked when its step has ended in a wait. Most often it is the next in VS-mode there, too: so only what
 * may disturb the others leaves the hardware then, and the rest when another thread enters (switch). Whose registers
 * are in the hart is h->loaded.
 */
#include "kernel/hart/hypervisor.h"
#include "kernel/space/pagetable.h"
#include "kernel/proc/thread.h"
#include "kernel/uintr/direct.h"

void virtual_begin(struct virtual_registers *registers, u64 vsstatus)
{
	*registers = (struct virtual_registers){
		.vsstatus = vsstatus,
		.vstimecmp = UINT64_MAX,
		.scounteren = COUNTERS_ALL,
	};
}

void virtual_park(struct direct *d)
{
	struct virtual_registers *r = &d->registers;

	if (d->parked)
		return;
	d->parked = true;
	r->vsstatus = csr_read(CSR_VSSTATUS);
	r->vsie = csr_read(CSR_VSIE);
	r->vstimecmp = csr_read(CSR_VSTIMECMP);
	r->hvip = csr_read(CSR_HVIP);
	r->scounteren = csr_read(scounteren);
	r->senvcfg = csr_read(CSR_SENVCFG);
	/* what stays enabled and pending here would keep wfi from sleeping */
	csr_write(CSR_VSIE, 0);
	csr_write(CSR_VSTIMECMP, UINT64_MAX);
	csr_write(scounteren, COUNTERS_ALL);
	csr_write(CSR_SENVCFG, 0);
}

/* The parked thread's others. */
static void save(struct direct *d)
{
	struct virtual_registers *r = &d->registers;

	r->vstvec = csr_read(CSR_VSTVEC);
	r->vsscratch = csr_read(CSR_VSSCRATCH);
	r->vsepc = csr_read(CSR_VSEPC);
	r->vscause = csr_read(CSR_VSCAUSE);
	r->vstval = csr_read(CSR_VSTVAL);
	r->vsiselect = csr_read(CSR_VSISELECT);
}

static void load(const struct direct *d)
{
	const struct virtual_registers *r = &d->registers;

	csr_write(CSR_VSTVEC, r->vstvec);
	csr_write(CSR_VSSCRATCH, r->vsscratch);
	csr_write(CSR_VSEPC, r->vsepc);
	csr_write(CSR_VSCAUSE, r->vscause);
	csr_write(CSR_VSTVAL, r->vstval);
	csr_write(CSR_VSISELECT, r->vsiselect);
	csr_write(CSR_VSATP, 0);
	csr_write(CSR_HVIP, r->hvip);
	csr_write(CSR_HGATP, pt_guest_hgatp(d->thread->process->space));
	/* Store (the second root is there), fence, walks; partner: tlb_flush stores the entry, fences, looks for it.
	 * And nothing of the one before is left. */
	fence_full();
	hypervisor_fence();
}

void virtual_unpark(struct direct *d)
{
	struct direct_hart *h = direct_hart(hart()->index);
	const struct virtual_registers *r = &d->registers;

	if (h->loaded != d) {
		if (h->loaded)
			save(h->loaded);
		h->loaded = d;
		load(d);
	}
	csr_write(CSR_SENVCFG, r->senvcfg);
	csr_write(scounteren, r->scounteren);
	csr_write(CSR_VSSTATUS, r->vsstatus);
	csr_write(CSR_VSTIMECMP, r->vstimecmp);
	csr_write(CSR_VSIE, r->vsie);
	d->parked = false;
}

void virtual_leave(struct direct *d)
{
	struct direct_hart *h = direct_hart(hart()->index);

	virtual_park(d);
	if (h->loaded != d)
		return;
	save(d);
	h->loaded = NULL;
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_VSSTATUS, 0);
	csr_write(CSR_HGATP, 0);
	hypervisor_fence();
}

u64 virtual_status(const struct direct *d)
{
	return d->parked ? d->registers.vsstatus : csr_read(CSR_VSSTATUS);
}
